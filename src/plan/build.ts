import { bothFirst } from "../access/both-first.js";
import { dangerous } from "../access/dangerous.js";
import { deferReplaced } from "../access/iam-play.js";
import { attachRenamed } from "../access/renamed-attachments.js";
import { selfLockout } from "../access/self-lockout.js";
import { unmanagedOf } from "../access/unmanaged.js";
import type { Facts } from "../facts/facts.js";
import type { KindSpec } from "../kinds/spec.js";
import { KIND_NAMES, KINDS } from "../kinds/table.js";
import type { Change, ChangeOp } from "../model/change.js";
import { dayOf } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import { type Expanded, NO_SOURCES } from "../model/expanded.js";
import type { Operation } from "../model/operation.js";
import type { Counts, Plan, PlanTarget } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import type { Kind, Live, Pair, Resource, Target } from "../model/resource.js";
import { countRights, type Delta } from "../model/right.js";
import { sayOnce } from "../model/say-once.js";
import { acceptResidue, isAccepted } from "./accept.js";
import { analyse, identityOf } from "./analyse.js";
import type { Analysed } from "./analysed.js";
import { countOf, liveOf } from "./diff.js";
import { changeId, createDeltaHash, type Hash, planDigest } from "./digest.js";
import type { Ordered } from "./draft.js";
import { type GuardInput, guardProblems } from "./guards.js";
import { type Kept, keptOf } from "./kept.js";
import { orderUnits } from "./order.js";
import { findAttainable } from "./reach.js";
import { revokeOnly } from "./revoke-only.js";
import { withRisks } from "./risk.js";
import { renderUnits } from "./units.js";
import { wishesOf } from "./wish.js";

export interface BuildInput {
  readonly declared: Declared;
  readonly facts: Facts;
  /** Of loading and inspecting. */
  readonly problems: readonly Problem[];
  /** Targets that could not be read and that this run should have read. */
  readonly leftOut: Plan["leftOut"];
  readonly scope: Plan["scope"];
  /** Targets that the run may write to; null: all. A narrowed run deletes nothing. */
  readonly targetsInScope: ((target: Target) => boolean) | null;
  readonly targets: readonly PlanTarget[];
  /** Only what can be taken at once. */
  readonly revokeOnly: boolean;
  readonly expired: Plan["expired"];
  readonly now: Date;
  readonly hash: Hash;
  /** Version of pgaccord. */
  readonly tool: string;
}

/** Desired against live: what differs, what it means, what to do. Pure: the same input gives the same plan. */
export function buildPlan(input: BuildInput): Plan {
  const { facts, hash, scope } = input;
  const expanded = wishesOf(KINDS, KIND_NAMES, input.declared, facts);
  const live = liveOf(KINDS, KIND_NAMES, facts);
  const context: Context = { ...input, expanded, live, hashDelta: createDeltaHash(hash) };
  const whole = input.leftOut.length === 0;
  const accepting = {
    entries: input.declared.safety.acceptResidue,
    day: dayOf(input.now),
    whole: whole && input.targetsInScope === null,
  };
  const { kept, left } = findAttainable((around) => analyse(context, around), {
    facts,
    desired: expanded.desired,
    isAccepted: (one) => isAccepted(one, accepting),
  });
  const staying = acceptResidue(left, accepting);
  const { done, waiting } = input.revokeOnly ? takesAlone(kept, context) : { done: kept, waiting: [] };
  const operations = attachRenamed(
    done.flatMap((one) => one.operations),
    facts,
  );
  const drafts = done.map((one) => one.change);
  const ordered = bestOrder(operations, drafts, facts);
  const changes = withRisks(drafts, ordered.torn).map((change) => withEnd(change, input.expired));
  const { units, steps, idOf } = renderUnits(ordered.drafts, facts);
  const found = [
    ...input.problems,
    ...expanded.problems,
    ...done.flatMap((one) => one.obstacles),
    ...staying.problems,
    ...ordered.problems,
    ...selfLockout(facts, changes),
    ...dangerous(input.declared, facts, changes, accepting),
  ];
  return {
    version: 1,
    tool: input.tool,
    owner: facts.owner,
    scope,
    asOf: `${dayOf(input.now)}T00:00:00Z`,
    complete: whole,
    leftOut: input.leftOut,
    digest: planDigest(hash, { version: 1, owner: facts.owner, scope, ids: changes.map((c) => c.id) }),
    counts: countChanges(changes),
    targets: input.targets,
    changes,
    units,
    steps,
    problems: sortProblems([...sayOnce(found), ...guardProblems(guardInput(changes, ordered, context))]),
    unmanaged: unmanagedOf(facts),
    net: ordered.net,
    unheld: ordered.unheld,
    gaps: ordered.gaps.map(({ from, to, ...gap }) => ({ ...gap, from: idOf(from), to: idOf(to) })),
    residue: staying.residue,
    left: waiting,
    expired: input.expired,
    kept: keptOf(changes, (kind) => keptOfKind(kind, context)),
  };
}

