import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../support/scene.js";

const MAIN = join(import.meta.dirname, "../../dist/main.js");
const GOOD = "version: 1\nowner: a\nclusters: { main: { address: '127.0.0.1:1', admin: { user: postgres, auth: none } } }\n";
/** More than a pipe holds. */
const LONG = `${GOOD}defaults: { clusters: [main] }\nroles:\n${Array.from({ length: 2000 }, (_, i) => `  r${i}: { member_of: [${"gone".repeat(9)}${i}] }\n`).join("")}`;

const shell = (script: string, env: Readonly<Record<string, string>> = {}, cwd = "/"): Promise<{ code: number; text: string }> =>
  new Promise((resolve) =>
    execFile(
      "sh",
      ["-c", script],
      { cwd, env: { PATH: process.env["PATH"] ?? "", NODE: process.execPath, MAIN, ...env } },
      (error, out, err) => resolve({ code: typeof error?.code === "number" ? error.code : 0, text: out + err }),
    ),
  );

describe("a process in a broken environment", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pgaccord-process-"));
    writeFileSync(join(folder, "access.yaml"), GOOD);
    writeFileSync(join(folder, "long.yaml"), LONG);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("whoever reads leaves: the exit code stands, and nothing is said of it", async () => {
    const { text } = await shell(
      `{ "$NODE" "$MAIN" validate -f "$F/long.yaml"; echo "exit $?" >&3; } 3>"$F/code" 2>&1 | head -n 1; "$NODE" "$MAIN" --help | head -n 1; cat "$F/code"`,
      { F: folder },
    );
    expect(text.replaceAll(folder, "F").split("\n")).toEqual([
      expect.stringMatching(/^F\/long\.yaml:6:21: error: Role "gone.*0" is not declared\. \[unknown-role\]$/),
      "Usage: pgaccord [options] [command]",
      "exit 1",
      "",
    ]);
  });

  it("no HOME, nothing else set, a folder that nobody may write to", async () => {
    expect(await shell(`exec env -i "$NODE" "$MAIN" validate -f "$F/access.yaml"`, { F: folder }, "/proc")).toEqual({
      code: 0,
      text: `${folder}/access.yaml is valid: 1 cluster, 0 roles and users, 0 IAM roles.\n`,
    });
  });

  it("NODE_OPTIONS that make every deprecation an error", async () => {
    const odd = { NODE_OPTIONS: "--throw-deprecation --pending-deprecation" };
    const planned = await runCli(["plan"], folder, odd);
    expect(planned).toMatchObject({ code: 1, out: expect.stringContaining("[cannot-connect]"), err: "" });
  });

  it("a command line with slips: the parser's word, and what to write instead", async () => {
    expect(await runCli(["apply", "--auto-approve"], folder, {})).toEqual({
      code: 1,
      out: "",
      err: "error: Unknown option '--auto-approve'. [command-line]\n    Write --yes, an option of pgaccord apply: it does not ask.\n",
    });
    expect(await runCli(["plan", "other.yaml"], folder, {})).toEqual({
      code: 1,
      out: "",
      err: "error: Too many arguments for 'plan'. Expected 0 arguments but got 1. [command-line]\n    The access file is an option: pgaccord plan -f other.yaml\n",
    });
    expect(await runCli(["plan", "--address", "main"], folder, {})).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Expected CLUSTER=HOST:PORT\. \[command-line\]\n {4}Run pgaccord plan --help for its options\.\n$/),
    });
  });
});
