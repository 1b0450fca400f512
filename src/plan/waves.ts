import { type Atom, type Atoms, granteesOf } from "../access/atoms.js";
import type { ProofUnit, UnitOf } from "../access/proof.js";
import type { Group } from "../access/state.js";
import type { ClusterFacts } from "../facts/facts.js";
import type { Grantee } from "../model/acl.js";
import { groupBy } from "../model/group-by.js";
import type { Operation, Phase } from "../model/operation.js";
import type { Key } from "../model/resource.js";
import type { AwsDraft } from "./aws-units.js";
import { draftOf, type UnitDraft } from "./draft.js";
import type { Wave } from "./graph.js";
import type { Lockout } from "./lockout.js";

/** Waves as transactions. */
export interface Built {
  /** Of PostgreSQL, in order. */
  readonly drafts: readonly UnitDraft[];
  /** With the calls of AWS, as the proof sees them. */
  readonly units: readonly (ProofUnit & { readonly draft: UnitDraft })[];
  readonly unitOf: UnitOf;
}

export interface WavesInput {
  readonly cluster: ClusterFacts;
  readonly atoms: Atoms;
  readonly core: readonly Operation[];
  readonly aws: readonly AwsDraft[];
  readonly waves: readonly Wave[];
  readonly lockout: Lockout;
  readonly most: number;
}

/**
 * All of it is one transaction, and nothing else.
 * @param list without what moves a login between passwords and IAM, which is a unit of its own
 */
export function oneWave(list: readonly Atom[], core: readonly Operation[]): Wave[] {
  if (core.length === 0) return [];
  const database = core.find((o) => o.phase === "change" && "database" in o.site)?.site;
  return [
    {
      database: database && "database" in database ? database.database : null,
      aws: null,
      atoms: list.map(({ id }) => id),
      after: [],
      whole: true,
    },
  ];
}

export function buildWaves(input: WavesInput): Built {
  const { waves } = input;
  const byWave = operationsByWave(input, waves);
  const drafts = new Map(waves.map((wave) => [wave, draftsOf(input, wave, byWave.get(wave) ?? [])] as const));
  for (const [wave, own] of drafts) {
    const before = wave.after.flatMap((other) => drafts.get(other) ?? []);
    for (const draft of own) for (const other of before) draft.after.add(other);
  }
  const all = [...new Set([...drafts.values()].flat())];
  const idOf = new Map(all.map((draft, i) => [draft, `w${i}`]));
  const units = all.map((draft) => ({ id: idOf.get(draft) ?? "", after: [...draft.after].flatMap((d) => idOf.get(d) ?? []), draft }));
  const waveOf = new Map(waves.flatMap((wave) => wave.atoms.map((atom) => [atom, wave] as const)));
  const isAbout = createIsAbout(input.atoms);
  const isAws = new Set<UnitDraft>(input.aws.map(({ draft }) => draft));
  return {
    drafts: all.filter((draft) => !isAws.has(draft)),
    units,
    unitOf: (atom, group) => {
      const own = drafts.get(waveOf.get(atom) ?? NO_WAVE) ?? [];
      const draft = own.length <= 1 ? own[0] : own.find((d) => isAbout(d, atom, group));
      return (draft && idOf.get(draft)) ?? null;
    },
  };
}
const NO_WAVE: Wave = { database: null, aws: null, atoms: [], after: [], whole: false };

/** Which of a wave's transactions an atom's part in a group is. They wait for the same, so any of its things stands for all of a group. */
function createIsAbout(atoms: Atoms): (draft: UnitDraft, atom: number, group: Group) => boolean {
  const keys = memoized((draft: UnitDraft) => new Set(draft.operations.map((o) => o.change)));
  const shared = memoized((draft: UnitDraft) => new Set(draft.operations.filter(isShared).map((o) => atoms.of(o, null))));
  const inGroup = memoized((group: Group) => new Set([...group.holdings.values()].flatMap(({ take, give }) => [take, give])));
  return (draft, atom, group) => {
    if (shared(draft).has(atom)) return true;
    const own = [group, group.schema, group.database, group.table].filter((one) => one && inGroup(one).has(atom));
    return own.some((one) => one?.of.keys[0] !== undefined && keys(draft).has(one.of.keys[0]));
  };
}
const isShared = ({ type }: Operation): boolean => type === "grant-membership" || type === "revoke-membership" || type === "alter-login";

function memoized<A, R>(work: (a: A) => R): (a: A) => R {
  const known = new Map<A, R>();
  return (a) => {
    const found = known.get(a) ?? work(a);
    known.set(a, found);
    return found;
  };
}

