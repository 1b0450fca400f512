import type { ClusterState, Edge, Stage } from "./state.js";
import { ADMIN, bitsAt, INHERIT, SET } from "./state.js";

/** The roles by which somebody who logs in as a role holds what it holds. */
export interface Closure {
  readonly login: boolean;
  readonly now: ReadonlySet<number>;
  /** After SET ROLE: for each role that it can be and whose rights it does not have at once, what that role has. */
  readonly afterSet: readonly ReadonlySet<number>[];
  /** Roles that it is a member of, by any path and with whatever options. */
  readonly memberOf: ReadonlySet<number>;
  /** What it could make itself. */
  readonly become: ReadonlySet<number>;
  /** Before 16: with CREATEROLE it can make itself a member of whatever it likes. */
  readonly creates: boolean;
  /** It can SET ROLE to a superuser. */
  readonly superuser: boolean;
}

/** Rules: PostgreSQL manual, "Role Membership"; GRANT on roles. */
export function closureOf(state: ClusterState, role: number, stage: Stage): Closure {
  const edge = (options: number) => (e: Edge) => (bitsAt(e, stage) & options) !== 0;
  const now = walk(state, [role], edge(INHERIT));
  const identities = walk(state, [role], edge(SET));
  const others = [...identities].filter((r) => !now.has(r));
  const { snapshot } = state.facts;
  const attribute = (r: number) => snapshot.roles.get(state.names[r] ?? "");
  const creates = snapshot.versionNum < 160000 && [...identities].some((r) => attribute(r)?.createRole);
  const memberOf = walk(state, [...now, ...identities], edge(INHERIT | SET | ADMIN));
  return {
    login: bitsAt(state.logins[role] ?? NEVER, stage) !== 0,
    now,
    afterSet: others.map((r) => walk(state, [r], edge(INHERIT))),
    memberOf,
    become: creates ? everyRole(state) : memberOf,
    creates,
    superuser: [...identities].some((r) => attribute(r)?.superuser),
  };
}
const NEVER = { before: 0, after: 0, atom: 0 };

/** Before 16, CREATEROLE gives every membership but in superusers. */
const everyRole = ({ names, facts }: ClusterState): Set<number> =>
  new Set(names.flatMap((name, i) => (facts.snapshot.roles.get(name)?.superuser ? [] : [i])));

function walk({ edges }: ClusterState, start: readonly number[], passes: (edge: Edge) => boolean): Set<number> {
  const seen = new Set(start);
  for (const member of seen) for (const edge of edges[member] ?? []) if (passes(edge)) seen.add(edge.role);
  return seen;
}
