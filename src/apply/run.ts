import type { Change } from "../model/change.js";
import { type Residue, residueId } from "../model/net.js";
import type { ApplyOutcome, Followed, UnitOutcome } from "../model/outcome.js";
import type { Plan, Unit } from "../model/plan.js";
import type { Lock, Ports } from "../model/ports.js";
import { isError, type Problem } from "../model/problem.js";
import type { Key } from "../model/resource.js";
import type { Snapshot } from "../model/snapshot.js";
import { isSameTarget, leaveOut } from "../model/unread.js";
import { heldUp, mustSee } from "./gate.js";
import { runUnit, skippedUnit } from "./unit.js";

export interface RunInput {
  /** Built from what was read under the locks. */
  readonly plan: Plan;
  readonly ports: Ports;
  readonly locks: ReadonlyMap<string, Lock>;
  /** The same file against what is read now. */
  readonly rebuild: (snapshot: Snapshot) => Plan;
  readonly onUnit: (
    event: { readonly type: "start"; readonly unit: Unit } | { readonly type: "end"; readonly outcome: UnitOutcome },
  ) => void;
  /** Whether what is left may be carried out without asking anybody again: its plan, and what that was built of. Left out: never. */
  readonly mayFollow?: (plan: Plan, snapshot: Snapshot) => boolean;
  /** True once the user asked to stop: the unit under way is finished, the others are skipped. */
  readonly stopped: () => boolean;
}

/** New objects that keep coming are somebody else's doing: the next apply finds them. */
const MOST_ROUNDS = 3;

/**
 * Carries the plan out and reads again. What is left because it came meanwhile, and may be done, too, is planned and carried out in
 * the same way. Never throws for what a server says.
 */
export async function runPlan(input: RunInput): Promise<ApplyOutcome> {
  const first = await runRound(input);
  const followed: Followed[] = [];
  let last = first;
  while (last.status === "not-converged" && followed.length < MOST_ROUNDS && !input.stopped()) {
    if (last.read === null || !input.mayFollow?.(last.read.plan, last.read.snapshot)) break;
    const { plan } = last.read;
    last = await runRound({ ...input, plan });
    followed.push({ plan, units: last.units });
  }
  const { remaining, residue, unverified } = last;
  const isPart = last.status === "applied" && !input.plan.complete;
  const status = isPart ? "partial" : last.status;
  const next = isPart ? [LEFT_OUT] : status === "applied" ? [] : [AGAIN];
  return { status, units: first.units, followed, remaining, residue, unverified, next };
}

interface Round extends Omit<Verified, "converged"> {
  readonly status: ApplyOutcome["status"];
  readonly units: readonly UnitOutcome[];
}

/** All units, the deletions last: each of them only when what concerns it is as it should be. */
async function runRound(input: RunInput): Promise<Round> {
  const { plan } = input;
  const deletes = plan.units.filter((unit) => unit.phase === "delete");
  const others = plan.units.filter((unit) => unit.phase !== "delete");
  const first = await runUnits(others, input, new Map());
  const failed = [...first.values()].some((o) => o.status !== "applied");
  const { seen, held } = await gate(input, deletes, failed);
  const before = new Map([...first, ...held.map((unit) => [unit.id, skippedUnit(unit, plan)] as const)]);
  const last = await runUnits(
    deletes.filter((unit) => !held.includes(unit)),
    input,
    before,
  );
  const outcomes = new Map([...before, ...last]);
  const units = plan.units.flatMap((unit) => outcomes.get(unit.id) ?? []);
  const heldIds = new Set(held.map((unit) => unit.id));
  if (units.some((o) => o.status !== "applied" && !heldIds.has(o.id))) return { ...nothingLeft(plan), status: "partial", units };
  // Nothing was done since it was read.
  const read = seen.read && last.size === 0 ? seen : await readAgain(input, () => false);
  return { ...read, status: read.converged ? "applied" : "not-converged", units };
}

/** Which deletions are held up, and what was read to know it. After a failure nothing that must be seen will be. */
async function gate(input: RunInput, deletes: readonly Unit[], failed: boolean): Promise<{ seen: Verified; held: readonly Unit[] }> {
  const { plan } = input;
  if (!mustSee(plan, deletes)) return { seen: nothingLeft(plan), held: [] };
  if (failed) return { seen: nothingLeft(plan), held: deletes };
  const pending = new Set(plan.steps.filter((s) => s.phase === "delete").flatMap((s) => s.changes));
  // What a later deletion completes may still differ.
  const seen = await readAgain(input, (key) => pending.has(key));
  return { seen, held: seen.unverified === null ? heldUp(plan, deletes, seen.changes) : deletes };
}

