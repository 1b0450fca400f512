import type { RdsFacts } from "../facts/rds-facts.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { ParameterGroup } from "../model/snapshot.js";
import { ASPECTS, logsLogins } from "../privileges/log-connections.js";
import { type RdsSetting, rdsCall } from "./ensured.js";

/** `ensure: { log_connections: true }`: in the parameter group, which is where RDS lets anybody set it. */
export const RDS_LOG_CONNECTIONS: RdsSetting = {
  isAsked: ({ declared, rds }) => declared.ensure.logConnections && rds.parameterGroup !== undefined,
  wanted: (of) => (of.live === null ? null : isOn(of) ? valueIn(of) : valueFor(of)),
  live: valueIn,
  on: ({ rds }) => `parameter group ${rds.parameterGroup?.name} of RDS ${rds.type} ${rds.id}`,
  operations: (key, { declared, rds }, value) => {
    const Parameters = [{ ParameterName: "log_connections", ParameterValue: value, ApplyMethod: "immediate" }];
    const name = rds.parameterGroup?.name ?? "";
    return rds.type === "cluster"
      ? [rdsCall(key, declared, "ModifyDBClusterParameterGroup", { DBClusterParameterGroupName: name, Parameters })]
      : [rdsCall(key, declared, "ModifyDBParameterGroup", { DBParameterGroupName: name, Parameters })];
  },
  obstacles: (of) => {
    const group = of.rds.parameterGroup;
    if (group === undefined) return [];
    if (group.isDefault) return [ownGroup(of, group, "parameter-group-default", "which is AWS's own and cannot be changed")];
    const others = group.usedBy.filter((id) => !of.declaredBeside.has(id.toLowerCase()));
    if (others.length === 0) return [];
    return [ownGroup(of, group, "parameter-group-shared", `which others have, too, that the file does not name: ${others.join(", ")}`)];
  },
};

/** What the group says counts: the server follows, or is restarted some day; what it says itself is enough, too. */
const isOn = ({ rds, live }: RdsFacts): boolean => logsLogins(rds.parameterGroup?.value ?? "") || logsLogins(live?.logConnections ?? "");

function valueIn({ rds }: RdsFacts): string {
  return rds.parameterGroup?.value ?? "default";
}

/** PostgreSQL 18 takes a list, where RDS lets one through. */
function valueFor({ rds, live }: RdsFacts): string {
  const onlySwitch = /^0,\s*1$/.test(rds.parameterGroup?.allowed ?? "");
  return (live?.versionNum ?? 0) >= 180000 && !onlySwitch ? ASPECTS : "1";
}

function ownGroup({ declared, rds, live }: RdsFacts, group: ParameterGroup, code: string, why: string): Problem {
  const [noun, file] = rds.type === "cluster" ? ["db-cluster", "cluster "] : ["db", "instance "];
  const region = `--region ${declared.region}`;
  const family = `${group.engine}${Math.floor((live?.versionNum ?? 0) / 10000)}`;
  const name = `${rds.id}-own`;
  const create = group.isDefault
    ? `create-${noun}-parameter-group ${region} --${noun}-parameter-group-name ${name} --db-parameter-group-family ${family} --description 'Of ${rds.id} alone'`
    : `copy-${noun}-parameter-group ${region} --source-${noun}-parameter-group-identifier ${group.name} --target-${noun}-parameter-group-identifier ${name} --target-${noun}-parameter-group-description 'Of ${rds.id} alone'`;
  const use = `modify-db-${rds.type} ${region} --db-${rds.type}-identifier ${rds.id} --${noun}-parameter-group-name ${name}`;
  const message = `RDS ${file}${rds.id} (cluster ${declared.name}) has the parameter group ${group.name}, ${why}: log_connections is not turned on there.`;
  const hint = `Give it a group of its own: aws rds ${create}; aws rds ${use}; then restart it when it suits, and apply again.`;
  return errorProblem(code, message, { place: declared.ensure.place, hint, cluster: declared.name });
}
