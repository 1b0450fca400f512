import type { ClusterFacts } from "../facts/facts.js";
import { groupBy } from "../model/group-by.js";
import type { Operation } from "../model/operation.js";
import type { Unit } from "../model/plan.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { letsInByToken } from "../privileges/powers.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";

/** An operation that may lock somebody out: it is committed alone, proved by another login, and undone when that is refused. */
export interface Probe {
  readonly operation: Operation;
  readonly check: NonNullable<Unit["check"]>;
}

export interface Lockout {
  readonly probes: readonly Probe[];
  /** What may lock the same out, and comes after the probes: they prove it, too. */
  readonly later: readonly Operation[];
  readonly problems: readonly Problem[];
}

type Noun = "admin" | "reader";
type Grant = Operation<"grant-membership">;
type Edge = { readonly role: string; readonly member: string };

/**
 * RDS lets members of rds_iam in by token only, and pg_hba counts any membership, whatever its options (RDS user guide, "IAM database
 * authentication"). From 16 on, whoever creates a role is a member of it: a password admin, of each IAM user that it creates.
 */
export function lockoutOf(cluster: ClusterFacts, operations: readonly Operation[]): Lockout {
  const { declared, powers } = cluster;
  const logins = [
    { noun: "admin" as const, login: declared.admin },
    ...(declared.reader ? [{ noun: "reader" as const, login: declared.reader }] : []),
  ].filter(({ login }) => login.auth.type === "password");
  const grants = logins.length === 0 ? [] : operations.filter((o): o is Grant => o.type === "grant-membership");
  if (grants.length === 0) return NO_LOCKOUT;
  const created = operations.flatMap((o) => (o.type === "create-role" ? [o.args.role] : []));
  const automatic = powers.options && !powers.superuser ? created.map((role) => ({ role, member: powers.admin })) : [];
  const edges = { live: liveEdges(cluster), automatic, grants: grants.map(({ args }) => args) };
  const risks = logins.flatMap(({ noun, login }) => riskOf(noun, login.user, edges, grants));
  const proved = new Map<Grant, Noun[]>();
  for (const { noun, probes } of risks) for (const grant of probes) proved.set(grant, [...(proved.get(grant) ?? []), noun]);
  return {
    probes: [...proved].map(([operation, own]) => ({ operation, check: checkOf(operation, own) })),
    later: [...new Set(risks.flatMap(({ all }) => all))].filter((grant) => !proved.has(grant)),
    problems: risks.map((risk) => riskProblem(cluster, risk, created)),
  };
}
const NO_LOCKOUT: Lockout = { probes: [], later: [], problems: [] };

const liveEdges = ({ snapshot }: ClusterFacts): Edge[] => snapshot.memberships.filter(letsInByToken);

interface Edges {
  readonly live: readonly Edge[];
  readonly automatic: readonly Edge[];
  readonly grants: readonly Edge[];
}

interface Risk {
  readonly noun: Noun;
  readonly user: string;
  readonly all: readonly Grant[];
  readonly probes: readonly Grant[];
}

/** One that does it by itself proves all the others; where several must come together, each is proved, and so the last of them is. */
function riskOf(noun: Noun, user: string, { live, automatic, grants }: Edges, operations: readonly Grant[]): Risk[] {
  if (rolesAbove(live, user).has(RDS_IAM)) return [];
  const between = (edges: readonly Edge[]): Grant[] => {
    const [above, below] = [rolesAbove(edges, user), membersBelow(edges, RDS_IAM)];
    return operations.filter(({ args }) => above.has(args.member) && below.has(args.role));
  };
  const all = between([...live, ...automatic, ...grants]);
  const alone = between([...live, ...automatic]);
  return all.length === 0 ? [] : [{ noun, user, all, probes: alone.length > 0 ? alone.slice(0, 1) : all }];
}

const rolesAbove = (edges: readonly Edge[], start: string): ReadonlySet<string> =>
  walk(
    start,
    edges.map(({ role, member }) => [member, role]),
  );
const membersBelow = (edges: readonly Edge[], start: string): ReadonlySet<string> =>
  walk(
    start,
    edges.map(({ role, member }) => [role, member]),
  );

function walk(start: string, steps: readonly (readonly [string, string])[]): ReadonlySet<string> {
  const next = groupBy(steps, ([from]) => from);
  const seen = new Set([start]);
  for (const one of seen) for (const [, to] of next.get(one) ?? []) seen.add(to);
  return seen;
}

const checkOf = ({ args }: Grant, nouns: readonly Noun[]): Probe["check"] => ({
  type: "can-log-in",
  logins: nouns,
  undo: [`REVOKE ${quoteIdent(args.role)} FROM ${quoteIdent(args.member)}`],
});

function riskProblem({ name, declared }: ClusterFacts, { noun, user, probes }: Risk, created: readonly string[]): Problem {
  const [first] = probes;
  const [role, member] = [first?.args.role ?? RDS_IAM, first?.args.member ?? ""];
  const how =
    role === RDS_IAM && created.includes(member)
      ? `by creating ${displayName(member)}`
      : `when ${displayName(member)} becomes a member of ${displayName(role)}`;
  return warningProblem(
    "admin-lockout-risk",
    `${noun === "admin" ? "Admin" : "Reader"} ${displayName(user)} of cluster ${name} logs in with a password and becomes an indirect member of rds_iam ${how}; RDS may refuse its password from then on.`,
    {
      place: declared.place,
      cluster: name,
      hint: `apply does this alone, proves that the ${noun} can still log in, and undoes it if not. With auth: iam it has no such risk.`,
    },
  );
}
