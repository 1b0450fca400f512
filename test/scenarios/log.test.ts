import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../support/scene.js";

const PASSWORD = "Pl4nted/pass word'1";
const FILE = `version: 1
owner: acme/access
clusters:
  main: { address: 127.0.0.1:1, admin: { user: postgres, password_env: MAIN_ADMIN }, tls: { mode: disable }, databases: { shop: {} } }
defaults: { clusters: [main] }
`;
/** One of each kind that a run may have in its environment. */
const PLANTED = {
  MAIN_ADMIN: PASSWORD,
  GITHUB_TOKEN: "ghs_plantedplantedplanted",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "planted-request-token",
  AWS_ACCESS_KEY_ID: "AKIAPLANTED",
  AWS_SECRET_ACCESS_KEY: "planted/secret+key",
  AWS_SESSION_TOKEN: "planted/session//token",
};

describe("the log of a command", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "pgaccord-log-"));
    writeFileSync(join(folder, "access.yaml"), FILE);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: readonly string[]) => runCli(args, folder, PLANTED);

  it("goes to standard error alone, and holds no secret of its environment", async () => {
    const [plain, debug, json] = await Promise.all([
      run("plan"),
      run("plan", "--log-level", "debug"),
      run("apply", "--yes", "--log-level", "debug", "--log-format", "json"),
    ]);
    expect([plain.code, plain.err]).toEqual([1, ""]);
    expect(debug.out).toBe(plain.out);
    expect(debug.err).toMatch(/DEBUG connect cluster=main database=shop .*user=postgres .*error=ECONNREFUSED\n/);
    const events = json.err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(["start", "connect", "exit"]));
    for (const { err } of [debug, json]) for (const secret of Object.values(PLANTED)) expect(err).not.toContain(secret);
  });

  it("of a command that reads no server says at least what ran and how it ended", async () => {
    const { err, code } = await run("validate", "--log-level", "info");
    expect(code).toBe(0);
    expect(err).toMatch(/^\S+ INFO {2}start command=validate version=\S+\n\S+ INFO {2}exit command=validate code=0 ms=[\d.]+\n$/);
  });

  it("is JSON line by line, what is no event included", async () => {
    writeFileSync(join(folder, "broken.yaml"), "version: 1\nowner: 3\n");
    const { err, code } = await run("plan", "-f", "broken.yaml", "--log-format", "json");
    expect(code).toBe(1);
    const lines = err
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(line).toMatchObject({ level: "info", event: "message" });
    expect(lines[0].message).toBe('broken.yaml:1:1: error: "clusters" is missing. [missing-key]');
  });
});
