import { type Residue, residueId } from "../model/net.js";
import type { ApplyOutcome, UnitOutcome } from "../model/outcome.js";
import type { Plan, Unit } from "../model/plan.js";
import type { Lock, Ports } from "../model/ports.js";
import { isError } from "../model/problem.js";
import type { Key } from "../model/resource.js";
import type { Snapshot } from "../model/snapshot.js";
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
  /** True once the user asked to stop: the unit under way is finished, the others are skipped. */
  readonly stopped: () => boolean;
}

/** Carries the plan out, reads again, deletes, reads again. Never throws for what a server says. */
export async function runPlan(input: RunInput): Promise<ApplyOutcome> {
  const { plan } = input;
  const deletes = plan.units.filter((unit) => unit.phase === "delete");
  const first = await runUnits(
    plan.units.filter((unit) => unit.phase !== "delete"),
    input,
    new Map(),
  );
  const ok = [...first.values()].every((o) => o.status === "applied");
  if (!ok) return partial(input, [...first.values(), ...deletes.map((unit) => skippedUnit(unit, plan))]);
  // What a later deletion completes may still differ; nothing else may.
  const pending = new Set(plan.steps.filter((s) => s.phase === "delete").flatMap((s) => s.changes));
  const verified = deletes.length === first.size + deletes.length ? nothingLeft(plan) : await readAgain(input, (key) => pending.has(key));
  if (!verified.converged) {
    return unconverged(verified, [...first.values(), ...deletes.map((unit) => skippedUnit(unit, plan))]);
  }
  if (deletes.length === 0) return converged(verified, [...first.values()]);
  const last = await runUnits(deletes, input, first);
  const units = [...first.values(), ...deletes.flatMap((unit) => last.get(unit.id) ?? [])];
  if (units.some((o) => o.status !== "applied")) return partial(input, units);
  const final = await readAgain(input, () => false);
  return final.converged ? converged(final, units) : unconverged(final, units);
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

interface Verified {
  readonly converged: boolean;
  readonly remaining: ApplyOutcome["remaining"];
  readonly residue: readonly Residue[];
  readonly unverified: string | null;
}
const nothingLeft = ({ residue }: Plan): Verified => ({ converged: true, remaining: [], residue, unverified: null });

/** IAM shows a change late: it is asked again for about half a minute before the plan counts as not converged. */
const WAITS = [0, 1000, 2000, 4000, 8000, 16000];

async function readAgain({ plan: planned, ports, rebuild }: RunInput, mayRemain: (key: Key) => boolean): Promise<Verified> {
  const predicted = new Set(planned.residue.map(residueId));
  let result: Verified = nothingLeft(planned);
  for (const wait of WAITS) {
    if (wait > 0) await ports.sleep(wait);
    const plan = rebuild(await ports.inspect());
    const unread = plan.problems.filter(isError).map((p) => p.message);
    const left = plan.changes.filter((change) => !mayRemain(change.key));
    const asPredicted = plan.residue.every((one) => predicted.has(residueId(one)));
    result = {
      converged: left.length === 0 && unread.length === 0 && asPredicted,
      remaining: left.map(({ op, subject }) => ({ op, subject })),
      residue: plan.residue,
      unverified: unread[0] ?? null,
    };
    if (result.converged || !asPredicted || left.some((c) => c.target.type === "cluster")) return result;
  }
  return result;
}

const AGAIN = "Run `pgaccord plan` to see what is left, then `pgaccord apply`: it finishes what was begun.";

const partial = (input: RunInput, units: readonly UnitOutcome[]): ApplyOutcome => ({
  status: "partial",
  units: input.plan.units.flatMap((unit) => units.filter((o) => o.id === unit.id)),
  remaining: [],
  residue: input.plan.residue,
  unverified: null,
  next: [AGAIN],
});

const converged = ({ residue }: Verified, units: readonly UnitOutcome[]): ApplyOutcome => ({
  status: "applied",
  units,
  remaining: [],
  residue,
  unverified: null,
  next: [],
});

const unconverged = (verified: Verified, units: readonly UnitOutcome[]): ApplyOutcome => ({
  status: "not-converged",
  units,
  remaining: verified.remaining,
  residue: verified.residue,
  unverified: verified.unverified,
  next: [AGAIN],
});
