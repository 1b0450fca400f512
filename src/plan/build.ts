import type { Facts } from "../kinds/facts.js";
import { namesInKey } from "../kinds/key.js";
import type { KindSpec } from "../kinds/spec.js";
import { KIND_NAMES, KINDS } from "../kinds/table.js";
import { unmanagedOf } from "../kinds/unmanaged.js";
import type { DeclaredSafety } from "../model/declared.js";
import type { Expanded } from "../model/expanded.js";
import type { Change, ChangeOp, Counts, Plan, PlanTarget, Source, Step, Unit } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import type { Kind, Live, Pair, Resource, Target } from "../model/resource.js";
import { awsSteps, sqlSteps } from "./batch.js";
import { diffKind, liveOf } from "./diff.js";
import type { Difference } from "./difference.js";
import { changeId, type Hash, planDigest } from "./digest.js";
import { type GuardInput, guardProblems } from "./guards.js";
import { type Ordered, orderUnits, type UnitDraft } from "./order.js";
import { splitReachable } from "./reach.js";
import { riskOf } from "./risk.js";

export interface BuildInput {
  readonly facts: Facts;
  readonly expanded: Expanded;
  /** Of loading and inspecting. */
  readonly problems: readonly Problem[];
  readonly scope: Plan["scope"];
  /** Targets that the run may write to; null: all. A narrowed run deletes nothing. */
  readonly targetsInScope: ((target: Target) => boolean) | null;
  readonly targets: readonly PlanTarget[];
  readonly now: Date;
  readonly safety: DeclaredSafety;
  readonly hash: Hash;
  /** Version of pgaccord. */
  readonly tool: string;
}

/** Desired against live: what differs, what it means, what to do. Pure: the same input gives the same plan. */
export function buildPlan(input: BuildInput): Plan {
  const { facts, expanded, hash, scope } = input;
  const live = liveOf(KINDS, KIND_NAMES, facts);
  const reachable = splitReachable(
    KIND_NAMES.flatMap((kind) => analyseKind(kind, live, input)),
    facts,
  );
  const differences = reachable.kept;
  const operations = differences.flatMap((d) => d.operations);
  const ordered = orderUnits(operations, facts);
  const drafts = differences.map((d) => d.change);
  const changes = drafts.map((change) => ({ ...change, risk: riskOf(change, drafts, ordered.split) }));
  const { units, steps } = renderUnits(ordered, facts);
  const found = [
    ...input.problems,
    ...expanded.problems,
    ...differences.flatMap((d) => d.obstacles),
    ...reachable.problems,
    ...ordered.probes.map((probe) => probe.problem),
  ];
  const problems = sortProblems([...found, ...guardProblems(guardInput(changes, live, input))]);
  const digest = planDigest(hash, { version: 1, owner: facts.owner, scope, ids: changes.map((c) => c.id) });
  return {
    version: 1,
    tool: input.tool,
    owner: facts.owner,
    scope,
    asOf: `${dayOf(input.now)}T00:00:00Z`,
    complete: !input.problems.some(isError),
    digest,
    counts: countChanges(changes),
    targets: input.targets,
    changes,
    units,
    steps,
    problems,
    unmanaged: unmanagedOf(facts),
  };
}

const dayOf = (now: Date): string => now.toISOString().slice(0, 10);

function guardInput(changes: readonly Change[], live: Live, { facts, safety, now, targets }: BuildInput): GuardInput {
  return {
    changes,
    safety,
    day: dayOf(now),
    targets: targets.map(({ target }) => target),
    things: (target) => KIND_NAMES.reduce((n, kind) => n + (KINDS[kind].isThing ? resourcesAt(kind, live, target).length : 0), 0),
    rights: (target) => KIND_NAMES.reduce((n, kind) => n + rightsAt(kind, live, target, facts), 0),
    isThing: (change) => KINDS[change.kind].isThing,
    names: (change) => [...namesInKey(change.kind, change.key), ...change.effects.map((effect) => effect.who)],
  };
}

function resourcesAt<K extends Kind>(kind: K, live: Live, { type, name }: Target): Resource<K>[] {
  const spec: KindSpec<K> = KINDS[kind];
  return [...live[kind].values()].filter(({ id }) => spec.target(id).type === type && spec.target(id).name === name);
}

/** What would be lost if nothing of it were left. */
function rightsAt<K extends Kind>(kind: K, live: Live, target: Target, facts: Facts): number {
  const spec: KindSpec<K> = KINDS[kind];
  const gone = resourcesAt(kind, live, target).map(({ key, id, attrs }) => ({ kind, key, id, before: attrs, after: undefined }));
  return gone.reduce((n, pair) => n + spec.effects(pair, facts).reduce((m, e) => m + (e.effect === "loses" ? e.what.length : 0), 0), 0);
}

