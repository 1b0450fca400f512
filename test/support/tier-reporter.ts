import { relative } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { majorsLeft } from "./majors.js";
import "./tally.js";

const SLOWEST = 10;

/** Ends every run with its slowest files, and with what it did not run: each by name, nothing is left out in silence. */
export const tierReporter: Reporter = {
  onTestRunEnd: (modules) => {
    const ran = modules.filter((m) => m.state() !== "skipped");
    console.log([...slowest(ran), ...skipped(modules), ...left(modules), ""].join("\n"));
  },
};

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
