import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ENVIRONMENTS } from "./environments.js";
import { type Here, type Said, startHere } from "./here.js";

/** `PGACCORD_WRITE_EXPECTED=1`: what is printed now is what is expected from now on. Read it before it is committed. */
const WRITES = Boolean(process.env["PGACCORD_WRITE_EXPECTED"]);
const expectedFile = (name: string): string => join(import.meta.dirname, `${name}.expected.txt`);

describe("a good file in a broken environment", () => {
  let here: Here;
  const said = new Map<string, Said>();
  beforeAll(async () => {
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    here = await startHere();
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await here?.stop();
  });

  it("there are enough of them", () => {
    expect(ENVIRONMENTS.length).toBeGreaterThanOrEqual(30);
    expect(new Set(ENVIRONMENTS.map(({ name }) => name)).size).toBe(ENVIRONMENTS.length);
  });

  it.each(ENVIRONMENTS)("$name: exit code and text", async ({ name, code, run }) => {
    const found = await run(here);
    said.set(name, found);
    const text = `exit ${found.code}\n${everywhere(found.text, here)}`;
    if (WRITES) writeFileSync(expectedFile(name), text);
    expect(found.code).toBe(code);
    expect(text).toBe(existsSync(expectedFile(name)) ? readFileSync(expectedFile(name), "utf8") : "");
  });

  it.each(ENVIRONMENTS)("$name: at most three lines for a problem, each with its next step, and no secret", ({ name }) => {
    const text = said.get(name)?.text ?? "";
    const problems = problemsIn(text);
    expect(text).not.toMatch(/^\s+at .*[(:]|node:internal|\bundefined\b|\[object |hunter2|defect of pgaccord/m);
    expect(problems.filter((lines) => lines.length > 3)).toEqual([]);
    // A line without a problem's code says itself what to do, or how it ended.
    expect(said.get(name)?.code === 0 || problems.length > 0 || /--yes|Nothing was changed|was not written/.test(text)).toBe(true);
    expect(text.split("\n").filter((line) => line.length > 400)).toEqual([]);
  });
});

/** Each problem with the hint below it; a hint that several share stands below the last. */
function problemsIn(text: string): string[][] {
  const problems: string[][] = [];
  let open: string[] = [];
  for (const line of text.split("\n")) {
    if (/\[[a-z0-9-]+\]$/.test(line)) open = [...open, line];
    else if (open.length > 0 && line.startsWith("    ")) {
      problems.push([open.at(-1) ?? "", line]);
      open = [];
    } else if (open.length === 1 && /Expected .*, got /.test(open[0] ?? "")) {
      problems.push(open);
      open = [];
    } else if (open.length > 0) {
      throw new Error(`No next step below: ${open.join("\n")}`);
    }
  }
  return problems;
}

/** The same text on every machine. */
const everywhere = (text: string, { folder, postgres, plain, aws }: Here): string =>
  text
    .replaceAll(folder, "FOLDER")
    .replaceAll(tmpdir(), "TMP")
    .replaceAll(String(postgres.port), "PORT")
    .replaceAll(plain, "PLAIN")
    .replaceAll(aws, "AWS")
    .replace(/process \d+/g, "process PID")
    .replace(/pg_terminate_backend\(\d+\)/g, "pg_terminate_backend(PID)")
    .replace(/since [^)]*\)/g, "since THEN)")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:PORT")
    .replace(/\.[0-9a-f-]{36}\.tmp/g, ".RANDOM.tmp")
    // Without a resolver at hand.
    .replace(/EAI_AGAIN/g, "ENOTFOUND")
    .replace(/sha256:[0-9a-f]{64}/g, (digest) => (/^sha256:0+$/.test(digest) ? "sha256:000…" : "sha256:DIGEST"))
    .replace(/PostgreSQL 17\.\d+/g, "PostgreSQL 17");