/** An operation on things has a list of grantees: those of one wave stay together, the very list for all that share it. */
function operationsByWave({ atoms, core }: WavesInput, waves: readonly Wave[]): Map<Wave, Operation[]> {
  const [only, ...more] = waves.filter((wave) => wave.aws === null);
  if (only && more.length === 0) return new Map([[only, [...core]]]);
  const waveOf = new Map(waves.flatMap((wave) => wave.atoms.map((atom) => [atom, wave] as const)));
  const found = new Map<Wave, Operation[]>();
  const split = splitter(atoms, waveOf);
  for (const operation of core) {
    for (const [wave, part] of split(operation)) {
      if (!wave) throw new Error(`an operation that is in no unit: ${operation.type}`);
      const list = found.get(wave);
      if (list) list.push(part);
      else found.set(wave, [part]);
    }
  }
  return found;
}

/** Lists of grantees that many objects share are split once. */
function splitter(
  atoms: Atoms,
  waveOf: ReadonlyMap<number, Wave>,
): (operation: Operation) => readonly (readonly [Wave | undefined, Operation])[] {
  const known = new Map<string, Map<readonly Grantee[], ReadonlyMap<Wave | undefined, readonly Grantee[]>>>();
  return (operation) => {
    if (operation.type !== "grant" && operation.type !== "revoke") return [[waveOf.get(atoms.of(operation, null)), operation]];
    const list = granteesOf(operation);
    const database = "database" in operation.site ? operation.site.database : "";
    const place = JSON.stringify([operation.type, database, operation.args.on.type, atoms.wholeOf(operation.change) ?? null]);
    const lists = known.get(place) ?? new Map<readonly Grantee[], ReadonlyMap<Wave | undefined, readonly Grantee[]>>();
    known.set(place, lists);
    const parts = lists.get(list) ?? byWave(list, (grantee) => waveOf.get(atoms.of(operation, grantee)));
    lists.set(list, parts);
    return [...parts].map(([wave, own]) => [wave, own.length === list.length ? operation : withGrantees(operation, own)] as const);
  };
}

function byWave(list: readonly Grantee[], waveOf: (grantee: Grantee) => Wave | undefined): Map<Wave | undefined, Grantee[]> {
  const found = new Map<Wave | undefined, Grantee[]>();
  for (const grantee of list) {
    const wave = waveOf(grantee);
    const own = found.get(wave);
    if (own) own.push(grantee);
    else found.set(wave, [grantee]);
  }
  return found;
}

/** The operation for some of its grantees; one that is not on things has none. */
export function partOf(operation: Operation, isIn: (grantee: Grantee | null) => boolean): Operation[] {
  if (operation.type !== "grant" && operation.type !== "revoke") return isIn(null) ? [operation] : [];
  const list = granteesOf(operation);
  const own = list.filter(isIn);
  if (own.length === list.length) return [operation];
  return own.length === 0 ? [] : [withGrantees(operation, own)];
}

const withGrantees = (operation: Operation<"grant" | "revoke">, own: readonly Grantee[]): Operation =>
  operation.type === "grant"
    ? { ...operation, args: { ...operation.args, to: own } }
    : { ...operation, args: { ...operation.args, from: own } };

function draftsOf({ cluster, aws, lockout, most }: WavesInput, wave: Wave, operations: readonly Operation[]): UnitDraft[] {
  if (wave.aws !== null) return aws.flatMap(({ name, draft }) => (name === wave.aws ? [draft] : []));
  const database = wave.database ?? cluster.declared.admin.database;
  const site = { cluster: cluster.name, database };
  const draft = (own: readonly Operation[]): UnitDraft => draftOf(phaseOf(own), site, own);
  const { checks, rest } = provedAlone(lockout, operations, draft);
  const chunks = wave.whole ? [rest] : chunksOf(rest, most);
  return [...checks, ...chunks.filter((own) => own.length > 0).map(draft)];
}

/** What must be proved is a unit each. */
export function provedAlone({ probes }: Lockout, operations: readonly Operation[], draft: (own: readonly Operation[]) => UnitDraft) {
  const checkOf = new Map(probes.map(({ operation, check }) => [operation, check]));
  const checks = operations.flatMap((o): UnitDraft[] => {
    const check = checkOf.get(o);
    return check ? [{ ...draft([o]), check }] : [];
  });
  return { checks, rest: operations.filter((o) => !checkOf.has(o)) };
}

const phaseOf = (operations: readonly Operation[]): Phase => {
  const phases = new Set(operations.map((o) => o.phase));
  const [only] = phases;
  return phases.size === 1 && only ? only : "change";
};

/** In the order of the keys, so that two runs lock objects in the same order; an object is never torn apart. */
function chunksOf(operations: readonly Operation[], most: number): Operation[][] {
  const onThings = operations.filter((o) => o.phase === "change");
  const byObject = [...groupBy(onThings, (o): Key => o.change)].sort(([a], [b]) => (a < b ? -1 : 1));
  const parts: Operation[][] = [operations.filter((o) => o.phase !== "change")];
  for (let i = 0; i < byObject.length; i += most) parts.push(byObject.slice(i, i + most).flatMap(([, own]) => own));
  return parts;
}
