import type { Facts } from "../facts/facts.js";
import type { Around, Attained, KindSpec } from "../kinds/spec.js";
import { KIND_NAMES, KINDS } from "../kinds/table.js";
import { type Change, effectsOf } from "../model/change.js";
import { type Expanded, NO_SOURCES } from "../model/expanded.js";
import type { Attrs, Kind, Live, Pair, Resource, Target } from "../model/resource.js";
import type { Delta } from "../model/right.js";
import type { Found, Leftover } from "./analysed.js";
import { diffKind, pairsOf } from "./diff.js";
import { changeId, type Hash } from "./digest.js";

export interface AnalyseInput {
  readonly facts: Facts;
  readonly expanded: Expanded;
  readonly live: Live;
  /** Targets that the run may write to; null: all. */
  readonly targetsInScope: ((target: Target) => boolean) | null;
  readonly hash: Hash;
  readonly hashDelta: (delta: Delta) => string;
}

/** What differs, kind by kind: what is done, and what stays. */
export function analyse(context: AnalyseInput, around: Around): Found {
  const found = KIND_NAMES.map((kind) => analyseKind(kind, context, around));
  return { kept: found.flatMap((one) => one.kept), left: found.flatMap((one) => one.left) };
}

function analyseKind<K extends Kind>(kind: K, context: AnalyseInput, around: Around): Found {
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
  context: AnalyseInput,
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
function isInScope<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, { targetsInScope }: AnalyseInput): boolean {
  if (!targetsInScope) return true;
  const target = spec.target(pair.id);
  const deletes = !pair.after && (spec.isThing || target.type === "account");
  return targetsInScope(target) && !deletes;
}

function draftChange<K extends Kind>(spec: KindSpec<K>, pair: Pair<K>, of: Resource<K>, context: AnalyseInput): Omit<Change, "risk"> {
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

export const identityOf = (target: Target, facts: Facts): string =>
  (target.type === "cluster"
    ? (facts.clusters.get(target.name)?.snapshot.identity ?? facts.rds.get(target.name)?.rds.resourceId)
    : facts.accounts.get(target.name)?.snapshot.id) ?? "";
