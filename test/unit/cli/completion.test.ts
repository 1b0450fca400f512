import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../../../dist/main.js");
const run = (...args: readonly string[]): string => execFileSync(process.execPath, [MAIN, ...args], { encoding: "utf8", stdio: "pipe" });

const FILE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 }, dwh: { id: "444455556666", region: us-east-2 } }
clusters:
  demo: { address: "127.0.0.1:1", admin: { user: postgres, auth: none }, databases: { shop: {} } }
  reporting: { address: "127.0.0.1:2", admin: { user: postgres, auth: none }, databases: { shop: {} } }
defaults: { clusters: [demo] }
`;

describe("bash", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pgaccord-completion-"));
    writeFileSync(join(folder, "access.bash"), run("completion", "bash"));
    writeFileSync(join(folder, "my access.yaml"), FILE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What bash offers for the last of these words, as it takes a command line apart. */
  function complete(...words: readonly string[]): string[] {
    const program = `source ./access.bash
pgaccord() { "$NODE" "$MAIN" "$@"; }
COMP_WORDS=(pgaccord "$@"); COMP_CWORD=$#
_pgaccord
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const env = { ...process.env, NODE: process.execPath, MAIN };
    const out = execFileSync("bash", ["--norc", "-c", program, "bash", ...words], { cwd: folder, env, encoding: "utf8" });
    return out.split("\n").filter((line) => line !== "");
  }

  it.each<readonly [string, readonly string[], readonly string[]]>([
    [
      "commands",
      [""],
      [
        "validate",
        "plan",
        "apply",
        "doctor",
        "iam-policy",
        "login",
        "logins",
        "trail",
        "evidence",
        "review",
        "aws-config",
        "github",
        "demo",
        "completion",
        "help",
      ],
    ],
    ["commands that begin so", ["p"], ["plan"]],
    ["commands of a command", ["github", ""], ["plan", "apply", "drift", "review", "post", "help"]],
    ["options that begin so", ["plan", "--de"], ["--detailed-exitcode"]],
    ["options of the very command", ["github", "plan", "--a"], ["--address"]],
    [
      "options behind an option with a value that is called like a command",
      ["github", "--environment", "plan", "drift", "--env"],
      ["--environment"],
    ],
    ["the choices of an option", ["plan", "--format", ""], ["text", "markdown", "json", "sql"]],
    ["the choices of the same option of another command", ["apply", "--format", ""], ["text", "json"]],
    ["choices behind an equals sign, which bash takes for a word", ["plan", "--format", "=", "m"], ["markdown"]],
    ["choices right behind it", ["plan", "--format", "="], ["text", "markdown", "json", "sql"]],
    ["levels of the log", ["validate", "--log-level", "d"], ["debug"]],
    ["the log of validate", ["validate", "--log"], ["--log-level", "--log-format"]],
    ["the log of plan", ["plan", "--log"], ["--log-level", "--log-format"]],
    ["the log of apply", ["apply", "--log"], ["--log-level", "--log-format"]],
    ["the log of demo", ["demo", "--log"], ["--log-level", "--log-format"]],
    ["the log of github plan", ["github", "plan", "--log"], ["--log-level", "--log-format"]],
    ["the log of github apply", ["github", "apply", "--log"], ["--log-level", "--log-format"]],
    ["the log of github drift", ["github", "drift", "--log"], ["--log-level", "--log-format"]],
    ["the log of github post", ["github", "post", "--log"], ["--log-level", "--log-format"]],
    ["shells", ["completion", ""], ["bash", "zsh", "fish"]],
    ["nothing for a file: bash itself completes those", ["plan", "-f", "my"], []],
    ["nothing for a saved plan, likewise", ["apply", "x"], []],
    ["clusters of the file", ["plan", "-f", "my access.yaml", "--cluster", ""], ["demo", "reporting"]],
    ["accounts of the file that begin so", ["plan", "--file", "my access.yaml", "--account", "dw"], ["dwh"]],
    ["no names where there is no file", ["plan", "--cluster", ""], []],
  ])("completes %s", (_, words, offered) => {
    expect(complete(...words)).toEqual(offered);
  });

  it("runs nothing that stands on the command line", () => {
    expect(complete("plan", "-f", "$(touch ran)`touch ran`", "--cluster", "$(touch ran)")).toEqual([]);
    expect(execFileSync("ls", [folder], { encoding: "utf8" })).not.toContain("ran");
  });

  it("falls back on files", () => {
    const out = execFileSync("bash", ["--norc", "-c", "source ./access.bash; complete -p pgaccord"], { cwd: folder, encoding: "utf8" });
    expect(out).toBe("complete -o default -F _pgaccord pgaccord\n");
  });
});

describe.each(["zsh", "fish"])("%s", (shell) => {
  const script = run("completion", shell);

  it("has every option, each with what it is for", () => {
    // What bash is given comes from the same commands.
    const flags = ["detailed-exitcode", "revoke-only", "check-app", "environment", "keep", "log-format", "file", "version"];
    for (const flag of flags) expect(script).toMatch(shell === "zsh" ? new RegExp(`--${flag}[[}]`) : new RegExp(`-l ${flag} .*-d '`));
    for (const word of ["validate", "plan", "apply", "github", "drift", "post", "demo", "completion"]) expect(script).toContain(word);
    expect(script).toContain("pgaccord completion-names ");
    expect(script).not.toContain("undefined");
  });

  it("quotes what it says", () => {
    // An odd number of quotes outside of escapes would swallow the next line.
    for (const line of script.split("\n")) {
      const quotes =
        line
          .replace(shell === "zsh" ? /'\\''/g : /\\'/g, "")
          .replace(/^#.*/, "")
          .split("'").length - 1;
      expect([line, quotes % 2]).toEqual([line, 0]);
    }
  });
});

it("an unknown shell is told which there are", () => {
  expect(() => run("completion", "tcsh")).toThrow(/Allowed choices are bash, zsh, fish/);
});
