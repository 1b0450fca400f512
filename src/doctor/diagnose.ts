import type { Declared, DeclaredCluster } from "../model/declared.js";
import type { LogSettings } from "../model/log-settings.js";
import type { ClusterNeed, NeedOf } from "../model/need.js";
import type { Plan, PlanTarget } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import type { Target } from "../model/resource.js";
import type { ClusterSnapshot, Snapshot, Unread } from "../model/snapshot.js";
import { baseNeeds, blindNeeds } from "./base.js";
import { configurationProblems, tokenProblems } from "./configuration.js";
import { logKeepingProblems } from "./log-keeping.js";
import { prescribe } from "./prescribe.js";
import { type Statement, statementsOf } from "./statements.js";

export interface DoctorInput {
  readonly declared: Declared;
  readonly snapshot: Snapshot;
  readonly planOf: (snapshot: Snapshot) => Plan;
  /** Targets that are asked about. */
  readonly includes: (target: Target) => boolean;
  /** Roles, memberships and databases of clusters of which no more could be read. */
  readonly heads: ReadonlyMap<string, ClusterSnapshot>;
  /** Why a login that was tried did not succeed, by cluster. */
  readonly refused: ReadonlyMap<string, readonly Problem[]>;
  /** Where the log of a cluster of RDS is kept, or why that is not known; left out: nobody asked. */
  readonly logs?: ReadonlyMap<string, LogsRead>;
}

interface LogsRead {
  readonly settings: LogSettings | null;
  readonly problems: readonly Problem[];
}

/** One cluster or account. */
export interface Findings {
  readonly target: Target;
  readonly about: string | null;
  /** false: it could not be read, and what is said of it is not all. */
  readonly read: boolean;
  /** RDS's master user; null: a superuser. */
  readonly master: string | null;
  readonly statements: readonly Statement[];
  /** Errors, and what a plan would leave different: missing. Other warnings: to be known. */
  readonly problems: readonly Problem[];
  readonly allow: readonly Allowed[];
}

/** What AWS must allow. */
export interface Allowed {
  readonly need: NeedOf<"allow">;
  /** The IAM role whose policy it belongs in: plan_role or apply_role; null: the caller's. */
  readonly role: string | null;
}

/** What stands in the way of the first plan, target by target. */
export function diagnose(input: DoctorInput): readonly Findings[] {
  const { declared, snapshot, includes } = input;
  const { needs, plan } = prescribe(declared, snapshot, input.planOf, (name) => includes({ type: "cluster", name }));
  const all: Target[] = [
    ...[...declared.clusters.keys()].map((name): Target => ({ type: "cluster", name })),
    ...[...declared.accounts.keys()].map((name): Target => ({ type: "account", name })),
  ];
  return all.filter(includes).map((target) => {
    const unread = snapshot.unread.find((one) => one.target.type === target.type && one.target.name === target.name);
    if (unread) return unreadFindings(unread, input);
    const about = plan.targets.find((one) => one.target.type === target.type && one.target.name === target.name) ?? null;
    const cluster = target.type === "cluster" ? declared.clusters.get(target.name) : undefined;
    return cluster
      ? clusterFindings(cluster, needs.get(target.name) ?? [], { input, plan, about })
      : { ...NOTHING, target, about: about?.about ?? null };
  });
}

/** What only is to be known is nothing missing; what would stay different, though no statement here changes that, is. */
export const isMissing = ({ statements, problems, allow }: Findings): boolean =>
  statements.length > 0 || allow.length > 0 || problems.some((problem) => isError(problem) || problem.needs !== undefined);

const NOTHING = { read: true, master: null, statements: [], problems: [], allow: [] } as const;

/** Who reads was refused: then the statements that let it in are known all the same. */
const REFUSALS = new Set(["login-refused", "may-not-connect", "cannot-read"]);

function unreadFindings({ target, problems, rds }: Unread, { declared, heads }: DoctorInput): Findings {
  const cluster = target.type === "cluster" ? declared.clusters.get(target.name) : undefined;
  const head = cluster && heads.get(cluster.name);
  const account = declared.accounts.get(target.type === "account" ? target.name : (cluster?.account ?? ""));
  return {
    target,
    about: null,
    read: false,
    master: rds?.masterUser ?? null,
    statements: cluster ? openingStatements(cluster, head, problems) : [],
    problems: [...problems, ...(cluster ? (head ? configurationProblems(cluster, head) : tokenProblems(cluster, rds)) : [])],
    allow: allowedBy(problems, account?.planRole ?? null),
  };
}

/** What lets them in. Of a cluster that does not answer at all nothing is known to be missing. */
function openingStatements(cluster: DeclaredCluster, head: ClusterSnapshot | undefined, problems: readonly Problem[]): Statement[] {
  if (head) return statementsOf(cluster, head, baseNeeds(cluster, head));
  return problems.some(({ code }) => REFUSALS.has(code)) ? statementsOf(cluster, null, blindNeeds(cluster)) : [];
}

/** Nobody is in a role yet who may not assume it. */
const allowedBy = (problems: readonly Problem[], role: string | null): Allowed[] =>
  problems
    .flatMap(({ needs = [] }) => needs)
    .flatMap((need) => (need.type === "allow" ? [{ need, role: need.action === "sts:AssumeRole" ? null : role }] : []));

interface Planned {
  readonly input: DoctorInput;
  readonly plan: Plan;
  readonly about: PlanTarget | null;
}

function clusterFindings(cluster: DeclaredCluster, needs: readonly ClusterNeed[], { input, plan, about }: Planned): Findings {
  const snapshot = input.snapshot.clusters.get(cluster.name);
  const target: Target = { type: "cluster", name: cluster.name };
  if (!snapshot) return { ...NOTHING, target, about: null };
  const ofPlan = planProblems(plan, cluster.name);
  // The plan says it of the users, and once is enough.
  const isSaid = ({ code }: Problem): boolean => ofPlan.some((problem) => problem.code === code);
  const found = [...ofPlan, ...configurationProblems(cluster, snapshot).filter((problem) => !isSaid(problem))];
  const explained = needs.some(({ type }) => BEFORE_LOGIN.has(type)) || found.some(({ code }) => code === "iam-auth-off");
  const refused = explained ? [] : (input.refused.get(cluster.name) ?? []);
  return {
    ...NOTHING,
    target,
    about: about?.about ?? null,
    master: snapshot.rds?.masterUser ?? null,
    statements: statementsOf(cluster, snapshot, needs),
    problems: [...found, ...refused, ...logProblems(cluster, input.logs?.get(cluster.name))],
    allow: allowedBy(refused, input.declared.accounts.get(cluster.account ?? "")?.applyRole ?? null),
  };
}

const logProblems = (cluster: DeclaredCluster, logs: LogsRead | undefined): readonly Problem[] =>
  logs === undefined ? [] : [...logs.problems, ...(logs.settings === null ? [] : logKeepingProblems(cluster, logs.settings))];

/** What is missing says by itself why nobody was let in. */
const BEFORE_LOGIN = new Set<ClusterNeed["type"]>(["create-login", "alter-login", "iam-login", "connect"]);

/** What concerns how the cluster is set up, and not what the file says. */
const SET_UP = new Set(["iam-auth-off", "rds-iam-missing", "admin-lockout-risk"]);

/** What the plan finds in its way once all was given, and what no statement takes away. */
const planProblems = ({ problems }: Plan, cluster: string): Problem[] =>
  problems
    .filter((problem) => problem.cluster === cluster)
    .filter(({ code, needs }) => SET_UP.has(code) || !needs?.some((need) => need.type === "run"));
