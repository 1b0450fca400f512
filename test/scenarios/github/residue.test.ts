import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pullEvent, pushEvent, runJob, scheduleEvent } from "../../support/actions.js";
import { type Github, startGithub } from "../../support/github.js";
import { type Shop, startShop } from "../../support/shop.js";

let shop: Shop;
let github: Github;
beforeAll(async () => {
  [shop, github] = await Promise.all([startShop(), startGithub()]);
  const sql = (text: string) => shop.postgres.sql(text, "shop");
  await sql("CREATE ROLE limited LOGIN CREATEROLE; GRANT app TO limited; CREATE ROLE vendor SUPERUSER; CREATE ROLE upper");
  await sql("CREATE SCHEMA crm AUTHORIZATION vendor; SET ROLE vendor; CREATE TABLE crm.notes (id int)");
});
afterAll(async () => {
  await github?.stop();
  await shop?.stop();
});

/** The admin is no superuser. */
const file = (roles: string): string => shop.file([]).replace("user: postgres", "user: limited").replace("roles: {}", `roles: ${roles}`);
const full = () => file("{ a: { grants: { shop: { schemas: { app: [usage] }, tables: { app.*: [select] } } } } }");
const less = () => file("{ a: { grants: { shop: { schemas: { app: [usage] } } } } }");

/** Planned, merged after `meanwhile`, applied. */
async function deliver(branch: string, text: string, meanwhile: () => Promise<unknown> = async () => undefined) {
  await github.commit(branch, { "access.yaml": text });
  const pull = await github.open(branch);
  const planned = await runJob(github, { event: pullEvent(pull), sha: pull.headSha, files: { "access.yaml": text }, args: ["plan"] });
  const [check] = await github.checks(pull.headSha);
  await meanwhile();
  const before = await github.tip();
  const sha = await github.merge(pull.number);
  const applied = await runJob(github, { event: pushEvent(before, sha), sha, files: { "access.yaml": text }, args: ["apply"] });
  return { planned, check, applied };
}

describe("what nobody at hand can take", () => {
  it("keeps the drift issue open, the check neutral, and is exit 5", async () => {
    await github.commit("main", { "access.yaml": file("{}") });
    expect((await deliver("first", full())).applied.code).toBe(0);
    await shop.postgres.sql("SET ROLE vendor; GRANT SELECT ON crm.notes TO a", "shop");
    const text = `${full()}# again\n`;
    const { planned, check, applied } = await deliver("second", text);
    expect([planned.code, check?.conclusion]).toEqual([0, "neutral"]);
    expect(planned.outputs).toMatchObject({ changes: "0", residue: "1" });
    expect([applied.code, applied.out]).toEqual([
      5,
      expect.stringContaining("Nothing to apply, but what stays different cannot be changed here."),
    ]);
    const drift = await runJob(github, {
      event: scheduleEvent(true),
      sha: await github.tip(),
      files: { "access.yaml": text },
      args: ["drift"],
    });
    expect(drift.code).toBe(0);
    const issues = (await github.owner.rest.issues.listForRepo({ ...github.at, state: "open" })).data.filter((i) =>
      i.title.startsWith("pgaccord"),
    );
    expect(issues.map((i) => i.body)).toEqual([expect.stringContaining("a should lose select on table crm.notes")]);
  });

  it("is exit 4 where a merged pull request showed that it would go", async () => {
    const { planned, applied } = await deliver("third", less(), async () => {
      await shop.postgres.sql("GRANT USAGE ON SCHEMA app TO upper; SET ROLE app; GRANT SELECT ON app.a TO upper WITH GRANT OPTION", "shop");
      await shop.postgres.sql("SET ROLE upper; GRANT SELECT ON app.a TO a; RESET ROLE; ALTER ROLE upper SUPERUSER", "shop");
    });
    expect(planned.out).toContain("a loses select on table app.a, table app.b");
    expect([applied.code, applied.out]).toEqual([
      4,
      expect.stringContaining("1 loss that a merged pull request showed could not be brought about."),
    ]);
    expect([await shop.reads("a", "app.a"), await shop.reads("a", "app.b")]).toEqual([true, false]);
  });
});
