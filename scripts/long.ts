// npm run test:long -- --minutes N [--seed S] [--rounds R] [--runs FACTOR] [NAME…]
// Runs test/long/*.test.ts (those whose name holds NAME) round by round, with another seed each time, until the time is over or one fails.
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

const ROOT = join(import.meta.dirname, "..");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
const DEFAULT_MINUTES = 10;
/** A round shorter than this would do little but start servers. */
const SHORTEST_ROUND = 0.4;

interface Options {
  readonly minutes: number;
  readonly seed: number;
  readonly rounds: number;
  readonly runs: number;
  readonly names: readonly string[];
}

interface Round {
  readonly passed: boolean;
  readonly output: string;
  readonly counts: Readonly<Record<string, number>>;
}

const options = readOptions(process.argv.slice(2));
process.exit((await runRounds(options)) ? 0 : 1);

/** Without --minutes, --rounds alone decides: that is how a failure is repeated whole. */
function readOptions(args: readonly string[]): Options {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { minutes: text, seed: text, rounds: text, runs: text },
    allowPositionals: true,
  });
  const options = {
    minutes: Number(values.minutes ?? (values.rounds === undefined ? DEFAULT_MINUTES : Number.POSITIVE_INFINITY)),
    seed: Number(values.seed ?? randomInt(1, 1_000_000_000)),
    rounds: Number(values.rounds ?? Number.POSITIVE_INFINITY),
    runs: Number(values.runs ?? 1),
    names: positionals,
  };
  const wrong = Object.entries(options).filter(([, value]) => typeof value === "number" && !(value > 0));
  if (wrong.length === 0 && Number.isInteger(options.seed)) return options;
  console.error(
    "usage: npm run test:long -- [--minutes N] [--seed S] [--rounds R] [--runs FACTOR] [NAME…]; all above 0, the seed an integer",
  );
  process.exit(1);
}

async function runRounds({ minutes, seed, rounds, runs, names }: Options): Promise<boolean> {
  const end = performance.now() + minutes * 60_000;
  const total = new Map<string, number>();
  console.log(`Long run from seed ${seed}: ${Number.isFinite(minutes) ? `${minutes} minutes` : `${rounds} round(s)`}.`);
  for (let done = 0; ; done++) {
    const left = (end - performance.now()) / 60_000;
    if (done >= rounds || (done > 0 && left < SHORTEST_ROUND)) {
      console.log(`Passed: ${done} round(s), seeds ${seed} to ${seed + done - 1}: ${inWords(total)}. To go on: --seed ${seed + done}`);
      return true;
    }
    const round = await runRound({ seed: seed + done, runs, names, minutes: left });
    for (const [what, count] of Object.entries(round.counts)) total.set(what, (total.get(what) ?? 0) + count);
    console.log(`round ${done + 1}, seed ${seed + done}: ${round.passed ? inWords(new Map(Object.entries(round.counts))) : "FAILED"}`);
    if (round.passed) continue;
    const again = [`--seed ${seed + done} --rounds 1`, ...(runs === 1 ? [] : [`--runs ${runs}`]), ...names].join(" ");
    console.log(`${round.output}\nFailed in round ${done + 1}. The same again: npm run test:long -- ${again}`);
    return false;
  }
}

function inWords(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([what, count]) => `${count.toLocaleString("en-US")} ${what}`).join(", ") || "nothing was counted";
}

interface RoundOptions {
  readonly seed: number;
  readonly runs: number;
  readonly names: readonly string[];
  readonly minutes: number;
}

async function runRound({ seed, runs, names, minutes }: RoundOptions): Promise<Round> {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-long-"));
  const report = join(folder, "report.json");
  const args = [
    "run",
    "--config",
    "test/long/vitest.config.ts",
    "--reporter=default",
    "--reporter=json",
    `--outputFile=${report}`,
    ...names,
  ];
  const limit = Number.isFinite(minutes) ? { PGACCORD_MINUTES: String(minutes) } : {};
  try {
    const { code, output } = await run([VITEST, ...args], { PGACCORD_SEED: String(seed), PGACCORD_RUNS: String(runs), ...limit });
    return { passed: code === 0, output, counts: code === 0 ? countsIn(readFileSync(report, "utf8")) : {} };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly meta: { readonly tally?: { readonly counts?: Readonly<Record<string, number>> } } }[];
  }[];
}

/** What the tests counted: test/support/tally.ts. */
function countsIn(json: string): Record<string, number> {
  const report: Report = JSON.parse(json);
  const entries = report.testResults.flatMap((file) =>
    file.assertionResults.flatMap((test) => Object.entries(test.meta.tally?.counts ?? {})),
  );
  return Object.fromEntries(entries);
}

function run(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args], { cwd: ROOT, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
