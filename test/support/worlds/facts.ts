import type { Account, Atom, Cluster, ThingType, World } from "./model.js";
import type { Evaluator, Verdicts } from "./naive-iam.js";

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
export interface Holdings {
  readonly held: ReadonlyMap<string, Held>;
  /** Requests of IAM that some statement allows, and that some statement denies: what was reviewed are statements. */
  readonly allows: ReadonlySet<string>;
  readonly denies: ReadonlySet<string>;
}

/** All privileges, memberships, logins and default privileges of a state, and the answers to sample requests of IAM. */
export function holdingsOf(world: World, evaluator: Evaluator): Holdings {
  const answers = world.accounts.map((account) => requestsOf(account, evaluator));
  const allows = new Set(answers.flatMap((a) => a.allows));
  const denies = new Set(answers.flatMap((a) => a.denies));
  const held = [
    ...world.clusters.flatMap((cluster) => clusterHeld(cluster)),
    ...world.accounts.flatMap((account) => accountThings(account)),
    // An explicit Deny wins (IAM user guide, "Policy evaluation logic").
    ...[...allows].filter((text) => !denies.has(text)).map(plain),
  ];
  return { held: new Map(held.map((h) => [h.text, h])), allows, denies };
}

export interface Difference {
  readonly gains: readonly Held[];
  readonly losses: readonly Held[];
  readonly before: Holdings;
  readonly after: Holdings;
}

/** A Deny that goes shows as requests that are allowed: a gain. */
export function difference(before: Holdings, after: Holdings): Difference {
  const without = (a: Holdings, b: Holdings): Held[] => [...a.held.values()].filter(({ text }) => !b.held.has(text));
  return { gains: without(after, before), losses: without(before, after), before, after };
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

const accountThings = ({ id, roles, policies, profiles }: Account): Held[] =>
  [
    ...roles.map(({ name }) => `${id} IAM role ${name} exists`),
    ...policies.map(({ name }) => `${id} IAM policy ${name} exists`),
    ...profiles.map(({ name, role }) => `${id} profile ${name} carries ${role}`),
  ].map(plain);

/** Who may assume each role, and what each identity with a policy may do. */
function requestsOf({ id, roles, policies, attachments, users }: Account, evaluator: Evaluator): Verdicts {
  const current = new Map(policies.map((p) => [p.name, p.versions.find((v) => v.id === p.current)?.document ?? "{}"]));
  const identities = [...roles.map(({ name }) => ({ to: "role", name }) as const), ...users.map((name) => ({ to: "user", name }) as const)];
  const all = [
    ...roles.map(({ name, trust }) => ({ about: `${id} IAM role ${name} is assumed`, ...evaluator.assumers(trust) })),
    // By itself, too: what a policy gives is reviewed whether or not somebody carries it at that moment.
    ...[...current].map(([name, document]) => ({ about: `${id} IAM policy ${name} may`, ...evaluator.allowed([document]) })),
    ...identities.map(({ to, name }) => {
      const attached = attachments.filter((a) => a.to === to && a.name === name).map((a) => current.get(a.policy) ?? "{}");
      return { about: `${id} IAM ${to} ${name} may`, ...evaluator.allowed(attached) };
    }),
  ];
  const texts = (part: keyof Verdicts): string[] => all.flatMap((v) => v[part].map((what) => `${v.about} ${what}`));
  return { allows: texts("allows"), denies: texts("denies") };
}
