import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import { approvalsOf, unapproved } from "../../../src/plan/approval.js";
import { sha256 } from "../../../src/reconcile.js";
import { planOf, type Scene } from "./arrange.js";
import { WILD } from "./domain.js";
import { type Difference, difference, type Held, type HeldOn, type Holdings, holdingsOf } from "./facts.js";
import type { AccessModel, World } from "./model.js";
import type { Evaluator } from "./naive-iam.js";
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

/** The one place that knows how the product compares a plan with what was approved. */
const unapprovedIn = (plan: Plan, approved: ReadonlySet<string>, _base: Plan | null): readonly string[] =>
  unapproved(plan, approved, sha256);

const idsOf = (plan: Plan): string[] => approvalsOf(plan, sha256).map(({ id }) => id);

/** Whatever passes was shown: judged by states that are played, never by the approvals' own code. */
export function judge(pair: Pair, evaluator: Evaluator): Verdict {
  const reviews = pair.reviewed.map((file) => planOf({ file, world: pair.base.world }));
  const plan = planOf(pair.now);
  const basePlan = planOf({ file: pair.base.file, world: pair.now.world });
  if (!plan || plan.problems.some(isError)) return { type: "not-comparable" };
  const shown = reviews.filter((p): p is Plan => p !== null && !p.problems.some(isError));
  if (shown.length < reviews.length) return { type: "not-comparable" };
  const left = unapprovedIn(plan, new Set(shown.flatMap(idsOf)), basePlan);
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
  const played = (world: World, by: Plan): Difference & { readonly end: Holdings } => {
    const end = holdingsOf(playPlan(world, by), evaluator);
    return { ...difference(holdingsOf(world, evaluator), end), end };
  };
  const reviews = shown.map((review) => played(pair.base.world, review));
  const done = played(pair.now.world, plan);
  const scope: Scope = {
    pair,
    reviews,
    atReview: holdingsOf(pair.base.world, evaluator),
    drift: basePlan && !basePlan.problems.some(isError) ? played(pair.now.world, basePlan).losses : new Map(),
    end: done.end,
  };
  const gains = [...done.gains.values()].filter((held) => !isGainShown(held, scope)).map((h) => h.text);
  const losses = [...done.losses.values()].filter((held) => !isLossShown(held, scope)).map((h) => h.text);
  return gains.length + losses.length === 0 ? { type: "passed" } : { type: "unsound", gains, losses };
}

interface Scope {
  readonly pair: Pair;
  readonly reviews: readonly (Difference & { readonly end: Holdings })[];
  readonly atReview: Holdings;
  /** What the base file's own plan takes on the state at apply: repaired drift. */
  readonly drift: Holdings;
  readonly end: Holdings;
}

function isGainShown(held: Held, { pair, reviews, atReview }: Scope): boolean {
  if (reviews.some((r) => r.gains.has(held.text))) return true;
  if (pair.resumed && atReview.has(held.text) && reviews.some((r) => r.end.has(held.text))) return true;
  const { on } = held;
  if (on === null || on.grantable || existedAtReview(on, pair.base.world) || !givesByWildcard(pair.now.file, on)) return false;
  return pair.reviewed.some(
    (file, i) => givesByWildcard(file, on) && [...(reviews[i]?.gains.values() ?? [])].some((g) => isUnderSame(g, on) || isLater(g, on)),
  );
}

function isLossShown(held: Held, { pair, reviews, drift, end }: Scope): boolean {
  if (reviews.some((r) => r.losses.has(held.text)) || drift.has(held.text)) return true;
  const { on } = held;
  if (on === null || existedAtReview(on, pair.base.world)) return false;
  const keepsOne = [...end.values()].some((h) => isUnderSame(h, on));
  return !keepsOne && reviews.some((r) => [...r.losses.values()].some((l) => isUnderSame(l, on)));
}

const existedAtReview = (on: HeldOn, world: World): boolean =>
  world.clusters.some(
    (c) =>
      c.name === on.cluster &&
      c.databases.some(
        (d) =>
          d.name === on.database &&
          d.things.some((t) => t.type === on.type && t.schema === on.schema && (t.of === "" ? t.name : `${t.of}.${t.name}`) === on.name),
      ),
  );

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