function analyseKind<K extends Kind>(kind: K, live: Live, input: BuildInput): Difference[] {
  const spec: KindSpec<K> = KINDS[kind];
  const { facts, expanded } = input;
  const pairs = diffKind(kind, spec, expanded.desired, live).filter((pair) => !expanded.leftOut.has(pair.key));
  return pairs
    .filter((pair) => isInScope(spec, pair, input))
    .map((pair) => ({
      change: draftChange(spec, pair, input),
      operations: spec.operations(pair, facts),
      obstacles: spec.obstacles(pair, facts),
    }));
}

function isInScope<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, { targetsInScope, facts }: BuildInput): boolean {
  if (!targetsInScope) return true;
  const deletes =
    spec.operations(pair, facts).some((o) => o.phase === "delete") || (spec.target(pair.id).type === "account" && !pair.after);
  return targetsInScope(spec.target(pair.id)) && !deletes;
}

function draftChange<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, input: BuildInput): Omit<Change, "risk"> {
  const op = spec.op(pair);
  const target = spec.target(pair.id);
  const effects = spec.effects(pair, input.facts);
  const sources = input.expanded.sources.get(pair.key);
  const behind = (who: string): readonly Source[] => sources?.get(who) ?? sources?.get("") ?? [];
  return {
    id: changeId(input.hash, identityOf(target, input.facts), pair.key, op, effects),
    op,
    kind: pair.kind,
    target,
    key: pair.key,
    title: spec.title(pair, op),
    effects,
    sources: effects.length > 0 ? effects.map((e) => behind(e.who)) : [behind("")],
    ...spec.show(pair, input.facts),
  };
}

const identityOf = (target: Target, facts: Facts): string =>
  (target.type === "cluster" ? facts.clusters.get(target.name)?.snapshot.identity : facts.accounts.get(target.name)?.snapshot.id) ?? "";

function renderUnits(ordered: Ordered, facts: Facts): { units: Unit[]; steps: Step[] } {
  const units: Unit[] = [];
  const steps: Step[] = [];
  const lastOf = new Map<string, { phase: string; ids: string[]; before: string[] }>();
  for (const [i, draft] of ordered.drafts.entries()) {
    const id = `u${i + 1}`;
    const component = componentOf(draft, facts);
    const last = lastOf.get(component) ?? { phase: "", ids: [], before: [] };
    // Units of one phase do not wait for each other, but for those of the phase before; a check is waited for.
    const after = last.phase === draft.phase && !draft.check ? last.before : last.ids;
    const ids = last.phase === draft.phase && !draft.check ? [...last.ids, id] : [id];
    lastOf.set(component, { phase: draft.check ? "" : draft.phase, ids, before: after });
    const mode = "account" in draft.site ? "journal" : "transaction";
    units.push({ id, phase: draft.phase, site: draft.site, mode, after: [...after], ...(draft.check ? { check: draft.check } : {}) });
    steps.push(...stepsOf(draft, facts).map((step) => ({ unit: id, ...step })));
  }
  return { units, steps };
}

function stepsOf(draft: UnitDraft, facts: Facts): Omit<Step, "unit">[] {
  if ("account" in draft.site) return awsSteps(draft);
  const cluster = facts.clusters.get(draft.site.cluster);
  return cluster ? sqlSteps(draft, cluster.powers) : [];
}

/** A cluster and the account whose resources refer to it stand or fall together. */
function componentOf(draft: UnitDraft, facts: Facts): string {
  if ("account" in draft.site) return `account ${draft.site.account}`;
  const account = facts.clusters.get(draft.site.cluster)?.declared.account ?? null;
  return account === null ? `cluster ${draft.site.cluster}` : `account ${account}`;
}

function countChanges(changes: readonly Change[]): Counts {
  const ops = (op: ChangeOp): number => changes.filter((c) => c.op === op).length;
  const effects = (kind: "gains" | "loses"): number =>
    changes.reduce((n, c) => n + c.effects.reduce((m, e) => m + (e.effect === kind ? e.what.length : 0), 0), 0);
  return {
    create: ops("create"),
    adopt: ops("adopt"),
    update: ops("update"),
    replace: ops("replace"),
    release: ops("release"),
    delete: ops("delete"),
    gains: effects("gains"),
    loses: effects("loses"),
  };
}

/** Errors first, then by place, then as found. */
function sortProblems(problems: readonly Problem[]): Problem[] {
  const rank = (p: Problem): string =>
    `${isError(p) ? 0 : 1} ${p.place?.file ?? ""} ${String(p.place?.line ?? 0).padStart(8, "0")} ${String(p.place?.column ?? 0).padStart(8, "0")}`;
  return [...problems].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
