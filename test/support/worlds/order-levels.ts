import { doorArn, roleArn } from "./documents.js";
import { ACCOUNTS, USERS } from "./domain.js";
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
  const identities = identitiesOf(world, evaluator);
  for (const cluster of world.clusters) {
    const logins = cluster.roles.filter((r) => r.login && r.name !== cluster.admin && r.name !== BOOTSTRAP);
    const byUser = new Map(logins.map(({ name }) => [name, ofUser(cluster, name)]));
    // A superuser's own reach never changes; that of who comes in as one does.
    const plain = new Set(logins.flatMap(({ name, superuser }) => (superuser ? [] : [name])));
    for (const [name, reach] of byUser)
      if (plain.has(name)) for (const [right, level] of reach) found.set(`role ${cluster.name}/${name} ${right}`, level);
    addDoors(found, cluster, byUser, identities);
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

/** Through the doors of IAM roles, and of those that they can take. RDS takes tokens of members of rds_iam only. */
function addDoors(found: Map<string, number>, cluster: Cluster, byUser: ByUser, identities: readonly Identity[]): void {
  for (const { account, name, taken } of identities) {
    for (const [user, reach] of byUser) {
      if (!isTokenUser(cluster, user) || !taken.some((one) => opens(one, cluster, user))) continue;
      for (const [right, level] of reach) {
        const key = `iam ${account}/${name} ${right}`;
        found.set(key, Math.max(found.get(key) ?? 0, level));
      }
    }
  }
}

type ByUser = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** As whom an IAM role may come to have a right: itself, those that it takes, the users that these log in as. */
export function namesOf(world: World, evaluator: Evaluator): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    identitiesOf(world, evaluator).map(({ account, name, taken }) => {
      const users = world.clusters.flatMap((cluster) =>
        USERS.filter((user) => taken.some((one) => opens(one, cluster, user))).map((user) => `role ${cluster.name}/${user}`),
      );
      return [`iam ${account}/${name}`, new Set([...taken.map((one) => `iam ${one.account}/${one.name}`), ...users])];
    }),
  );
}

const opens = ({ account, may }: Answering, { rds }: Cluster, user: string): boolean =>
  rds !== null && account === ACCOUNTS[0].id && may(`rds-db:connect ${doorArn(account, "us-east-2", rds.resourceId, user)} if 0`);

/** An IAM role comes in by the door of another that it takes, or that this one takes. */
export interface Way {
  readonly caller: Named;
  readonly taken: Named;
}
type Named = Pick<Answering, "account" | "name">;

export function throughOthers(world: World, evaluator: Evaluator): Way[] {
  const named = ({ account, name }: Named): Named => ({ account, name });
  return identitiesOf(world, evaluator).flatMap((caller) =>
    caller.taken
      .filter((one) => `${one.account}/${one.name}` !== `${caller.account}/${caller.name}`)
      .filter((one) => world.clusters.some((cluster) => USERS.some((user) => opens(one, cluster, user))))
      .map((taken): Way => ({ caller: named(caller), taken: named(taken) })),
  );
}

/** An IAM role, and those that it is or can become, itself among them. */
interface Identity extends Answering {
  readonly taken: readonly Answering[];
}
interface Answering {
  /** Number of the account. */
  readonly account: string;
  readonly name: string;
  readonly trust: string;
  /** By its own policies, without conditions. */
  readonly may: (request: string) => boolean;
  readonly refuses: (request: string) => boolean;
}

function identitiesOf({ accounts }: World, evaluator: Evaluator): Identity[] {
  const all = accounts.flatMap((account) => account.roles.map(({ name, trust }) => answering(account, name, trust, evaluator)));
  return all.map((start) => {
    const taken = new Set([start]);
    for (const one of taken) for (const other of all) if (canTake(one, other, evaluator)) taken.add(other);
    return { ...start, taken: [...taken] };
  });
}

function answering({ id, attachments, policies }: Account, name: string, trust: string, evaluator: Evaluator): Answering {
  const attached = attachments.filter((a) => a.to === "role" && a.name === name).map((a) => a.policy);
  const documents = policies
    .filter((p) => attached.includes(p.name))
    .map((p) => p.versions.find((v) => v.id === p.current)?.document ?? "{}");
  const { allows, denies } = evaluator.allowed(documents);
  const refuses = (request: string): boolean => denies.includes(request);
  return { account: id, name, trust, may: (request) => allows.includes(request) && !refuses(request), refuses };
}

/** Both halves; in one account a trust that names the caller is enough (IAM user guide, "Policy evaluation logic"). */
function canTake(caller: Answering, target: Answering, evaluator: Evaluator): boolean {
  const by = roleArn(caller.account, caller.name);
  const request = `sts:AssumeRole ${roleArn(target.account, target.name)} if 0`;
  const { allows, denies } = evaluator.assumers(target.trust);
  if (!allows.includes(`by ${by} if 0`) || denies.includes(`by ${by} if 0`) || caller.refuses(request)) return false;
  const named = evaluator.named(target.trust).allows.includes(`by ${by} if 0`);
  return caller.may(request) || (caller.account === target.account && named);
}

/** By whatever path (RDS user guide, "IAM database authentication"). */
function isTokenUser({ memberships }: Cluster, user: string): boolean {
  const seen = new Set([user]);
  for (const one of seen) for (const row of memberships) if (row.member === one) seen.add(row.role);
  return seen.has("rds_iam");
}
