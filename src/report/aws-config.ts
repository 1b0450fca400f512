import { declaredDoors } from "../access/declared-ways.js";
import { roleArn } from "../facts/iam-things.js";
import type { Declared, DeclaredIamRole, TrustEntry } from "../model/declared.js";
import { visible } from "./visible.js";

/** Whose machine gives an IAM role, as `credential_source` calls it (AWS CLI user guide, "Configuration and credential file settings"). */
const SOURCES: Readonly<Record<string, string>> = { "ec2.amazonaws.com": "Ec2InstanceMetadata", "ecs-tasks.amazonaws.com": "EcsContainer" };

/** Sections for ~/.aws/config: a profile for each IAM role with a door, and for those that one takes on the way; the token command of each door. @param only a user or an IAM role */
export function awsConfigText(declared: Declared, only?: string): string {
  const doors = declaredDoors(declared).filter((one) => only === undefined || namesOf(one).includes(only));
  const roles = new Set<DeclaredIamRole>();
  const add = (role: DeclaredIamRole): void => {
    if (roles.has(role)) return;
    roles.add(role);
    const before = wayInto(declared, role);
    if (before.type === "profile" && before.role) add(before.role);
  };
  for (const { role } of doors) add(role);
  const sections = [...roles].map((role) =>
    sectionOf(
      declared,
      role,
      doors.filter((door) => door.role === role),
    ),
  );
  return sections.length === 0 ? "# The file gives nobody a door.\n" : sections.join("\n");
}

/** What a door may be asked for by: its user and its IAM role. */
export const namesOf = ({ user, role }: ReturnType<typeof declaredDoors>[number]): string[] => [user, role.id, role.name];

type Before =
  /** The keys of this profile take it; null: those of the default one. */
  | { readonly type: "profile"; readonly role: DeclaredIamRole | null; readonly externalId: string | null }
  /** The machine's IAM role takes it. */
  | { readonly type: "machine"; readonly source: string; readonly externalId: string | null }
  /** The service gives it, and nobody takes it. */
  | { readonly type: "given"; readonly by: string };

/** By its trust: another IAM role of the file before a person, a person before a service. */
function wayInto(declared: Declared, { trust }: DeclaredIamRole): Before {
  const byRole = trust.find((entry) => entry.type === "role");
  const before = byRole?.type === "role" ? declared.iamRoles.get(byRole.role) : undefined;
  if (byRole && before) {
    const source = before.trust.flatMap((entry) => (entry.type === "service" ? (SOURCES[entry.service] ?? []) : []))[0];
    const { externalId } = byRole;
    return source ? { type: "machine", source, externalId } : { type: "profile", role: before, externalId };
  }
  const person = trust.find(({ type }) => type === "arn" || type === "account" || type === "statement");
  if (person) return { type: "profile", role: null, externalId: person.externalId };
  return { type: "given", by: trust.map(givenBy).join(", ") || "nobody" };
}

const givenBy = (entry: TrustEntry): string =>
  entry.type === "service" ? entry.service : "provider" in entry ? entry.provider : entry.type;

const profileOf = ({ id }: DeclaredIamRole): string => `pgaccord-${id.replaceAll(/[^\w.@-]+/g, "-")}`;

function sectionOf(declared: Declared, role: DeclaredIamRole, doors: ReturnType<typeof declaredDoors>): string {
  const account = declared.accounts.get(role.account);
  const path = role.manage === "whole" ? declared.iam.path : "/";
  const arn = account ? roleArn(account, role.name, path) : "";
  const way = wayInto(declared, role);
  const taken = way.type === "given" ? [] : [`role_arn = ${arn}`, `role_session_name = ${SESSION}`, ...externalOf(way.externalId)];
  const from =
    way.type === "profile"
      ? [`source_profile = ${way.role ? profileOf(way.role) : "default"}`]
      : way.type === "machine"
        ? [`credential_source = ${way.source}`]
        : [`# ${arn} is given by ${way.by}: where it is, no profile is needed.`];
  const lines = [`[profile ${profileOf(role)}]`, `region = ${account?.region ?? ""}`, ...taken, ...from];
  const told = way.type === "profile" ? identityOf(arn, way.externalId) : [];
  return `${[...lines, ...told, ...doors.flatMap((door) => commandsOf(door, way.type === "given" ? null : profileOf(role)))].join("\n")}\n`;
}

const SESSION = "pgaccord-login";

/** Who will have the profile is not known here, and no key of the file sets a source identity: neither the SDKs nor `aws` know one. */
const identityOf = (arn: string, externalId: string | null): string[] => [
  "# Write your own name as role_session_name: CloudTrail shows it. A source identity is set by the command alone, where the trust allows sts:SetSourceIdentity:",
  `#   aws sts assume-role --role-arn ${arn} --role-session-name NAME --source-identity NAME${externalId === null ? "" : ` --external-id ${externalId}`}`,
];

const externalOf = (externalId: string | null): string[] => (externalId === null ? [] : [`external_id = ${externalId}`]);

/** The endpoint is asked of RDS: a token for another name is refused (RDS user guide). */
function commandsOf({ user, cluster, role, viaProxy }: ReturnType<typeof declaredDoors>[number], profile: string | null): string[] {
  const { rds, region } = cluster;
  if (rds === null) return [];
  const place = `--region ${region ?? ""}${profile === null ? "" : ` --profile ${profile}`}`;
  const [noun, query] = viaProxy
    ? [`proxies --db-proxy-name ${rds.proxy ?? ""}`, "DBProxies[0].Endpoint"]
    : rds.type === "cluster"
      ? [`clusters --db-cluster-identifier ${rds.id}`, "DBClusters[0].Endpoint"]
      : [`instances --db-instance-identifier ${rds.id}`, "DBInstances[0].Endpoint.Address"];
  const host = `"$(aws rds describe-db-${noun} ${place} --query '${query}' --output text)"`;
  const login = viaProxy ? [] : [`#   pgaccord login ${shellWord(`${user}@${cluster.name}`)} --as ${shellWord(role.id)}`];
  const token = `#   aws rds generate-db-auth-token --hostname ${host} --port 5432 --username ${shellWord(user)} ${place}`;
  return [`# ${user} on ${cluster.name}${viaProxy ? ", through its proxy" : ""}:`, ...login, token];
}

/** As a shell reads it back; a name holds no line of its own. */
const shellWord = (text: string): string => {
  const line = visible(text);
  return /^[\w.@%+=:,/-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
};
