import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDemoWorld } from "../src/sandbox/demo-world.js";
import { measure, median, type Run } from "./process.js";
import { type Size, startWorld } from "./world.js";

/** Each figure is a whole process, and the ratio to a plain one in the same run: pairs in turn, the median of the ratios. */
interface Row {
  readonly what: string;
  readonly ours: readonly Run[];
  readonly plain: readonly Run[];
  readonly target: number;
}

const ROOT = join(import.meta.dirname, "..");
const CLI = [process.execPath, join(ROOT, "dist/main.js")];
const PLAIN = [process.execPath, join(ROOT, "bench/plain-client.mjs")];
const EMPTY = [process.execPath, "-e", "0"];
const SIZE: Size = { tables: 5000, roles: 20, schemas: 50 };

async function pairs(times: number, ours: () => Promise<Run>, plain: () => Promise<Run>): Promise<Pick<Row, "ours" | "plain">> {
  const result = { ours: [] as Run[], plain: [] as Run[] };
  await ours();
  await plain();
  for (let i = 0; i < times; i++) {
    result.ours.push(await ours());
    result.plain.push(await plain());
  }
  return result;
}

/** 90 ms and 350 ms where `node -e 0` takes 50. */
async function startUp(): Promise<Row[]> {
  const empty = (): Promise<Run> => measure(EMPTY, ROOT);
  const help = await pairs(9, () => measure([...CLI, "--help"], ROOT), empty);
  const world = await startDemoWorld();
  try {
    const example = await pairs(7, () => measure([...CLI, "plan", "--address", `demo=${world.address}`], ROOT, world.env), empty);
    return [
      { what: "pgaccord --help : node -e 0", ...help, target: 90 / 50 },
      { what: "plan of the example : node -e 0", ...example, target: 350 / 50 },
    ];
  } finally {
    await world.stop();
  }
}

/** A first apply can be measured once per server: each pair has servers of its own. */
async function firstApply(): Promise<Row> {
  const ours: Run[] = [];
  const plain: Run[] = [];
  for (let i = 0; i < 3; i++) {
    const [a, b] = [await startWorld(SIZE), await startWorld(SIZE)];
    const script = join(b.folder, "plan.sql");
    writeFileSync(script, (await measure([...CLI, "plan", "--format", "sql"], b.folder)).out);
    ours.push(await measure([...CLI, "apply", "--yes"], a.folder));
    plain.push(await measure([...PLAIN, "execute", String(b.postgres.port), script], b.folder));
    await Promise.all([a.stop(), b.stop()]);
  }
  return { what: "first apply : the same statements", ours, plain, target: 1.5 };
}

async function noChange(): Promise<Row> {
  const world = await startWorld(SIZE);
  try {
    await measure([...CLI, "apply", "--yes"], world.folder);
    const read = [...PLAIN, "read", String(world.postgres.port)];
    const runs = await pairs(
      7,
      () => measure([...CLI, "plan"], world.folder),
      () => measure(read, world.folder),
    );
    return { what: "plan without changes : raw read", ...runs, target: 1.5 };
  } finally {
    await world.stop();
  }
}

function line({ what, ours, plain, target }: Row): string {
  const ms = (runs: readonly Run[]): string => `${median(runs.map((r) => r.milliseconds)).toFixed(0)} ms`;
  const ratio = median(ours.map((run, i) => run.milliseconds / (plain[i]?.milliseconds ?? Number.NaN)));
  const memory = median(ours.map((r) => r.megabytes ?? Number.NaN));
  const verdict = ratio <= target ? "met" : `missed by ${((ratio / target - 1) * 100).toFixed(0)} %`;
  return `${what.padEnd(36)} ${ms(ours).padStart(8)} : ${ms(plain).padStart(7)} = ${ratio.toFixed(2)}  (target ${target.toFixed(2)}, ${verdict})  ${Number.isNaN(memory) ? "" : `${memory} MB`}`;
}

console.log(
  `Node ${process.versions.node}, PostgreSQL 17, ${SIZE.tables} tables × ${SIZE.roles} roles in ${SIZE.schemas} schemas; whole processes, medians.\n`,
);
for (const row of await startUp()) console.log(line(row));
console.log(line(await noChange()));
console.log(line(await firstApply()));
