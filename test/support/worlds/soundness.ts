import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import { approvalsOf, unapproved } from "../../../src/plan/approval.js";
import { sha256 } from "../../../src/reconcile.js";
import { approvalText } from "../../../src/report/approval-text.js";
import { WILD } from "./domain.js";
import { type Difference, difference, type Held, type HeldOn, holdingsOf } from "./facts.js";
import type { AccessModel, World } from "./model.js";
import { createEvaluator, type Evaluator } from "./naive-iam.js";
import { createPlanner, type Planner, type Scene } from "./planner.js";
import { playPlan } from "./play.js";
import { Refused } from "./play-acl.js";

/** What was reviewed and what is about to be applied. */
export interface Pair {
  /** The base branch's file and the state at review. */
  readonly base: Scene;
  /** The file of each pull request. */
  readonly reviewed: readonly AccessModel[];
  /** The merged file and the state at apply. */
  readonly now: Scene;
  /** An apply of the reviewed plan stopped on the way: what it took for a moment is given back. */
  readonly resumed: boolean;
}

/** `passed`: nothing was unapproved. `not-comparable`: a plan has errors, or a server would refuse it. */
export type Verdict =
  | { readonly type: "not-comparable" | "passed" }
  | { readonly type: "refused"; readonly unapproved: readonly string[] }
  | { readonly type: "unsound"; readonly gains: readonly string[]; readonly losses: readonly string[] };

/** How a plan is compared with what was approved. */
export interface Approving {
  readonly idsOf: (plan: Plan) => readonly string[];
  /** What nobody has approved, as sentences. `base`: the base file's own plan on the state at apply. */
  readonly unapproved: (plan: Plan, approved: ReadonlySet<string>, base: Plan | null) => readonly string[];
}

/** The product's way: the one place that knows its signature. */
const PRODUCT: Approving = {
  idsOf: (plan) => approvalsOf(plan, sha256).map(({ id }) => id),
  unapproved: (plan, approved, base) => {
    const whole = base?.problems.some(isError) ? null : base;
    return unapproved(plan, approved, whole, sha256).map(({ about }) => approvalText(about, plan));
  },
};

/** Who plans, who answers for IAM, and whose approvals are judged. */
export interface Court {
  readonly planner: Planner;
  readonly evaluator: Evaluator;
  readonly approving: Approving;
}

/** The product's approvals before a court that remembers plans and documents. */
export const productCourt = (): Court => ({ planner: createPlanner(), evaluator: createEvaluator(), approving: PRODUCT });

/** Whatever passes was shown: judged by states that are played, never by the approvals' own code. */
export function judge(pair: Pair, { planner: { planOf }, evaluator, approving }: Court): Verdict {
  const reviews = pair.reviewed.map((file) => planOf({ file, world: pair.base.world }));
  const plan = planOf(pair.now);
  if (!plan || plan.problems.some(isError)) return { type: "not-comparable" };
  const shown = reviews.filter((p): p is Plan => p !== null && !p.problems.some(isError));
  if (shown.length < reviews.length) return { type: "not-comparable" };
  const basePlan = planOf({ file: pair.base.file, world: pair.now.world });
  const left = approving.unapproved(plan, new Set(shown.flatMap(approving.idsOf)), basePlan);
  if (left.length > 0) return { type: "refused", unapproved: left };
  try {
    return compare(pair, { shown, plan, basePlan }, evaluator);
  } catch (error) {
    if (error instanceof Refused) return { type: "not-comparable" };
    throw error;
  }
}

interface Plans {
  readonly shown: readonly Plan[];
  readonly plan: Plan;
  readonly basePlan: Plan | null;
}

function compare(pair: Pair, { shown, plan, basePlan }: Plans, evaluator: Evaluator): Verdict {
  const played = (world: World, by: Plan): Difference =>
    difference(holdingsOf(world, evaluator), holdingsOf(playPlan(world, by), evaluator));
  const scope: Scope = {
    pair,
    reviews: shown.map((review) => played(pair.base.world, review)),
    done: played(pair.now.world, plan),
    drift: basePlan && !basePlan.problems.some(isError) ? played(pair.now.world, basePlan) : null,
  };
  const gains = scope.done.gains.filter((held) => !isGainShown(held, scope)).map((h) => h.text);
  const losses = scope.done.losses.filter((held) => !isLossShown(held, scope)).map((h) => h.text);
  return gains.length + losses.length === 0 ? { type: "passed" } : { type: "unsound", gains, losses };
}

interface Scope {
  readonly pair: Pair;
  /** What each review showed. */
  readonly reviews: readonly Difference[];
  readonly done: Difference;
  /** What the base file's own plan does on the state at apply: what it takes is repaired drift. */
  readonly drift: Difference | null;
}

function isGainShown({ text, on }: Held, { pair, reviews, done }: Scope): boolean {
  if (reviews.some((r) => !r.before.held.has(text) && r.after.held.has(text))) return true;
  if (pair.resumed && reviews.some((r) => r.before.held.has(text) && r.after.held.has(text))) return true;
  if (done.after.allows.has(text)) return isRequestShown(text, reviews, done);
  // "gains select on tables of s (s.*)": shown is that the wildcard gives it on whatever stands there by then.
  if (on === null || on.grantable || !givesByWildcard(pair.now.file, on)) return false;
  const showsOne = (review: Difference | undefined): boolean => review?.gains.some((g) => isUnderSame(g, on) || isLater(g, on)) ?? false;
  return pair.reviewed.some((file, i) => givesByWildcard(file, on) && showsOne(reviews[i]));
}

