import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

it("a new type of object compiles but for its row: nothing else must be written", () => {
  const { stdout } = spawnSync("npx", ["tsc", "-p", import.meta.dirname, "--pretty", "false"], { cwd: ROOT, encoding: "utf8" });
  const errors = stdout.split("\n").filter((line) => line.includes("error TS"));
  expect(errors).toEqual([expect.stringMatching(/^src\/kinds\/things\.ts\(.*'gizmo' is missing in type .* but required in type 'Things'/)]);
});
