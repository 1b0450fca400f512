import type { Atoms } from "../access/atoms.js";
import { type Contended, circlesOf, contendedOf, type Edge, edgesOf } from "../access/constraints.js";
import { type Login, usersOf } from "../access/logins.js";
import { lossesOf } from "../access/losses.js";
import { groupsByHolder, netOf } from "../access/net.js";
import { endProblems } from "../access/played.js";
import { prove } from "../access/proof.js";
import { createReacher, type Reacher } from "../access/reach.js";
import { clusterState } from "../access/state.js";
import { unheldOf } from "../access/unheld.js";
import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Change } from "../model/change.js";
import { type Operation, PHASES, type Phase } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import type { AwsDraft } from "./aws-units.js";
import { type DoorInput, doorLogins } from "./door-logins.js";
import { draftOf, type Ordered, type UnitDraft } from "./draft.js";
import { callEdges, columnEdges, probeEdges, takesFirst, tied, tokenEdges } from "./fixed-edges.js";
import { scheduleAtoms } from "./graph.js";
import { type Lockout, lockoutOf } from "./lockout.js";
import { usageEdges } from "./usage.js";
import { type Built, buildWaves, partOf, provedAlone } from "./waves.js";

export interface ClusterInput extends DoorInput {
  readonly facts: Facts;
  readonly operations: readonly Operation[];
  readonly changes: readonly Pick<Change, "key" | "op" | "subject" | "delta">[];
}

/** A transaction touches at most this many objects: PostgreSQL 18 holds a lock on each until the commit. */
export const MAX_OBJECTS = 500;
const CORE: readonly Phase[] = ["remove", "change", "add"];

/** One transaction where one database and few objects are touched; else as many as the edges between its atoms ask for. */
export function orderCluster(input: ClusterInput): Ordered {
  const { facts, cluster, operations, changes, aws } = input;
  if (operations.length === 0 && aws.length === 0) return NOTHING;
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
    net: netOf(reacher),
    unheld: unheldOf(reacher),
    losses: new Map([[cluster.name, () => lossesOf(reacher)]]),
  };
}
const NOTHING: Ordered = {
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
  return core.flatMap((operation) => partOf(operation, (grantee) => isFree(atoms.of(operation, grantee))));
}

interface Try {
  readonly core: readonly Operation[];
  readonly edges: readonly Edge[];
  readonly lockout: Lockout;
}

function attempt(input: ClusterInput, reacher: Reacher, contended: readonly Contended[], { core, edges, lockout }: Try) {
  const { cluster, aws } = input;
  const { atoms } = reacher.state;
  const one = isOne(core, lockout);
  const list = orderable(atoms, core, aws);
  const all = [...edges, ...callEdges(atoms, aws), ...(one ? tied(list) : [])];
  const waves = one && aws.length === 0 ? null : scheduleAtoms(list, all, MAX_OBJECTS);
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
function isMoving({ aws }: ClusterInput, core: readonly Operation[], lockout: Lockout): boolean {
  if (aws.length > 0) return true;
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

const OUTER = PHASES.filter((phase) => !CORE.includes(phase));

/** Phases of their own, in the admin's database. */
function outerUnits({ cluster, operations, aws }: ClusterInput, core: readonly UnitDraft[], lockout: Lockout): UnitDraft[] {
  const site = { cluster: cluster.name, database: cluster.declared.admin.database };
  const all = OUTER.flatMap((phase) => {
    const own = operations.filter((o) => o.phase === phase);
    const { checks, rest } = provedAlone(lockout, own, (some) => draftOf(phase, site, some));
    return [...checks, ...(rest.length > 0 ? [draftOf(phase, site, rest, checks)] : [])];
  });
  const of = (phase: Phase): UnitDraft[] => all.filter((draft) => draft.phase === phase);
  const calls = (phase: Phase): UnitDraft[] => aws.flatMap(({ draft }) => (draft.phase === phase ? [draft] : []));
  const [prepare] = of("prepare");
  if (prepare) for (const draft of [...core, ...of("leave"), ...of("join")]) if (needs(draft, prepare)) draft.after.add(prepare);
  // A login that goes back to passwords can use them before its door closes; one that comes to IAM has its door first.
  for (const close of calls("close")) for (const leave of of("leave")) close.after.add(leave);
  // Until then a door to it leads nowhere: none may still be open that is to be closed.
  for (const join of of("join")) for (const call of [...calls("close"), ...calls("open"), ...core]) join.after.add(call);
  // What was replaced goes when those that come in its place are let in.
  for (const call of calls("replace")) for (const join of of("join")) call.after.add(join);
  for (const gone of of("delete"))
    for (const draft of [...core, ...of("prepare"), ...of("leave"), ...of("join"), ...calls("close")]) gone.after.add(draft);
  return all;
}

/** Whether it says anything of a role that the other one makes. */
function needs({ operations }: UnitDraft, prepare: UnitDraft): boolean {
  const made = new Set(prepare.operations.flatMap((o) => (o.type === "create-role" ? [o.args.role] : [])));
  return made.size > 0 && operations.some((o) => rolesOf(o).some((role) => made.has(role)));
}

function rolesOf({ args }: Operation): string[] {
  const names = "role" in args ? [args.role, ...("member" in args ? [args.member] : [])] : [];
  const list = "to" in args ? args.to : "from" in args ? args.from : [];
  const grantees = list === "PUBLIC" || "role" in list ? [list] : list;
  return [...names, ...("creator" in args ? [args.creator] : []), ...grantees.flatMap((g) => (g === "PUBLIC" ? [] : [g.role]))];
}

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