/** Why something is gone that the file names all the same. */
function withEnd(change: Change, expired: Plan["expired"]): Change {
  const source = expired.get(change.key);
  if (!source || change.sources.length > 0) return change;
  const delta = change.delta.map((item) => (item.effect === "loses" && item.sources.length === 0 ? { ...item, sources: [source] } : item));
  return { ...change, delta, sources: [source] };
}

/**
 * What was replaced goes last, and where somebody would still be without what they keep, another way of writing policies is tried: the
 * better of the two counts. Neither is for a case in which its parts wait for each other, or open a door for a moment; where the plain order does, that is an error (`order-not-proved`).
 */
function bestOrder(operations: readonly Operation[], changes: readonly Omit<Change, "risk">[], facts: Facts): Ordered {
  const accounts = [...facts.accounts.values()];
  const deferred = deferReplaced(operations, accounts);
  const first = orderUnits(deferred, changes, facts);
  const ordered = first.isSound ? first : orderUnits(operations, changes, facts);
  const other = ordered.gaps.length === 0 ? null : bothFirst(first.isSound ? deferred : operations, accounts);
  if (other === null) return ordered;
  const both = orderUnits(other, changes, facts);
  const isBetter = both.problems.length <= ordered.problems.length && both.gaps.length < ordered.gaps.length;
  return isBetter && both.isSound ? both : ordered;
}

interface Context extends BuildInput {
  readonly expanded: Expanded;
  readonly live: Live;
  readonly hashDelta: (delta: Delta) => string;
}

function takesAlone(
  differences: readonly Analysed[],
  { facts, hash, hashDelta }: Context,
): { done: readonly Analysed[]; waiting: Plan["left"] } {
  const { taken, left: waiting } = revokeOnly(differences, facts);
  const withId = (one: Analysed): Analysed => {
    const id = changeId(hash, identityOf(one.change.target, facts), one.change, hashDelta(one.change.delta));
    return { ...one, change: { ...one.change, id } };
  };
  return { done: taken.map(withId), waiting };
}

function guardInput(changes: readonly Change[], { losses }: Ordered, context: Context): GuardInput {
  const { facts, now, targets, declared, live } = context;
  return {
    changes,
    safety: declared.safety,
    isProtected: facts.isProtected,
    day: dayOf(now),
    targets: targets.map(({ target }) => target),
    things: (target) => KIND_NAMES.reduce((n, kind) => n + (KINDS[kind].isThing ? resourcesAt(kind, live, target).length : 0), 0),
    rights: (target) => KIND_NAMES.reduce((n, kind) => n + rightsAt(kind, target, context), 0),
    losses: (target) => (target.type === "cluster" ? losses.get(target.name)?.() : undefined),
    isThing: (change) => KINDS[change.kind].isThing,
  };
}

function resourcesAt<K extends Kind>(kind: K, live: Live, { type, name }: Target): Resource<K>[] {
  const spec: KindSpec<K> = KINDS[kind];
  return [...live[kind].values()].filter(({ id }) => spec.target(id).type === type && spec.target(id).name === name);
}

/** What would be lost if nothing of it were left. */
function rightsAt<K extends Kind>(kind: K, target: Target, { live, facts }: Context): number {
  const spec: KindSpec<K> = KINDS[kind];
  return resourcesAt(kind, live, target).reduce((n, resource) => {
    const gone: Pair<K> = { kind, key: resource.key, id: resource.id, before: resource.attrs, after: undefined };
    return n + countOf(resource) * countRights(spec.delta(gone, facts, NO_SOURCES), "loses");
  }, 0);
}

/** What the file gives of a kind, as if nothing were there. */
function* keptOfKind<K extends Kind>(kind: K, { expanded, facts }: Context): Generator<Kept> {
  const spec: KindSpec<K> = KINDS[kind];
  for (const { key, id, attrs } of expanded.desired[kind].values()) {
    const pair: Pair<K> = { kind, key, id, before: undefined, after: attrs };
    yield { subject: spec.subject(pair, facts), delta: spec.delta(pair, facts, NO_SOURCES) };
  }
}

function countChanges(changes: readonly Change[]): Counts {
  const ops = (op: ChangeOp): number => changes.filter((c) => c.op === op).length;
  const rights = (effect: "gains" | "loses"): number => changes.reduce((n, c) => n + countRights(c.delta, effect), 0);
  return {
    create: ops("create"),
    adopt: ops("adopt"),
    rename: ops("rename"),
    update: ops("update"),
    replace: ops("replace"),
    release: ops("release"),
    delete: ops("delete"),
    gains: rights("gains"),
    loses: rights("loses"),
  };
}

/** Errors first, then by place, then as found. */
function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = (p: Problem): string =>
    `${isError(p) ? 0 : 1} ${p.place?.file ?? ""} ${String(p.place?.line ?? 0).padStart(8, "0")} ${String(p.place?.column ?? 0).padStart(8, "0")}`;
  return [...problems].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
