import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { usualMajor } from "../support/majors.js";
import { createScene, runCli, type Scene } from "../support/scene.js";

const FILE = `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: postgres, auth: none }
    databases: { shop: { creators: [app] } }
defaults: { clusters: [main] }
roles:
  ro:
    grants: { shop: { schemas: { s: [usage] }, tables: { s.*: [select] } } }
users:
  u: { member_of: [ro] }
`;

describe.each(usualMajor)("a saved plan on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  let saved: string;
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
    saved = join(dirname(scene.file), "it.plan");
    await postgres.sql("CREATE ROLE app");
    await postgres.sql("CREATE DATABASE shop");
  });
  beforeEach(async () => {
    await postgres.sql("DROP SCHEMA IF EXISTS s CASCADE; CREATE SCHEMA s; CREATE TABLE s.t (id integer)", "shop");
    await postgres.sql(
      "DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'ro') THEN DROP OWNED BY ro; DROP ROLE ro; DROP ROLE IF EXISTS u; END IF; END $$",
      "shop",
    );
    scene.write(FILE);
    expect((await scene.cli("plan", "--out", "it.plan")).code).toBe(0);
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });
  const nothingChanged = async (): Promise<void> => {
    expect((await postgres.sql("SELECT FROM pg_roles WHERE rolname IN ('ro', 'u')")).rowCount).toBe(0);
  };

  it("is applied when nothing moved", async () => {
    const result = await scene.cli("apply", "it.plan", "--yes");
    expect(result.code).toBe(0);
    expect((await scene.cli("plan", "--detailed-exitcode")).code).toBe(0);
  });

  it("is applied from anywhere, with the file, the scope and the addresses that it was made with, which it says", async () => {
    const address = `main=127.0.0.1:${postgres.port}`;
    expect((await scene.cli("plan", "--cluster", "ma*", "--out", "it.plan")).out).toMatch(/^Next: pgaccord apply it\.plan$/m);
    const result = await runCli(["apply", saved, "--yes"], "/", {});
    expect(result).toMatchObject({
      code: 0,
      err: expect.stringContaining(`Applying ${saved}, made from ${scene.file}, with --cluster 'ma*' --address ${address}\n`),
    });
    expect((await scene.cli("plan", "--detailed-exitcode")).code).toBe(0);
  });

  it("takes another address of its cluster, and refuses another file and other clusters", async () => {
    const other = join(dirname(scene.file), "other.yaml");
    writeFileSync(other, `${FILE}# other\n`);
    const refused = await runCli(["apply", saved, "--yes", "-f", other], "/", {});
    expect(refused).toMatchObject({ code: 3, err: expect.stringContaining("plan-made-otherwise") });
    expect(await runCli(["apply", saved, "--yes", "--cluster", "main"], "/", {})).toMatchObject({
      code: 3,
      err: expect.stringContaining("was made for every cluster and account, not with --cluster main. [plan-made-otherwise]"),
    });
    const closed = await runCli(["apply", saved, "--yes", "--address", "main=127.0.0.1:1"], "/", {});
    expect(closed).toMatchObject({ code: 1, out: expect.stringContaining("Cannot connect to cluster main at 127.0.0.1:1") });
    await nothingChanged();
    // The same bytes elsewhere, as in another checkout.
    writeFileSync(other, FILE);
    expect((await runCli(["apply", saved, "--yes", "-f", other], "/", {})).code).toBe(0);
  });

  it("is refused when live moved, naming what", async () => {
    await postgres.sql("CREATE TABLE s.t2 (id integer)", "shop");
    const result = await scene.cli("apply", "it.plan", "--yes");
    expect(result.code).toBe(3);
    expect(result.err).toContain("The saved plan is no longer the plan of now: new: change privileges on table s.t2 in shop.");
    expect(result.err).toContain("Refused: nothing was changed.");
    await nothingChanged();
  });

  it("is refused when access.yaml changed", async () => {
    scene.write(FILE.replace("[select]", "[select, insert]"));
    const result = await scene.cli("apply", "it.plan", "--yes");
    expect(result.code).toBe(3);
    expect(result.err).toContain("plan-stale");
    const elsewhere = await runCli(["apply", saved, "--yes"], "/", {});
    expect(elsewhere.code).toBe(3);
    expect(elsewhere.err).toContain(`${scene.file} was changed after ${saved} was made from it. [plan-made-otherwise]`);
    await nothingChanged();
  });

  it.each([
    ["a statement", (text: string) => text.replace("GRANT SELECT", "GRANT DELETE")],
    ["the digest", (text: string) => text.replace(/"digest": "sha256:(.)/, (_, d) => `"digest": "sha256:${d === "0" ? "1" : "0"}`)],
    ["an effect", (text: string) => text.replace('"verb":"select"', '"verb":"insert"')],
    ["its end", (text: string) => text.slice(0, -20)],
  ])("is refused when %s was edited", async (_, edit) => {
    const text = readFileSync(saved, "utf8");
    const edited = edit(text);
    expect(edited).not.toBe(text);
    writeFileSync(saved, edited);
    const result = await scene.cli("apply", "it.plan", "--yes");
    expect(result.code).toBe(3);
    expect(result.err).toMatch(/plan-edited|not-a-plan/);
    await nothingChanged();
  });

  it("is refused when it is of another owner", async () => {
    scene.write(FILE.replace("acme/access", "acme/other"));
    expect((await scene.cli("apply", "it.plan", "--yes")).code).toBe(3);
    await nothingChanged();
  });

  it("a digest alone binds, too", async () => {
    const { digest } = JSON.parse(readFileSync(saved, "utf8"));
    const other = `sha256:${"0".repeat(64)}`;
    expect(await scene.cli("apply", "--yes", "--digest", other)).toMatchObject({ code: 3, err: expect.stringContaining("digest-differs") });
    const malformed = await scene.cli("apply", "--yes", "--digest", `${digest}0`);
    expect(malformed).toMatchObject({
      code: 1,
      err: expect.stringMatching(/is no digest of a plan\. \[malformed-digest\][\s\S]*Nothing was applied/),
    });
    await nothingChanged();
    expect((await scene.cli("apply", "--yes", "--digest", digest)).code).toBe(0);
  });

  it("is not written when the plan has errors", async () => {
    scene.write(FILE.replace("s.*", "gone.*"));
    const result = await scene.cli("plan", "--out", "no.plan");
    expect(result.code).toBe(1);
    expect(result.err).toBe("The plan has errors, so no.plan was not written.\n");
    expect(existsSync(join(dirname(scene.file), "no.plan"))).toBe(false);
  });

  it("nobody to ask means no", async () => {
    const result = await scene.cli("apply");
    expect(result.code).toBe(3);
    expect(result.err).toContain("Pass --yes to apply without asking.");
    await nothingChanged();
  });
});
