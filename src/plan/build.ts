import { selfLockout } from "../access/self-lockout.js";
import { unmanagedOf } from "../access/unmanaged.js";
import type { Facts } from "../facts/facts.js";
import type { Around, Attained, KindSpec } from "../kinds/spec.js";
import { KIND_NAMES, KINDS } from "../kinds/table.js";
import { type Change, type ChangeOp, effectsOf } from "../model/change.js";
import type { Declared } from "../model/declared.js";
import { type Expanded, NO_SOURCES } from "../model/expanded.js";
import type { Counts, Plan, PlanTarget } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import type { Attrs, Kind, Live, Pair, Resource, Target } from "../model/resource.js";
import { countRights, type Delta } from "../model/right.js";
import { acceptResidue, isAccepted } from "./accept.js";
import type { Found, Leftover } from "./analysed.js";
import { countOf, diffKind, liveOf, pairsOf } from "./diff.js";
import { changeId, createDeltaHash, type Hash, planDigest } from "./digest.js";
import { type GuardInput, guardProblems } from "./guards.js";
import { type Kept, keptOf } from "./kept.js";
import { orderUnits } from "./order.js";
import { cannotGive, findAttainable } from "./reach.js";
import { withRisks } from "./risk.js";
import { renderUnits } from "./units.js";
import { wishesOf } from "./wish.js";

export interface BuildInput {
  readonly declared: Declared;
  readonly facts: Facts;
  /** Of loading and inspecting. */
  readonly problems: readonly Problem[];
  readonly scope: Plan["scope"];
  /** Targets that the run may write to; null: all. A narrowed run deletes nothing. */
  readonly targetsInScope: ((target: Target) => boolean) | null;
  readonly targets: readonly PlanTarget[];
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
  const whole = !input.problems.some(isError);
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
  const ordered = orderUnits(
    kept.flatMap((one) => one.operations),
    facts,
  );
  const changes = withRisks(
    kept.map((one) => one.change),
    ordered.split,
  );
  const found = [
    ...input.problems,
    ...expanded.problems,
    ...kept.flatMap((one) => one.obstacles),
    ...cannotGive(kept, facts),
    ...staying.problems,
    ...ordered.probes.map((probe) => probe.problem),
    ...selfLockout(facts, changes),
  ];
  return {
    version: 1,
    tool: input.tool,
    owner: facts.owner,
    scope,
    asOf: `${dayOf(input.now)}T00:00:00Z`,
    complete: whole,
    digest: planDigest(hash, { version: 1, owner: facts.owner, scope, ids: changes.map((c) => c.id) }),
    counts: countChanges(changes),
    targets: input.targets,
    changes,
    ...renderUnits(ordered, facts),
    problems: sortProblems([...found, ...guardProblems(guardInput(changes, context))]),
    unmanaged: unmanagedOf(facts),
    net: [],
    gaps: [],
    residue: staying.residue,
    kept: keptOf(changes, (kind) => keptOfKind(kind, context)),
  };
}

interface Context extends BuildInput {
  readonly expanded: Expanded;
  readonly live: Live;
  readonly hashDelta: (delta: Delta) => string;
}

const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

function guardInput(changes: readonly Change[], context: Context): GuardInput {
  const { facts, now, targets, declared, live } = context;
  return {
    changes,
    safety: declared.safety,
    isProtected: facts.isProtected,
    day: dayOf(now),
    targets: targets.map(({ target }) => target),
    things: (target) => KIND_NAMES.reduce((n, kind) => n + (KINDS[kind].isThing ? resourcesAt(kind, live, target).length : 0), 0),
    rights: (target) => KIND_NAMES.reduce((n, kind) => n + rightsAt(kind, target, context), 0),
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

function analyse(context: Context, around: Around): Found {
  const found = KIND_NAMES.map((kind) => analyseKind(kind, context, around));
  return { kept: found.flatMap((one) => one.kept), left: found.flatMap((one) => one.left) };
}

function analyseKind<K extends Kind>(kind: K, context: Context, around: Around): Found {
  const spec: KindSpec<K> = KINDS[kind];
  const { expanded, live, facts } = context;
  const attain = spec.attain(facts, around);
  const found = diffKind(kind, spec, expanded.desired, live)
    .filter(({ of }) => !expanded.leftOut.has(of.key))
    .flatMap((difference) =>
      pairsOf(kind, difference)
        .filter((pair) => isInScope(spec, pair, context))
        .map((pair) => analysePair(spec, pair, attain(pair), difference.of, context)),
    );
  const kept = found.flatMap((one) => one.kept).sort((a, b) => (a.change.key < b.change.key ? -1 : 1));
  const left = found.flatMap((one) => one.left).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return { kept, left };
}

/** The change is what is done; what stays is told apart. */
function analysePair<K extends Kind>(
  spec: KindSpec<K>,
  pair: Pair<K>,
  { end, operations, stays }: Attained<K>,
  of: Resource<K>,
  context: Context,
): Found {
  const { facts } = context;
  const ended: Pair<K> = { ...pair, after: end };
  const left = stays.map(({ delta, problem, ...rest }): Leftover => {
    const effects = effectsOf({ subject: spec.subject(ended, facts), delta });
    return { target: spec.target(pair.id), key: pair.key, effects, ...rest, problem: { ...problem, key: pair.key, effects } };
  });
  if (operations.length === 0 && isSame(spec, end, pair.before)) return { kept: [], left };
  const change = draftChange(spec, ended, of, context);
  return { kept: [{ change, operations, obstacles: spec.obstacles(ended, facts, operations) }], left };
}

const isSame = <K extends Kind>(spec: KindSpec<K>, end: Attrs<K> | undefined, before: Attrs<K> | undefined): boolean =>
  end === undefined || before === undefined ? end === before : spec.equal(end, before);

/** A narrowed run deletes nothing that is a thing of its own. */
function isInScope<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, { targetsInScope }: Context): boolean {
  if (!targetsInScope) return true;
  const target = spec.target(pair.id);
  const deletes = !pair.after && (spec.isThing || target.type === "account");
  return targetsInScope(target) && !deletes;
}

function draftChange<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, of: Resource<K>, context: Context): Omit<Change, "risk"> {
  const { facts, expanded, hash, hashDelta } = context;
  const sources = expanded.sources.get(of.key) ?? NO_SOURCES;
  const target = spec.target(pair.id);
  const change = {
    op: spec.op(pair),
    kind: pair.kind,
    target,
    key: pair.key,
    subject: spec.subject(pair, facts),
    delta: spec.delta(pair, facts, sources),
    attributes: spec.attributes(pair),
  };
  return { id: changeId(hash, identityOf(target, facts), change, hashDelta(change.delta)), ...change, sources: sources.whole };
}

const identityOf = (target: Target, facts: Facts): string =>
  (target.type === "cluster" ? facts.clusters.get(target.name)?.snapshot.identity : facts.accounts.get(target.name)?.snapshot.id) ?? "";

function countChanges(changes: readonly Change[]): Counts {
  const ops = (op: ChangeOp): number => changes.filter((c) => c.op === op).length;
  const rights = (effect: "gains" | "loses"): number => changes.reduce((n, c) => n + countRights(c.delta, effect), 0);
  return {
    create: ops("create"),
    adopt: ops("adopt"),
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
