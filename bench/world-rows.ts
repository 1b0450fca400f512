import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { measure, type Run } from "./process.js";
import { CLI, PLAIN, pairs, type Row, type Target } from "./row.js";
import { type BenchWorld, type Size, startWorld, writeAccess } from "./world.js";

interface Measured extends Target {
  readonly pairs: number;
}

export interface BenchSize {
  readonly size: Size;
  readonly plan: Measured;
  readonly apply: Measured;
  /** A plan in which memberships move, so that its order has to be proved. */
  readonly moved?: Measured;
}

/** First applies, each pair on servers of its own; then plans without changes on the last of them. */
export async function worldRows({ size, plan, apply, moved }: BenchSize): Promise<Row[]> {
  const runs = { ours: [] as Run[], plain: [] as Run[] };
  for (let i = 1; ; i++) {
    const world = await startWorld(size);
    try {
      const pair = await firstApply(world, size);
      runs.ours.push(pair.ours);
      runs.plain.push(pair.plain);
      if (i < apply.pairs) continue;
      return [
        await noChange(world, plan),
        { what: "first apply : the same statements", ...runs, target: apply },
        ...(moved ? [await proof(world, size, moved)] : []),
      ];
    } finally {
      await world.stop();
    }
  }
}

/** Its SQL has the plan's BEGIN and COMMIT: a plain client executes it in the same transactions. */
async function firstApply(world: BenchWorld, size: Size): Promise<{ readonly ours: Run; readonly plain: Run }> {
  const twin = await startWorld(size);
  try {
    const script = join(twin.folder, "plan.sql");
    writeFileSync(script, (await measure([...CLI, "plan", "--format", "sql"], twin.folder)).out);
    const ours = await measure([...CLI, "apply", "--yes"], world.folder);
    const plain = await measure([...PLAIN, "execute", String(twin.postgres.port), script], twin.folder);
    return { ours, plain };
  } finally {
    await twin.stop();
  }
}

async function noChange({ folder, postgres }: BenchWorld, target: Measured): Promise<Row> {
  const ours = (): Promise<Run> => measure([...CLI, "plan", "--detailed-exitcode"], folder);
  const plain = (): Promise<Run> => measure([...PLAIN, "read", String(postgres.port)], folder);
  return { what: "plan without changes : raw read", ...(await pairs(target.pairs, ours, plain)), target };
}

/** Every user moves to the next role while a role loses a privilege on every table: against the same loss alone. */
async function proof(world: BenchWorld, size: Size, target: Measured): Promise<Row> {
  writeAccess(world, size, { users: "of their own role", first: "select, insert" });
  await measure([...CLI, "apply", "--yes"], world.folder);
  const plan = (users: "of their own role" | "of the next") => async (): Promise<Run> => {
    writeAccess(world, size, { users, first: "select" });
    return await measure([...CLI, "plan"], world.folder);
  };
  return {
    what: "plan with moved users : without",
    ...(await pairs(target.pairs, plan("of the next"), plan("of their own role"))),
    target,
  };
}
