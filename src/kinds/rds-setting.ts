import type { Facts } from "../facts/facts.js";
import type { RdsFacts } from "../facts/rds-facts.js";
import { resource } from "../model/key.js";
import type { Problem } from "../model/problem.js";
import type { Pair, RdsSettingName, Resource } from "../model/resource.js";
import type { RdsSetting } from "./ensured.js";
import { RDS_IAM_AUTH } from "./rds-iam-auth.js";
import { RDS_LOG_CONNECTIONS } from "./rds-log-connections.js";
import { attributesBut, type KindSpec, none, plainOp, wholeSources, wholly } from "./spec.js";

const SETTINGS: { readonly [S in RdsSettingName]: RdsSetting } = { iam_auth: RDS_IAM_AUTH, log_connections: RDS_LOG_CONNECTIONS };
const NAMES = Object.keys(SETTINGS) as readonly RdsSettingName[];

/** What `ensure` asks of RDS. It comes before all else on the cluster, also where nobody can log in yet. */
export const RDS_SETTING: KindSpec<"rds.setting"> = {
  isThing: false,
  wanted: (_declared, facts, wishes) => {
    for (const { of, setting } of askedIn(facts)) {
      const value = SETTINGS[setting].wanted(of);
      const id = { cluster: of.declared.name, setting };
      if (value !== null) wishes.want(resource("rds.setting", id, { value }), wholeSources(of.declared.ensure.place));
    }
  },
  live: liveSettings,
  equal: (desired, live) => desired.value === live.value,
  op: plainOp,
  target: ({ cluster }) => ({ type: "cluster", name: cluster }),
  subject: ({ id }, facts) => ({ type: "rds-setting", setting: id.setting, on: SETTINGS[id.setting].on(rdsOf(facts, id.cluster)) }),
  delta: none,
  attributes: attributesBut(),
  attain: wholly((pair, facts) => SETTINGS[pair.id.setting].operations(pair.key, rdsOf(facts, pair.id.cluster), pair.after?.value ?? "")),
  obstacles: (pair, facts) => problemsOf(pair, facts).map((problem) => ({ ...problem, key: pair.key })),
};

const problemsOf = ({ id }: Pair<"rds.setting">, facts: Facts): Problem[] => SETTINGS[id.setting].obstacles(rdsOf(facts, id.cluster));

function* askedIn(facts: Facts): Generator<{ readonly of: RdsFacts; readonly setting: RdsSettingName }> {
  for (const of of facts.rds.values()) for (const setting of NAMES) if (SETTINGS[setting].isAsked(of)) yield { of, setting };
}

/** Of what is asked for alone, and where that is known: else it would count as something to be undone. */
function* liveSettings(facts: Facts): Generator<Resource<"rds.setting">> {
  for (const { of, setting } of askedIn(facts)) {
    const { wanted, live } = SETTINGS[setting];
    if (wanted(of) !== null) yield resource("rds.setting", { cluster: of.declared.name, setting }, { value: live(of) });
  }
}

function rdsOf(facts: Facts, cluster: string): RdsFacts {
  const of = facts.rds.get(cluster);
  if (!of) throw new Error(`RDS said nothing of cluster ${cluster}`);
  return of;
}
