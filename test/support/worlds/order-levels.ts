import { doorArn } from "./documents.js";
import { type Account, type Cluster, type Database, PUBLIC, type Thing, type World } from "./model.js";
import type { Evaluator } from "./naive-iam.js";
import { BOOTSTRAP } from "./session.js";

/** 3: at once; 2: after SET ROLE. By who, verb and thing; what is not in it is not reached. */
export type Levels = ReadonlyMap<string, number>;

const WORDS: Readonly<Record<Thing["type"], readonly string[]>> = {
  database: ["connect", "create", "temporary"],
  schema: ["usage", "create"],
  table: ["select", "insert", "update", "delete", "truncate", "references", "trigger"],
  sequence: ["usage", "select", "update"],
  routine: ["execute"],
  column: ["select", "insert", "update", "references"],
};

/** What whoever logs in reaches, by PostgreSQL's rules (manual, "Privileges", "Role Membership") and nothing of the planner. */
export function levelsOf(world: World, evaluator: Evaluator): Levels {
  const found = new Map<string, number>();
  for (const cluster of world.clusters) {
    const logins = cluster.roles.filter((r) => r.login && !r.superuser && r.name !== cluster.admin && r.name !== BOOTSTRAP);
    const byUser = new Map(logins.map(({ name }) => [name, ofUser(cluster, name)]));
    for (const [name, reach] of byUser) for (const [right, level] of reach) found.set(`role ${cluster.name}/${name} ${right}`, level);
    for (const account of world.accounts) addDoors(found, { cluster, account, byUser, evaluator });
  }
  return found;
}

function walk({ memberships }: Cluster, start: string, passes: "inherit" | "set"): Set<string> {
  const seen = new Set([start]);
  for (const name of seen) for (const row of memberships) if (row.member === name && row[passes]) seen.add(row.role);
  return seen;
}

function ofUser(cluster: Cluster, user: string): Map<string, number> {
  const found = new Map<string, number>();
  const [own = new Set<string>(), ...others] = [...walk(cluster, user, "set")].map((name) => walk(cluster, name, "inherit"));
  for (const database of cluster.databases) {
    if (!database.things.some((t) => t.type === "database" && has(cluster, t, own, "connect"))) continue;
    for (const roles of others) for (const right of rightsIn(cluster, database, roles)) found.set(right, 2);
    for (const right of rightsIn(cluster, database, own)) found.set(right, 3);
  }
  return found;
}

const rightsIn = (cluster: Cluster, database: Database, roles: ReadonlySet<string>): string[] =>
  database.things.flatMap((thing) =>
    WORDS[thing.type].flatMap((verb) =>
      reaches(cluster, database, thing, roles, verb)
        ? [`${verb} ${cluster.name}/${database.name} ${thing.type} ${thing.schema} ${thing.of} ${thing.name}`]
        : [],
    ),
  );

function has(cluster: Cluster, { acl, owner }: Thing, roles: ReadonlySet<string>, verb: string): boolean {
  if (roles.has(owner) || cluster.roles.some((r) => r.superuser && roles.has(r.name))) return true;
  return acl.some((a) => a.privilege === verb && (a.grantee === PUBLIC || roles.has(a.grantee)));
}

function reaches(cluster: Cluster, { things }: Database, thing: Thing, roles: ReadonlySet<string>, verb: string): boolean {
  const schema = things.find((t) => t.type === "schema" && t.name === thing.schema);
  if (schema && !has(cluster, schema, roles, "usage")) return false;
  if (has(cluster, thing, roles, verb)) return true;
  const table =
    thing.type === "column" ? things.find((t) => t.type === "table" && t.schema === thing.schema && t.name === thing.of) : undefined;
  return table !== undefined && has(cluster, table, roles, verb);
}

interface Doors {
  readonly cluster: Cluster;
  readonly account: Account;
  readonly byUser: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly evaluator: Evaluator;
}

/** Through the doors of an IAM role. RDS takes tokens of members of rds_iam only. */
function addDoors(found: Map<string, number>, { cluster, account, byUser, evaluator }: Doors): void {
  if (!cluster.rds) return;
  for (const { name } of account.roles) {
    const policies = account.attachments.filter((a) => a.to === "role" && a.name === name).map((a) => a.policy);
    const documents = account.policies
      .filter((p) => policies.includes(p.name))
      .map((p) => p.versions.find((v) => v.id === p.current)?.document ?? "{}");
    const { allows, denies } = evaluator.allowed(documents);
    for (const [user, reach] of byUser) {
      if (!isTokenUser(cluster, user)) continue;
      const request = `rds-db:connect ${doorArn(account.id, "us-east-2", cluster.rds.resourceId, user)} if 0`;
      if (!allows.includes(request) || denies.includes(request)) continue;
      for (const [right, level] of reach) {
        const key = `iam ${account.id}/${name} ${right}`;
        found.set(key, Math.max(found.get(key) ?? 0, level));
      }
    }
  }
}

/** By whatever path (RDS user guide, "IAM database authentication"). */
function isTokenUser({ memberships }: Cluster, user: string): boolean {
  const seen = new Set([user]);
  for (const one of seen) for (const row of memberships) if (row.member === one) seen.add(row.role);
  return seen.has("rds_iam");
}
