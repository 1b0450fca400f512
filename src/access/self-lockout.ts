import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Acl } from "../model/acl.js";
import { type Change, effectsOf } from "../model/change.js";
import { privilegeSet } from "../model/privileges.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Effect } from "../model/right.js";
import type { ClusterSnapshot, MembershipRow } from "../model/snapshot.js";
import { granteeKey } from "../privileges/grantee.js";
import { closure } from "../privileges/powers.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { isPredefinedRole } from "../privileges/system-roles.js";

/** What the plan would take, through a declared role, from the very users that pgaccord logs in as. */
export const selfLockout = (facts: Facts, changes: readonly Change[]): Problem[] =>
  [...facts.clusters.values()].flatMap((cluster) => {
    const mine = changes.filter((c) => c.target.type === "cluster" && c.target.name === cluster.name && mayMatter(c));
    const effects = mine.flatMap(effectsOf);
    if (!effects.some((e) => e.effect === "loses")) return [];
    const { admin, reader } = cluster.declared;
    const later = afterwards(cluster.snapshot, effects);
    const logins = [{ noun: "admin", user: admin.user }, ...(reader ? [{ noun: "reader", user: reader.user }] : [])];
    return logins.flatMap(({ noun, user }) => {
      if (cluster.snapshot.roles.get(user)?.superuser) return [];
      const login: Login = { noun, user, before: rolesOf(cluster.snapshot, user), after: rolesOf(later, user) };
      return [...lostConnects(cluster, login, effects), ...lostRoles(cluster, login)];
    });
  });

interface Login {
  readonly noun: string;
  readonly user: string;
  /** Roles whose privileges it has, now and when the plan is applied. */
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/** Tables come in thousands, and none of them keeps anybody out. */
const mayMatter = ({ subject }: Change): boolean =>
  subject.type === "membership" || (subject.type === "privileges" && subject.on.type === "object" && subject.on.of.type === "database");

const CONNECT = privilegeSet(["connect"]);

function lostConnects(cluster: ClusterFacts, { noun, user, before, after }: Login, effects: readonly Effect[]): Problem[] {
  return [...cluster.declared.databases.keys()].flatMap((database) => {
    const head = cluster.snapshot.databases.get(database);
    if (!head || !connects(head.acl, head.owner, before, NOBODY) || connects(head.acl, head.owner, after, losersOf(effects, database)))
      return [];
    const gained = effects.some((e) => e.effect === "gains" && isConnect(e, database) && e.who.type === "role" && after.has(e.who.name));
    if (gained) return [];
    const message = `The plan would take CONNECT on database ${displayName(database)} of cluster ${cluster.name} from its ${noun} ${displayName(user)}, which has it through a role of the file.`;
    const hint = `Give it to the ${noun} itself first: GRANT CONNECT ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(user)};`;
    const needs = [{ type: "connect", cluster: cluster.name, database, role: user } as const];
    return [errorProblem("admin-locked-out", message, { place: cluster.declared.place, hint, needs, cluster: cluster.name })];
  });
}

const NOBODY: ReadonlySet<string> = new Set();

const isConnect = ({ verbs, on }: Effect, database: string): boolean =>
  verbs.includes("connect") && on.type === "object" && on.of.type === "database" && on.of.name === database;

const losersOf = (effects: readonly Effect[], database: string): Set<string> =>
  new Set(
    effects.flatMap((e) =>
      e.effect === "loses" && e.other === null && isConnect(e, database) && e.who.type === "role" ? [e.who.name] : [],
    ),
  );

const connects = (acl: Acl, owner: string, roles: ReadonlySet<string>, losers: ReadonlySet<string>): boolean =>
  roles.has(owner) ||
  acl.some(({ grantee, privileges }) => {
    const name = granteeKey(grantee);
    return (privileges & CONNECT) !== 0 && (name === "" || (roles.has(name) && !losers.has(name)));
  });

/** Whether a role may connect to a database: by itself, by what it inherits, or as everybody. */
export function mayConnect(snapshot: ClusterSnapshot, user: string, database: string): boolean {
  const head = snapshot.databases.get(database);
  if (!head || snapshot.roles.get(user)?.superuser) return true;
  return connects(head.acl, head.owner, rolesOf(snapshot, user), NOBODY);
}

/** Roles whose privileges the user has without SET ROLE. */
const rolesOf = (snapshot: ClusterSnapshot, user: string): ReadonlySet<string> => closure(snapshot, user, (row) => row.inherit);

/** With the memberships that the plan leaves and makes, whose effects are given. */
export function afterwards(snapshot: ClusterSnapshot, effects: readonly Effect[]): ClusterSnapshot {
  const changed = new Map<string, MembershipRow | null>();
  for (const { effect, who, on, terms, other } of effects) {
    if (on.type !== "membership" || who.type !== "role") continue;
    const options = effect === "gains" ? terms.membership : other?.membership;
    const row = options ? { role: on.role, member: who.name, grantor: "", ...options } : null;
    changed.set(JSON.stringify([on.role, who.name]), row);
  }
  const stay = snapshot.memberships.filter(({ role, member }) => !changed.has(JSON.stringify([role, member])));
  return { ...snapshot, memberships: [...stay, ...[...changed.values()].flatMap((row) => row ?? [])] };
}

/** Roles of the file come and go by it, and their CONNECT is looked at; what the others give, the user cannot do without. */
function lostRoles(cluster: ClusterFacts, { noun, user, before, after }: Login): Problem[] {
  const lost = [...before].filter((role) => !after.has(role) && !cluster.managed.has(role)).sort();
  if (lost.length === 0) return [];
  const names = lost.map(displayName).join(", ");
  const message = `The plan would take the rights of ${names} from ${noun} ${displayName(user)} of cluster ${cluster.name}, which has them through a role of the file.`;
  const hint = `Make the ${noun} a member itself first: ${lost.map((role) => `GRANT ${quoteIdent(role)} TO ${quoteIdent(user)};`).join(" ")}`;
  const givable = lost.filter((role) => isPredefinedRole(role) || cluster.mayHold(role));
  const needs = givable.map((role) => ({ type: "inherit", cluster: cluster.name, role, member: user }) as const);
  return [errorProblem("admin-locked-out", message, { place: cluster.declared.place, hint, needs, cluster: cluster.name })];
}
