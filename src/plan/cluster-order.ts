import type { Atoms } from "../access/atoms.js";
import { type Contended, circlesOf, contendedOf, type Edge, edgesOf } from "../access/constraints.js";
import { withFormerNames } from "../access/former-names.js";
import { type Login, usersOf } from "../access/logins.js";
import { lossesOf } from "../access/losses.js";
import { groupsByHolder, netOf } from "../access/net.js";
import { endProblems } from "../access/played.js";
import { prove } from "../access/proof.js";
import { createReacher, type Reacher } from "../access/reach.js";
import { clusterState } from "../access/state.js";
import { unheldOf } from "../access/unheld.js";
import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Grantee } from "../model/acl.js";
import type { Change } from "../model/change.js";
import type { Operation, Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { granteeKey } from "../privileges/grantee.js";
import { displayName } from "../privileges/sql.js";
import type { AwsDraft } from "./aws-units.js";
import { type DoorInput, doorLogins } from "./door-logins.js";
import type { OrderedCluster, UnitDraft } from "./draft.js";
import { callEdges, columnEdges, probeEdges, takesFirst, tied, tokenEdges } from "./fixed-edges.js";
import { scheduleAtoms } from "./graph.js";
import { type Lockout, lockoutOf } from "./lockout.js";
import { CORE, type OuterInput, outerUnits, rolesOf } from "./outer-units.js";
import { usageEdges } from "./usage.js";
import { type Built, buildWaves, oneWave, partOf } from "./waves.js";

export interface ClusterInput extends DoorInput {
  readonly facts: Facts;
  readonly operations: readonly Operation[];
  readonly changes: readonly Pick<Change, "key" | "op" | "subject" | "delta">[];
}

/** A transaction touches at most this many objects: PostgreSQL 18 holds a lock on each until the commit. */
export const MAX_OBJECTS = 500;

/** One transaction where one database and few objects are touched; else as many as the edges between its atoms ask for. */
export function orderCluster(whole: ClusterInput): OrderedCluster {
  if (whole.operations.length === 0 && whole.aws.length === 0) return NOTHING;
  // Until a rename nobody gains or loses: what comes with it is in front of all, and no part of the order.
  const input = { ...whole, both: whole.aws.filter(isBoth), aws: whole.aws.filter((unit) => !isBoth(unit)) };
  const { facts, cluster, operations, changes, aws } = input;
  const lockout = lockoutOf(cluster, operations);
  const core = operations.filter((o) => CORE.includes(o.phase));
  const state = clusterState(facts, cluster, operations, aws);
  const reacher = createReacher(state, facts.things);
  const contended = isMoving(input, core, lockout) ? contendedOf(reacher, loginsOf(reacher, input), groupsByHolder(reacher)) : [];
  const acting = [...usageEdges(core, cluster, state.atoms, facts.things), ...columnEdges(state.atoms, core)];
  const edges = [...edgesOf(reacher, contended), ...probeEdges(state.atoms, core, lockout), ...tokenEdges(state.atoms, core), ...acting];
  const first = attempt(input, reacher, contended, { core, edges, lockout });
  const found = first.proof.unsafe
    ? attempt(input, reacher, contended, { core, edges: [...takesFirst(state.atoms), ...acting], lockout })
    : first;
  const drafts = [...found.outer, ...found.built.drafts];
  return {
    drafts,
    gaps: found.proof.gaps.map((gap) => ({ ...gap, from: found.byId.get(gap.from), to: found.byId.get(gap.to) })),
    torn: found.proof.torn,
    problems: [
      ...lockout.problems,
      ...(found.proof.unsafe ? [notProved(cluster)] : []),
      ...endProblems(state, changes),
      ...circlesOf(state).map((one) => circle(cluster, one)),
    ],
    net: withFormerNames(netOf(reacher), state),
    unheld: unheldOf(reacher),
    losses: new Map([[cluster.name, () => lossesOf(reacher)]]),
  };
}
const isBoth = ({ draft }: AwsDraft): boolean => draft.phase === "both";

type SplitInput = ClusterInput & OuterInput;
const NOTHING: OrderedCluster = {
  drafts: [],
  gaps: [],
  torn: new Set(),
  problems: [],
  net: [],
  unheld: { gains: [], loses: [] },
  losses: new Map(),
};

/** The takes of one cluster that no other operation has to come before (plan/order.ts). */
export function takesOf(input: Omit<ClusterInput, "changes">): Operation[] {
  const { facts, cluster, operations, aws } = input;
  const core = operations.filter((o) => CORE.includes(o.phase));
  if (core.length === 0) return [];
  const reacher = createReacher(clusterState(facts, cluster, operations, aws), facts.things);
  const { atoms } = reacher.state;
  const edges = edgesOf(reacher, contendedOf(reacher, loginsOf(reacher, input), groupsByHolder(reacher)));
  const waits = new Set(edges.filter(({ why }) => why === "continuity").map(({ second }) => second));
  const isFree = (id: number): boolean => {
    const atom = atoms.list[id];
    return (atom?.takes ?? false) && !atom?.gives && !waits.has(id);
  };
  // A role that the plan renames is still called as before: what names it waits.
  const isRenamed = (name: string | null): boolean => name !== null && cluster.renames.pending.has(name);
  const isTaken = (operation: Operation, grantee: Grantee | null): boolean =>
    isFree(atoms.of(operation, grantee)) && !(grantee !== null && isRenamed(granteeKey(grantee)));
  return core
    .filter((operation) => !namesBesideGrantees(operation).some(isRenamed))
    .flatMap((operation) => partOf(operation, (grantee) => isTaken(operation, grantee)));
}

const namesBesideGrantees = (operation: Operation): (string | null)[] => {
  const { type, as, args } = operation;
  const own = type === "grant" || type === "revoke" ? [] : rolesOf(operation);
  return [as, ...own, "grantor" in args ? args.grantor : null];
};

interface Try {
  readonly core: readonly Operation[];
  readonly edges: readonly Edge[];
  readonly lockout: Lockout;
}

function attempt(input: SplitInput, reacher: Reacher, contended: readonly Contended[], { core, edges, lockout }: Try) {
  const { cluster, aws } = input;
  const { atoms } = reacher.state;
  const one = isOne(core, lockout);
  const list = orderable(atoms, core, aws);
  const all = [...edges, ...callEdges(atoms, aws), ...(one ? tied(list) : [])];
  const waves = one && aws.length === 0 ? oneWave(list, core) : scheduleAtoms(list, all, MAX_OBJECTS);
  const built = buildWaves({ cluster, atoms, core, aws, waves, lockout, most: MAX_OBJECTS });
  const outer = outerUnits(input, built.drafts, lockout);
  const units = withSwitches(built.units, outer);
  const switches = new Map(
    units.flatMap(({ id, draft }) => (outer.includes(draft) ? atomsIn(atoms, draft).map((atom) => [atom, id] as const) : [])),
  );
  const proof = prove(reacher, contended, units, (atom, group) => built.unitOf(atom, group) ?? switches.get(atom) ?? null);
  return { built, outer, proof, byId: new Map(units.map(({ id, draft }) => [id, draft])) };
}

const atomsIn = (atoms: Atoms, { operations }: UnitDraft): number[] => operations.map((o) => atoms.of(o, null));

/** Units that move a login between passwords and IAM, in front of all others and behind them. */
function withSwitches(units: Built["units"], outer: readonly UnitDraft[]): Built["units"] {
  const ids = new Map([...units.map(({ id, draft }) => [draft, id] as const), ...outer.map((draft, i) => [draft, `o${i}`] as const)]);
  const made = (phase: Phase): Built["units"] =>
    outer
      .filter((draft) => draft.phase === phase)
      .map((draft) => ({ id: ids.get(draft) ?? "", after: [...draft.after].flatMap((d) => ids.get(d) ?? []), draft }));
  const own = units.map((unit) => ({ ...unit, after: [...unit.draft.after].flatMap((d) => ids.get(d) ?? []) }));
  return [...made("leave"), ...own, ...made("join")];
}

/** One transaction for all of it: one database, few objects, and nothing that has to be proved in between. */
export const isOne = (core: readonly Operation[], { probes }: Lockout): boolean => {
  const objects = core.filter((o) => o.phase === "change");
  const databases = new Set(objects.map((o) => ("database" in o.site ? o.site.database : "")));
  return databases.size <= 1 && probes.length === 0 && new Set(objects.map((o) => o.change)).size <= MAX_OBJECTS;
};

/** Where nothing but things changes, each in its own transaction, no order matters: nobody's way leads over two of them. */
function isMoving({ aws, operations }: ClusterInput, core: readonly Operation[], lockout: Lockout): boolean {
  if (aws.length > 0 || operations.some(({ phase }) => phase === "leave" || phase === "join")) return true;
  if (isOne(core, lockout)) return false;
  return core.some((o) => o.phase !== "change" || ("on" in o.args && (o.args.on.type === "schema" || o.args.on.type === "database")));
}

const orderable = ({ list, of }: Atoms, core: readonly Operation[], aws: readonly AwsDraft[]) => {
  const fixed = new Set(list.filter((a) => a.database === null && a.aws === null).map(({ id }) => id));
  for (const o of core) fixed.delete(of(o, null));
  const units = new Set(aws.map(({ name }) => name));
  return list.filter((atom) => !fixed.has(atom.id) && (atom.aws === null || units.has(atom.aws)));
};

const loginsOf = (reacher: Reacher, input: Omit<ClusterInput, "changes">): Login[] => [
  ...usersOf(reacher),
  ...doorLogins(reacher.state, input),
];

const notProved = ({ name }: ClusterFacts): Problem =>
  errorProblem(
    "order-not-proved",
    `No order of the operations on cluster ${name} was found in which nobody reaches what they never should.`,
    {
      hint: "Apply it in two parts: first what is taken away, then what is given.",
    },
  );

const circle = ({ name }: ClusterFacts, { role, member }: { readonly role: string; readonly member: string }): Problem =>
  errorProblem(
    "membership-circle",
    `${displayName(member)} cannot become a member of ${displayName(role)} on cluster ${name}: ${displayName(role)} stays a member of ${displayName(member)}, by one way or another.`,
    { hint: "What stays, and who can take it, is said beside this; until then leave the membership out of the file." },
  );
