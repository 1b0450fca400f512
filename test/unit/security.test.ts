import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const text = readFileSync(join(ROOT, "SECURITY.md"), "utf8");

/** `` `test/x.test.ts` "what it says" ``; further names behind a semicolon are of the same file. */
const claims = [...text.matchAll(/`(test\/[^`]+)`((?:(?:; )?\s*"[^"]+")*)/g)].map(([, file = "", names = ""]) => ({
  file,
  names: [...names.matchAll(/"([^"]+)"/g)].map((m) => m[1] ?? ""),
}));

it("SECURITY.md names tests that there are", () => {
  expect(claims.length).toBeGreaterThan(25);
  const missing = claims.flatMap(({ file, names }) => {
    const source = existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), "utf8") : null;
    return source === null ? [file] : names.filter((name) => !source.includes(name)).map((name) => `${file}: ${name}`);
  });
  expect(missing).toEqual([]);
});

it("every row of its tables names one", () => {
  const rows = text.split("\n").filter((line) => line.startsWith("| ") && !/^\| (they try|---)/.test(line));
  expect(rows.length).toBeGreaterThan(15);
  expect(rows.filter((row) => !/`test\/[^`]+` "/.test(row))).toEqual([]);
});

it("the README leads to it", () => {
  expect(readFileSync(join(ROOT, "README.md"), "utf8")).toContain("(SECURITY.md)");
});