/** Units wait for those that they name in `after`, and for the one before on the same target; targets run side by side. */
async function runUnits(
  units: readonly Unit[],
  input: RunInput,
  earlier: ReadonlyMap<string, UnitOutcome>,
): Promise<Map<string, UnitOutcome>> {
  const outcomes = new Map<string, UnitOutcome>(earlier);
  const running = new Map<string, Promise<void>>();
  const lanes = new Map<string, Promise<void>>();
  for (const unit of units) {
    const lane = "account" in unit.site ? `account ${unit.site.account}` : `cluster ${unit.site.cluster}`;
    const wait = [...unit.after.flatMap((id) => running.get(id) ?? []), lanes.get(lane) ?? Promise.resolve()];
    const run = Promise.all(wait).then(() => runOne(unit, input, outcomes));
    running.set(unit.id, run);
    lanes.set(lane, run);
  }
  await Promise.all(running.values());
  return new Map(
    units.flatMap((unit) => {
      const o = outcomes.get(unit.id);
      return o ? [[unit.id, o] as const] : [];
    }),
  );
}

async function runOne(unit: Unit, input: RunInput, outcomes: Map<string, UnitOutcome>): Promise<void> {
  const blocked = unit.after.some((id) => outcomes.has(id) && outcomes.get(id)?.status !== "applied");
  if (blocked || input.stopped()) {
    outcomes.set(unit.id, skippedUnit(unit, input.plan));
    return;
  }
  input.onUnit({ type: "start", unit });
  const outcome = await runUnit(unit, input);
  outcomes.set(unit.id, outcome);
  input.onUnit({ type: "end", outcome });
}

/** What reading again came to. */
interface Verified {
  readonly converged: boolean;
  /** The changes that should not be left; `remaining` as a person reads them. */
  readonly changes: readonly Change[];
  readonly remaining: ApplyOutcome["remaining"];
  readonly residue: readonly Residue[];
  readonly unverified: string | null;
  /** The plan of what is left, and what it was built of; null: nothing was read. */
  readonly read: { readonly plan: Plan; readonly snapshot: Snapshot } | null;
}
const nothingLeft = ({ residue }: Plan): Verified => ({
  converged: true,
  changes: [],
  remaining: [],
  residue,
  unverified: null,
  read: null,
});

/** IAM shows a change late: it is asked again for about half a minute before the plan counts as not converged. */
const WAITS = [0, 1000, 2000, 4000, 8000, 16000];

/** What was left out stays left out until the next apply, though it may answer again. */
async function readAgain({ plan: planned, ports, rebuild }: RunInput, mayRemain: (key: Key) => boolean): Promise<Verified> {
  const { leftOut } = planned;
  const predicted = new Set(planned.residue.map(residueId));
  let result: Verified = nothingLeft(planned);
  for (const wait of WAITS) {
    if (wait > 0) await ports.sleep(wait);
    const snapshot = leaveOut(await ports.inspect(), leftOut);
    const plan = rebuild(snapshot);
    const unread = plan.problems.filter((p) => isError(p) && !isLeftOut(p, leftOut)).map((p) => p.message);
    const left = plan.changes.filter((change) => !mayRemain(change.key));
    const asPredicted = plan.residue.every((one) => predicted.has(residueId(one)));
    result = {
      converged: left.length === 0 && unread.length === 0 && asPredicted,
      changes: left,
      remaining: left.map(({ op, subject }) => ({ op, subject })),
      residue: plan.residue,
      unverified: unread[0] ?? null,
      read: { plan, snapshot },
    };
    if (result.converged || !asPredicted || left.some((c) => c.target.type === "cluster")) return result;
  }
  return result;
}

const isLeftOut = ({ leavesOut }: Problem, leftOut: Plan["leftOut"]): boolean =>
  leavesOut !== undefined && leftOut.some(({ target }) => isSameTarget(target, leavesOut));

const LEFT_OUT = "Run `pgaccord apply` again when what was left out can be read: it does the rest.";
const AGAIN = "Run `pgaccord plan` to see what is left, then `pgaccord apply`: it finishes what was begun.";