/** Statements are what is reviewed: the Allow that comes and the Deny that goes are shown, be it by two reviews. */
function isRequestShown(text: string, reviews: readonly Difference[], { before }: Difference): boolean {
  const allowed =
    before.allows.has(text) || reviews.some((r) => r.after.allows.has(text) && (!r.before.allows.has(text) || rewrites(r, text)));
  const undenied = !before.denies.has(text) || reviews.some((r) => r.before.denies.has(text) && !r.after.denies.has(text));
  return allowed && undenied;
}

/** One statement made way for another, and both were shown: before and after it the request was allowed. */
const rewrites = ({ gains, losses }: Difference, text: string): boolean =>
  [...gains, ...losses].some((one) => one.text.startsWith(documentOf(text)));
const documentOf = (text: string): string => text.replace(/ (is assumed|may) .*$/, " $1 ");

function isLossShown({ text, on }: Held, scope: Scope): boolean {
  const { reviews, drift, done } = scope;
  const shown = drift ? [...reviews, drift] : reviews;
  if (shown.some((r) => r.before.held.has(text) && !r.after.held.has(text))) return true;
  if (
    shown.some((r) => (r.before.allows.has(text) && !r.after.allows.has(text)) || (!r.before.denies.has(text) && r.after.denies.has(text)))
  )
    return true;
  // Whoever was shown to lose a privilege loses its grant option, too.
  const bare = on?.grantable ? done.losses.find((h) => h.on !== null && !h.on.grantable && text.startsWith(h.text)) : undefined;
  if (bare && isLossShown(bare, scope)) return true;
  if (goesWithIt({ text, on }, scope) || isStatementShown(text, shown)) return true;
  if (on === null) return false;
  // "loses select on tables of s": shown is that nothing of it is left in the schema, whatever stands there by then.
  const keepsNone = ({ after }: Difference): boolean => ![...after.held.values()].some((h) => isUnderSame(h, on));
  return keepsNone(done) && reviews.some((r) => keepsNone(r) && r.losses.some((l) => isUnderSame(l, on)));
}

const REQUEST = /^(\d+) IAM (?:role|user|policy) .+ may (\S+) \S*?([^/]+) if \d$/;

/** Statements are what is reviewed: a policy was shown to lose that action on things of that name, whoever carried it and whatever else gave it. */
function isStatementShown(text: string, shown: readonly Difference[]): boolean {
  const [, account, action, name] = REQUEST.exec(text) ?? [];
  return shown.some((r) =>
    r.losses.some((l) => {
      const [, ofAccount, ofAction, ofName] = REQUEST.exec(l.text) ?? [];
      return account !== undefined && l.text.includes(" IAM policy ") && ofAccount === account && ofAction === action && ofName === name;
    }),
  );
}

/** "delete user ana", "delete IAM policy p": whatever it holds by then goes, too. */
function goesWithIt({ text, on }: Held, { reviews, done }: Scope): boolean {
  const gone = done.losses.filter(
    (l) => l.text.endsWith(" exists") && reviews.some((r) => r.losses.some((shown) => shown.text === l.text)),
  );
  return gone.some((l) => {
    const [, at = "", name = ""] = /^(.+) role (.+) exists$/.exec(l.text) ?? [];
    if (/^\d+ IAM policy /.test(l.text)) return /^\d+ IAM (role|user) .* may /.test(text);
    if (at.endsWith(" IAM")) return text.startsWith(`${at} role ${name} `);
    return on === null ? text.startsWith(`${at} ${name} `) : on.who === name && at === `${on.identity}/${on.cluster}`;
  });
}

const SECTION = new Map(Object.entries(WILD).map(([section, type]) => [type as string, section]));

/** A wildcard of the file gives that very privilege to that very role. */
const givesByWildcard = (file: AccessModel, on: HeldOn): boolean =>
  file.roles.some(
    (role) =>
      role.name === on.who &&
      role.grants.some(
        (g) =>
          g.cluster === on.cluster &&
          g.database === on.database &&
          g.section === SECTION.get(on.type) &&
          g.object === `${on.schema}.*` &&
          (g.privileges.includes(on.privilege) || g.privileges.includes("all")),
      ),
  );

/** The same privilege of the same holder on something of the same type and schema. */
const isUnderSame = ({ on }: Held, other: HeldOn): boolean =>
  on !== null &&
  on.identity === other.identity &&
  on.cluster === other.cluster &&
  on.database === other.database &&
  on.schema === other.schema &&
  on.type === other.type &&
  on.who === other.who &&
  on.privilege === other.privilege &&
  on.grantable === other.grantable;

/** What the same holder gets of later objects of that type stands under the same wildcard. */
const isLater = ({ on }: Held, other: HeldOn): boolean =>
  on !== null &&
  on.type === "later" &&
  on.name.startsWith(`${SECTION.get(other.type)} of `) &&
  isUnderSame({ text: "", on: { ...on, type: other.type } }, other);
