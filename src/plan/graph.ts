import type { Atom } from "../access/atoms.js";
import type { Edge } from "../access/constraints.js";

/** Atoms that are committed together, or at least without anything that has to come in between. */
export interface Wave {
  /** null: memberships and LOGIN, which any database of the cluster takes. */
  readonly database: string | null;
  /** Calls of AWS: the name of their unit. */
  readonly aws: string | null;
  readonly atoms: readonly number[];
  /** Waves that must have succeeded. */
  readonly after: readonly Wave[];
  /** It stands or falls as one transaction: some of its atoms could not be apart. */
  readonly whole: boolean;
}

/** Atoms that stand or fall together. */
interface Knot {
  readonly atoms: readonly Atom[];
  readonly database: string | null;
  readonly aws: string | null;
}

/**
 * Puts atoms in an order that every edge agrees with. Atoms that must each come before the other are one transaction, where one can
 * hold them; else what keeps somebody from being without what they keep gives way, and safety stays.
 * @param most objects that a transaction may touch
 */
export function scheduleAtoms(atoms: readonly Atom[], edges: readonly Edge[], most: number): Wave[] {
  const calls = new Set(atoms.flatMap(({ id, aws }) => (aws === null ? [] : [id])));
  const isOfCall = ({ first, second }: Edge): boolean => calls.has(first) || calls.has(second);
  let kept = edges;
  for (;;) {
    const knots = knotsOf(atoms, kept);
    const torn = new Set(knots.filter((knot) => !fits(knot, most)).flatMap(({ atoms: own }) => own.map(({ id }) => id)));
    const without = (gives: (edge: Edge) => boolean): Edge[] =>
      kept.filter((edge) => !(torn.has(edge.first) && torn.has(edge.second) && gives(edge)));
    const rest = without(({ why }) => why === "continuity");
    // Calls are never part of a transaction: where no order of theirs is safe, the proof says so.
    const apart = rest.length < kept.length ? rest : without((edge) => edge.why === "safety" && isOfCall(edge));
    if (apart.length === kept.length) return wavesOf(knots, kept, most);
    kept = apart;
  }
}

const knotOf = (atoms: readonly Atom[]): Knot => ({
  atoms,
  database: atoms.find((a) => a.database !== null)?.database ?? null,
  aws: atoms.find((a) => a.aws !== null)?.aws ?? null,
});

const sum = (atoms: readonly Atom[]): number => atoms.reduce((n, atom) => n + atom.objects, 0);

function fits({ atoms, aws }: Knot, most: number): boolean {
  if (atoms.length === 1) return true;
  const databases = new Set(atoms.flatMap((a) => a.database ?? []));
  return aws === null && databases.size <= 1 && sum(atoms) <= most;
}

/** Strongly connected components (Tarjan), in the order of their first atoms. */
function knotsOf(atoms: readonly Atom[], edges: readonly Edge[]): Knot[] {
  const next = new Map<number, number[]>();
  for (const { first, second } of edges) next.set(first, [...(next.get(first) ?? []), second]);
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const stack: number[] = [];
  const found: number[][] = [];
  const visit = (id: number): void => {
    order.set(id, order.size);
    low.set(id, order.get(id) ?? 0);
    stack.push(id);
    for (const other of next.get(id) ?? []) {
      if (!order.has(other)) visit(other);
      if (stack.includes(other)) low.set(id, Math.min(low.get(id) ?? 0, low.get(other) ?? 0));
    }
    if (low.get(id) === order.get(id)) found.push(stack.splice(stack.indexOf(id)));
  };
  for (const { id } of atoms) if (!order.has(id)) visit(id);
  const byId = new Map(atoms.map((atom) => [atom.id, atom]));
  return found.map((ids) => knotOf(ids.sort((a, b) => a - b).flatMap((id) => byId.get(id) ?? [])));
}

