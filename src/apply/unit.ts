import { callName } from "../model/aws-call.js";
import { RunError } from "../model/failure.js";
import type { UnitOutcome, UnitStatus } from "../model/outcome.js";
import type { Plan, Step, Unit } from "../model/plan.js";
import type { Lock, Ports, Transaction } from "../model/ports.js";

export interface UnitContext {
  readonly plan: Plan;
  readonly ports: Ports;
  readonly locks: ReadonlyMap<string, Lock>;
}

/** A transaction that met another session in the catalogs is tried again this often (XX000, 40001, 40P01). */
const ATTEMPTS = 6;

/** Carries out one unit. Never throws: whatever happens is in the outcome. */
export async function runUnit(unit: Unit, context: UnitContext): Promise<UnitOutcome> {
  const steps = context.plan.steps.filter((step) => step.unit === unit.id);
  const progress = { done: 0 };
  try {
    if ("account" in unit.site) {
      await checkAnyLock(context);
      await runJournal(unit, steps, context, progress);
    } else await runTransaction(unit, unit.site, steps, context, progress);
    return outcome(unit, steps, "applied", steps.length);
  } catch (error) {
    const failure = error instanceof RunError ? error : new RunError("failed", asError(error).message);
    const status = statusOf(unit, failure);
    const done = unit.mode === "journal" ? progress.done : 0;
    const failed = steps[progress.done];
    return {
      ...outcome(unit, steps, status, done),
      ...(failed ? { failedStep: stepText(failed) } : {}),
      error: { message: failure.message, code: failure.code, hint: failure.hint },
    };
  }
}

function statusOf(unit: Unit, failure: RunError): UnitStatus {
  if (failure.type === "unknown") return "unknown";
  return unit.mode === "journal" ? "failed" : "rolled back";
}

export const skippedUnit = (unit: Unit, plan: Plan): UnitOutcome =>
  outcome(
    unit,
    plan.steps.filter((s) => s.unit === unit.id),
    "skipped",
    0,
  );

function outcome(unit: Unit, steps: readonly Step[], status: UnitStatus, done: number): UnitOutcome {
  const changes = [...new Set(steps.flatMap((step) => step.changes))];
  return { id: unit.id, phase: unit.phase, site: unit.site, status, steps: steps.length, done, changes };
}

const stepText = (step: Step): string => ("sql" in step.run ? step.run.sql : `${callName(step.run)} in account ${step.run.account}`);

/** One by one; the count of those that lasted is kept. What others wait for is over when AWS shows it. */
async function runJournal(unit: Unit, steps: readonly Step[], { ports, plan }: UnitContext, progress: { done: number }): Promise<void> {
  for (const { run } of steps) {
    if ("action" in run) await ports.callAws(run);
    progress.done++;
  }
  if (isWaitedFor(unit, plan)) await ports.awaitSeen(steps.flatMap(({ run }) => ("action" in run ? [run] : [])));
}

/** New things give nothing yet, and a reference to one is asked for until AWS knows it; what is deleted has a gate of its own. */
const isWaitedFor = ({ id, phase }: Unit, { units }: Plan): boolean =>
  phase !== "prepare" && phase !== "delete" && units.some((other) => other.phase !== "delete" && other.after.includes(id));

async function runTransaction(
  unit: Unit,
  site: { readonly cluster: string; readonly database: string },
  steps: readonly Step[],
  context: UnitContext,
  progress: { done: number },
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    progress.done = 0;
    try {
      await checkLock(context, site.cluster);
      if (unit.check) await runProved(unit.check, site, steps, context, progress);
      else await runOnce(site.cluster, await context.ports.begin(site), steps, context, progress);
      return;
    } catch (error) {
      if (!(error instanceof RunError) || error.type !== "transient" || attempt >= ATTEMPTS) throw error;
      await context.ports.sleep(50 * 2 ** attempt);
    }
  }
}

/** Without its lock another apply may be at work on the cluster, with a plan of its own. */
async function checkLock({ locks }: UnitContext, cluster: string): Promise<void> {
  const lock = locks.get(cluster);
  if (!lock) throw new RunError("failed", `Cluster ${cluster} is not locked.`, { hint: "Nothing is done there without its lock." });
  await lock.check();
}

/** Another apply of the file wants all of its locks: while one is held, none is at work on its accounts. */
async function checkAnyLock({ locks }: UnitContext): Promise<void> {
  const checks = await Promise.allSettled([...locks.values()].map((lock) => lock.check()));
  const [first] = checks.flatMap((check) => (check.status === "rejected" ? [check.reason as unknown] : []));
  if (checks.length > 0 && checks.every((check) => check.status === "rejected")) throw first;
}

async function runOnce(
  cluster: string,
  transaction: Transaction,
  steps: readonly Step[],
  context: UnitContext,
  progress: { done: number },
): Promise<void> {
  try {
    for (const { run } of steps) {
      if ("sql" in run) await transaction.run(run.sql);
      progress.done++;
    }
    // A long transaction may have outlived the lock.
    await checkLock(context, cluster);
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

/** A second connection stands ready before the commit: when somebody can no longer log in, it undoes what was committed. */
async function runProved(
  check: NonNullable<Unit["check"]>,
  site: { readonly cluster: string; readonly database: string },
  steps: readonly Step[],
  context: UnitContext,
  progress: { done: number },
): Promise<void> {
  const { ports } = context;
  const rescue = await ports.begin(site);
  const begun = async (): Promise<void> => runOnce(site.cluster, await ports.begin(site), steps, context, progress);
  const broken = await begun().then(() => null, asError);
  // Nothing is there to be undone, unless it broke while committing.
  if (broken && !(broken instanceof RunError && broken.type === "unknown")) {
    await rescue.rollback();
    throw broken;
  }
  for (const who of check.logins) {
    try {
      await ports.proveLogin(site.cluster, who);
    } catch (error) {
      for (const sql of check.undo) await rescue.run(sql);
      await rescue.commit();
      throw lockedOut(site.cluster, who, asError(error));
    }
  }
  await rescue.rollback();
  if (broken) throw broken;
}

const lockedOut = (cluster: string, who: string, error: Error): RunError =>
  new RunError("failed", `After this step the ${who} of cluster ${cluster} could no longer log in, so it was undone.`, {
    cause: error,
    hint: `${error.message} Give the ${who} auth: iam${who === "admin" ? ", or let another role create IAM users" : ""}.`,
  });

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
