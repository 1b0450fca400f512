import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnyPostgres, startAnyPostgres } from "../support/any-postgres.js";
import { createScene, type Scene } from "../support/scene.js";

/** The main job on a server that nothing of this repository has configured: the container's, where there is Docker. */
describe("a PostgreSQL as it comes, with a password over TCP", () => {
  let postgres: AnyPostgres;
  let scene: Scene;
  beforeAll(async () => {
    postgres = await startAnyPostgres(17);
    console.log(postgres.how);
    await postgres.sql("CREATE DATABASE shop");
    await postgres.sql("CREATE SCHEMA app; CREATE TABLE app.orders (id int)", "shop");
    scene = createScene({ env: { SHOP_PASSWORD: postgres.password } });
    scene.write(`version: 1
owner: acme/access
clusters:
  main:
    address: "${postgres.host}:${postgres.port}"
    admin: { user: owner, password_env: SHOP_PASSWORD }
    tls: { mode: disable }
    databases: { shop: {} }
defaults: { clusters: [main] }
roles:
  reader:
    grants: { shop: { database: [connect], schemas: { app: [usage] }, tables: { app.*: [select] } } }
users:
  ann: { login: external, member_of: [reader] }
`);
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  it("plan, apply, plan", async () => {
    expect((await scene.cli("plan", "--detailed-exitcode")).code).toBe(2);
    const applied = await scene.cli("apply", "--yes");
    expect([applied.code, applied.err + applied.out]).toEqual([0, expect.not.stringContaining(postgres.password)]);
    const again = await scene.cli("plan", "--detailed-exitcode");
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("No changes: the servers match the file.") });
    const { rows } = await postgres.sql("SELECT has_table_privilege('ann', 'app.orders', 'select') AS reads", "shop");
    expect(rows).toEqual([{ reads: true }]);
  });
});