/** What is taken comes first where nothing says otherwise, what is given last. */
function wavesOf(knots: readonly Knot[], edges: readonly Edge[], most: number): Wave[] {
  const knotOfAtom = new Map(knots.flatMap((knot) => knot.atoms.map(({ id }) => [id, knot] as const)));
  const before = new Map<Knot, Set<Knot>>(knots.map((knot) => [knot, new Set()]));
  for (const { first, second } of edges) {
    const [one, other] = [knotOfAtom.get(first), knotOfAtom.get(second)];
    if (one && other && one !== other) before.get(other)?.add(one);
  }
  const waves: Wave[] = [];
  const waveOf = new Map<Knot, Wave>();
  const left = new Set(knots);
  const isReady = (knot: Knot, with_: ReadonlySet<Knot> = EMPTY): boolean =>
    left.has(knot) && [...(before.get(knot) ?? [])].every((other) => !left.has(other) || with_.has(other));
  while (left.size > 0) {
    const own = next(
      [...left].filter((knot) => isReady(knot)),
      isReady,
      [...left],
      most,
    );
    const atoms = own.flatMap((knot) => knot.atoms);
    const after = new Set(own.flatMap((knot) => [...(before.get(knot) ?? [])].flatMap((other) => waveOf.get(other) ?? [])));
    const [head] = own;
    const whole = own.some((knot) => knot.atoms.length > 1 || [...(before.get(knot) ?? [])].some((other) => own.includes(other)));
    const wave: Wave = {
      database: head?.database ?? null,
      aws: head?.aws ?? null,
      atoms: atoms.map(({ id }) => id),
      after: [...after],
      whole,
    };
    waves.push(wave);
    for (const knot of own) {
      waveOf.set(knot, wave);
      left.delete(knot);
    }
  }
  return waves;
}
const EMPTY: ReadonlySet<Knot> = new Set();

const isShared = ({ database, aws }: Knot): boolean => database === null && aws === null;
const takesOnly = ({ atoms }: Knot): boolean => atoms.every((a) => a.takes && !a.gives);

/** The knots of the next wave. Within a database, what becomes possible by it joins it, as long as it stays one transaction. */
function next(
  ready: readonly Knot[],
  isReady: (knot: Knot, with_: ReadonlySet<Knot>) => boolean,
  left: readonly Knot[],
  most: number,
): Knot[] {
  const closing = ready.find(({ aws, atoms }) => aws !== null && atoms.every((a) => a.takes));
  if (closing) return [closing];
  const takes = ready.filter((knot) => isShared(knot) && takesOnly(knot));
  if (takes.length > 0) return takes;
  const databases = [...new Set(ready.flatMap(({ database }) => database ?? []))].sort();
  const [database] = databases;
  if (database !== undefined)
    return grow(
      ready.filter((knot) => knot.database === database),
      isReady,
      left,
      most,
    );
  const shared = ready.filter(isShared);
  if (shared.length > 0) return shared;
  // None is ready where not even safety leaves an order: the proof says so.
  return (ready.length > 0 ? ready : left).slice(0, 1);
}

function grow(
  start: readonly Knot[],
  isReady: (knot: Knot, with_: ReadonlySet<Knot>) => boolean,
  left: readonly Knot[],
  most: number,
): Knot[] {
  const knotted = start.find(({ atoms }) => atoms.length > 1);
  // What must be one transaction is not cut with the rest.
  if (knotted && sum(start.flatMap(({ atoms }) => atoms)) > most) return [knotted];
  const own = new Set(start);
  const size = (): number => sum([...own].flatMap(({ atoms }) => atoms));
  for (let grew = true; grew; ) {
    grew = false;
    for (const knot of left) {
      if (own.has(knot) || knot.database !== start[0]?.database || !isReady(knot, own)) continue;
      if (size() + sum(knot.atoms) > most) continue;
      own.add(knot);
      grew = true;
    }
  }
  return [...own];
}
