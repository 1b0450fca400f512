import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { majorsLeft } from "./majors.js";
import { findIn } from "./secrets/needles.js";
import { GOT_OUT, type Searched } from "./secrets/searched.js";
import "./tally.js";

const SLOWEST = 10;

/** What the tests themselves print. */
const printed: string[] = [];

/** Ends every run with its slowest files, and with what it did not run: each by name, nothing is left out in silence. */
export const tierReporter: Reporter = {
  onUserConsoleLog: ({ content }) => void printed.push(content),
  onTestRunEnd: (modules) => {
    const ran = modules.filter((m) => m.state() !== "skipped");
    console.log([...slowest(ran), ...skipped(modules), ...left(modules), ...secrets(modules), ""].join("\n"));
  },
};

/** A hit in a file has failed it; one in what the tests print fails the run here. */
function secrets(modules: readonly TestModule[]): string[] {
  const all = modules.flatMap((module) => module.meta().searched ?? []);
  if (all.length === 0) return [];
  const sum = (of: (one: Searched) => number): string => all.reduce((total, one) => total + of(one), 0).toLocaleString("en");
  const planted = { kind: "variable of the CI", value: process.env["PGACCORD_PLANTED"] ?? "" } as const;
  const here = findIn("what the tests print", Buffer.from(printed.join("")), [planted]);
  if (here.length > 0) process.exitCode = 1;
  const found = modules.filter((module) => module.errors().some(({ message }) => message.startsWith(GOT_OUT)));
  const where = [...found.map(nameOf), ...here.map((hit) => hit.where)];
  const megabytes = (all.reduce((total, { bytes }) => total + bytes, 0) / 1e6).toFixed(1);
  const kinds = [...new Set(all.flatMap((one) => one.kinds))].sort();
  const parts = [
    `${megabytes} MB of output of ${sum((s) => s.commands)} commands`,
    `${sum((s) => s.calls)} calls to AWS and GitHub`,
    `${sum((s) => s.logs)} server logs`,
    `${sum((s) => s.processLists)} process lists`,
    `${sum((s) => s.activities)} looks at pg_stat_activity`,
  ];
  const result = where.length === 0 ? "none" : `FOUND in ${where.join(", ")}`;
  return [`Searched ${parts.join(", ")} for ${sum((s) => s.secrets)} planted secrets (${kinds.join(", ")}): ${result}.`];
}

const nameOf = (module: TestModule): string => relative(process.cwd(), module.moduleId);

function slowest(modules: readonly TestModule[]): string[] {
  const files = modules.map((module) => ({ name: nameOf(module), seconds: secondsOf(module) })).sort((a, b) => b.seconds - a.seconds);
  const rows = files.slice(0, SLOWEST).map(({ name, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${name}`);
  return files.length > 1 ? ["Slowest files:", ...rows] : [];
}

/** As long as the file took a worker: its imports, too. */
function secondsOf(module: TestModule): number {
  const { duration, collectDuration, prepareDuration, setupDuration } = module.diagnostic();
  return (duration + collectDuration + prepareDuration + setupDuration) / 1000;
}

const testsOf = (modules: readonly TestModule[]): TestCase[] => modules.flatMap((module) => [...module.children.allTests()]);

function skipped(modules: readonly TestModule[]): string[] {
  const tests = testsOf(modules).filter((test) => test.result().state === "skipped");
  const names = tests.map((test) => `  ${nameOf(test.module)} > ${test.fullName}${noteOf(test)}`);
  return tests.length === 0 ? ["Skipped: nothing."] : [`Skipped: ${tests.length}`, ...names];
}

function noteOf(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" && result.note ? `: ${result.note}` : "";
}

/** What a test runs only in part here, in its own words. */
function left(modules: readonly TestModule[]): string[] {
  const inParts = testsOf(modules).flatMap((test) => {
    const words = test.meta().tally?.left;
    return words === undefined ? [] : [`${nameOf(test.module)}: ${words}`];
  });
  const scenarios = modules.some((module) => nameOf(module).startsWith("test/scenarios"));
  const versions = scenarios && majorsLeft !== null ? [majorsLeft] : [];
  const all = [...versions, ...inParts];
  return all.length === 0 ? [] : ["Left to npm run test:matrix:", ...all.map((line) => `  ${line}`)];
}
