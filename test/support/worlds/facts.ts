import type { Account, Atom, Cluster, ThingType, World } from "./model.js";
import type { Evaluator } from "./naive-iam.js";

/** Something held, taken apart where the judge must look inside. */
export interface Held {
  readonly text: string;
  /** null: not a privilege on an object. */
  readonly on: HeldOn | null;
}

export interface HeldOn {
  readonly cluster: string;
  readonly identity: string;
  readonly database: string;
  readonly type: ThingType | "later";
  readonly schema: string;
  readonly name: string;
  readonly who: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** What everybody holds, by its text. */
export type Holdings = ReadonlyMap<string, Held>;

/** All privileges, memberships, logins and default privileges of a state, and the answers to sample requests of IAM. */
export function holdingsOf(world: World, evaluator: Evaluator): Holdings {
  const held = [
    ...world.clusters.flatMap((cluster) => clusterHeld(cluster)),
    ...world.accounts.flatMap((account) => accountHeld(account, evaluator)),
  ];
  return new Map(held.map((h) => [h.text, h]));
}

export interface Difference {
  readonly gains: Holdings;
  readonly losses: Holdings;
}

/** A Deny that goes shows as requests that are allowed: a gain. */
export function difference(before: Holdings, after: Holdings): Difference {
  const without = (a: Holdings, b: Holdings): Holdings => new Map([...a].filter(([text]) => !b.has(text)));
  return { gains: without(after, before), losses: without(before, after) };
}

const plain = (text: string): Held => ({ text, on: null });

export const identityOf = ({ rds, systemId }: Cluster): string => rds?.resourceId ?? systemId;

function clusterHeld(cluster: Cluster): Held[] {
  const at = `${identityOf(cluster)}/${cluster.name}`;
  const roles = cluster.roles.flatMap(({ name, login }) => [
    plain(`${at} role ${name} exists`),
    ...(login ? [plain(`${at} ${name} may log in`)] : []),
  ]);
  const members = cluster.memberships.flatMap(({ role, member, admin, inherit, set }) => [
    plain(`${at} ${member} is member of ${role}`),
    ...(admin ? [plain(`${at} ${member} has admin option on ${role}`)] : []),
    ...(inherit ? [plain(`${at} ${member} inherits ${role}`)] : []),
    ...(set ? [plain(`${at} ${member} may set role ${role}`)] : []),
  ]);
  return [...roles, ...members, ...cluster.databases.flatMap((database) => databaseHeld(cluster, database))];
}

function databaseHeld(cluster: Cluster, { name: database, things, later }: Cluster["databases"][number]): Held[] {
  const at = { cluster: cluster.name, identity: identityOf(cluster), database };
  return [
    ...things.flatMap((t) =>
      t.acl.flatMap((atom) => atomHeld({ ...at, type: t.type, schema: t.schema, name: t.of === "" ? t.name : `${t.of}.${t.name}` }, atom)),
    ),
    ...later.flatMap((l) =>
      l.acl.flatMap((atom) => atomHeld({ ...at, type: "later", schema: l.schema ?? "*", name: `${l.objects} of ${l.creator}` }, atom)),
    ),
  ];
}

function atomHeld(on: Omit<HeldOn, "who" | "privilege" | "grantable">, { grantee: who, privilege, grantable }: Atom): Held[] {
  const { identity, cluster, database, type, schema, name } = on;
  const text = `${identity}/${cluster}/${database} ${type} ${schema}.${name}: ${who} has ${privilege}`;
  const held = { text, on: { ...on, who, privilege, grantable: false } };
  return grantable ? [held, { text: `${text} with grant option`, on: { ...held.on, grantable } }] : [held];
}

function accountHeld(account: Account, evaluator: Evaluator): Held[] {
  const { id, roles, policies, profiles, attachments, users } = account;
  const current = new Map(policies.map((p) => [p.name, p.versions.find((v) => v.id === p.current)?.document ?? ""]));
  const things = [
    ...roles.map(({ name }) => `${id} IAM role ${name} exists`),
    ...policies.map(({ name }) => `${id} IAM policy ${name} exists`),
    ...profiles.map(({ name, role }) => `${id} profile ${name} carries ${role}`),
    ...roles.flatMap(({ name, trust }) => evaluator.assumers(trust).map((who) => `${id} IAM role ${name} is assumed ${who}`)),
  ];
  const identities = [...roles.map(({ name }) => ({ to: "role", name }) as const), ...users.map((name) => ({ to: "user", name }) as const)];
  const allowed = identities.flatMap(({ to, name }) => {
    const documents = attachments.filter((a) => a.to === to && a.name === name).map((a) => current.get(a.policy) ?? "{}");
    return documents.length === 0 ? [] : evaluator.allowed(documents).map((what) => `${id} IAM ${to} ${name} may ${what}`);
  });
  return [...things, ...allowed].map(plain);
}
