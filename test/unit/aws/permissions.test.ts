import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const setup = readFileSync(join(ROOT, "docs/setup.md"), "utf8");
const execute = readFileSync(join(ROOT, "src/aws/execute.ts"), "utf8");

it("docs/setup.md names every call of an apply", () => {
  const calls = [...execute.matchAll(/^ {4}(\w+): sdk\.\1Command,$/gm)].map((match) => match[1] ?? "");
  expect(calls.length).toBeGreaterThan(24);
  expect(calls.filter((call) => !new RegExp(`\`((?:iam|rds|ec2):)?${call}\``).test(setup))).toEqual([]);
});
