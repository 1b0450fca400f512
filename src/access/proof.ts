import type { Gap } from "../model/net.js";
import { type PrivilegeSet, wordsOf } from "../model/privileges.js";
import type { Thing } from "../model/thing.js";
import type { Contended } from "./constraints.js";
import { deficit, excess, reachOfLogin } from "./logins.js";
import type { Reacher } from "./reach.js";
import type { Group, Stage } from "./state.js";

/** A unit as the proof sees it. */
export interface ProofUnit {
  readonly id: string;
  readonly after: readonly string[];
}
/** The unit in which an atom does what it does to the things of a group, or to what has to be passed to get there; null: none. */
export type UnitOf = (atom: number, group: Group) => string | null;

export interface Proof {
  readonly gaps: readonly Gap[];
  /** Keys of the changes that have a part in a gap. */
  readonly torn: ReadonlySet<string>;
  /** Somebody would reach what they never should: an order that must not be run. */
  readonly unsafe: boolean;
}

/** A set of units beyond this many is not played: it is looked at in the order of the plan alone. */
const MOST_PLAYED = 12;
const EXAMPLES = 3;

/**
 * Plays what is contended over every set of units that can have been committed when an apply stops: a unit that fails holds up those that
 * come after it, and no others. All others need no play (constraints.ts).
 */
export function prove(reacher: Reacher, contended: readonly Contended[], units: readonly ProofUnit[], unitOf: UnitOf): Proof {
  const position = new Map(units.map(({ id }, i) => [id, i]));
  const ancestors = ancestorsOf(units);
  const gaps = new Map<string, Gap & { keys: string[] }>();
  let unsafe = false;
  for (const one of contended) {
    const units = new Map([...one.atoms].flatMap((atom) => [[atom, unitOf(atom, one.group)] as const]));
    const relevant = [...new Set([...units.values()].flatMap((id) => id ?? []))].sort(
      (a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0),
    );
    const missing = new Map<string, PrivilegeSet>();
    for (const done of downClosed(relevant, ancestors)) {
      const stage: Stage = (atom) => (done.has(units.get(atom) ?? "") ? 1 : 0);
      const reach = reachOfLogin(reacher, one.login, one.group, stage);
      if (excess(reach, one.bounds)) unsafe = true;
      const bits = deficit(reach, one.bounds);
      if (bits) noteGap(missing, relevant, done, bits);
    }
    for (const [key, bits] of missing) for (const group of one.all) addGap(gaps, one.login, group, key, bits);
  }
  return { gaps: [...gaps.values()].map(({ keys: _, ...gap }) => gap), torn: new Set([...gaps.values()].flatMap((g) => g.keys)), unsafe };
}

/** From the last unit that is done to the first that is not: as the plan goes; else what a failure leaves. */
function noteGap(missing: Map<string, PrivilegeSet>, relevant: readonly string[], done: ReadonlySet<string>, bits: PrivilegeSet): void {
  const from = relevant.filter((id) => done.has(id)).at(-1) ?? "";
  const to = relevant.find((id) => !done.has(id)) ?? "";
  const key = JSON.stringify([from, to]);
  missing.set(key, (missing.get(key) ?? 0) | bits);
}

function addGap(
  gaps: Map<string, Gap & { keys: string[] }>,
  login: Contended["login"],
  group: Group,
  span: string,
  bits: PrivilegeSet,
): void {
  const [from = "", to = ""]: readonly string[] = JSON.parse(span);
  const { type, schema, database, keys } = group.of;
  const verbs = wordsOf(bits);
  const key = JSON.stringify([login.who, database, type, schema, verbs, from, to]);
  const known = gaps.get(key);
  const [first, ...more] = [...(known?.examples ?? []), ...group.of.examples(EXAMPLES)].slice(0, EXAMPLES);
  if (!first) return;
  gaps.set(key, {
    who: login.who,
    verbs,
    from,
    to,
    examples: [first, ...more] satisfies readonly [Thing, ...Thing[]],
    count: (known?.count ?? 0) + group.of.count,
    keys: [...(known?.keys ?? []), ...keys],
  });
}

function ancestorsOf(units: readonly ProofUnit[]): (id: string) => ReadonlySet<string> {
  const byId = new Map(units.map((unit) => [unit.id, unit]));
  const known = new Map<string, Set<string>>();
  const of = (id: string): Set<string> => {
    const found = known.get(id);
    if (found) return found;
    const all = new Set<string>();
    // Known before it is whole: should units wait for each other, the play says what that may lead to.
    known.set(id, all);
    for (const before of byId.get(id)?.after ?? []) for (const one of [before, ...of(before)]) all.add(one);
    return all;
  };
  return of;
}

/** Every set of the units that holds with each what it waits for; the whole and none, too. */
function downClosed(relevant: readonly string[], ancestors: (id: string) => ReadonlySet<string>): ReadonlySet<string>[] {
  if (relevant.length > MOST_PLAYED) return relevant.map((_, i) => new Set(relevant.slice(0, i)));
  const sets: ReadonlySet<string>[] = [new Set()];
  for (const id of relevant) {
    const waits = relevant.filter((other) => ancestors(id).has(other));
    sets.push(...sets.filter((set) => waits.every((other) => set.has(other))).map((set) => new Set([...set, id])));
  }
  return sets;
}
