import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPlan, lockAll, releaseAll } from "../../src/index.js";
import type { Plan } from "../../src/model/plan.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { majors } from "../support/majors.js";
import { createScene, type Scene } from "../support/scene.js";
import { sqlOf } from "../support/stage.js";

const file = (admin: string, roles: string): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: ${admin}, auth: none }
    databases: { shop: {} }
defaults: { clusters: [main] }
roles: ${roles}
`;

/** A name that would break a statement that does not quote it. */
const APP = `"App ""owner""; --"`;
const SCHEMAS = ["plain", "lost", "taken", "joined", "open", "optional"] as const;
/** Everybody's grant on every table, and nothing of what go and leaver hold. */
const ROLES = `
  go: {}
  leaver: {}
  reader: { grants: { shop: { schemas: { ${SCHEMAS.map((s) => `${s}: [usage]`).join(", ")} }, tables: { ${SCHEMAS.map((s) => `${s}.t: [select]`).join(", ")} } } } }`;
const HIGH = ROLES.replace("plain.t: [select]", "plain.t: [select], high.t: [select]");
/** keeper owns the schemas, app the tables: it finds nothing in them. go has select and passed it on to leaver, in all but the first. */
const WORLD = SCHEMAS.map(
  (s) => `CREATE SCHEMA ${s} AUTHORIZATION keeper; CREATE TABLE ${s}.t (id int); ALTER TABLE ${s}.t OWNER TO ${APP};
   GRANT SELECT ON ${s}.t TO go WITH GRANT OPTION; GRANT USAGE ON SCHEMA ${s} TO go; SET ROLE go; GRANT SELECT ON ${s}.t TO leaver; RESET ROLE;`,
).join("\n");
const SITUATIONS = `
  REVOKE SELECT ON plain.t FROM go CASCADE; REVOKE USAGE ON SCHEMA plain, lost, joined, open, optional FROM go;
  GRANT USAGE ON SCHEMA taken TO go WITH GRANT OPTION; SET ROLE go; GRANT USAGE ON SCHEMA taken TO leaver; RESET ROLE;
  GRANT USAGE ON SCHEMA joined TO group_of_go; GRANT USAGE ON SCHEMA open TO PUBLIC;
  GRANT USAGE ON SCHEMA optional TO ${APP} WITH GRANT OPTION;
  CREATE SCHEMA high AUTHORIZATION boss; CREATE TABLE high.t (id int); ALTER TABLE high.t OWNER TO ${APP}`;

/** Whoever must act needs USAGE on the schema: without it GRANT and REVOKE fail (42501), on its own tables, too. */
describe.each(majors)("whoever acts without USAGE on the schema, on PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  const sql = (text: string) => postgres.sql(text, "shop");
  /** As if it had never been NULL. */
  const aclsOf = async (): Promise<Record<string, string[]>> => {
    const { rows } = await sql(
      `SELECT nspname AS s, array_agg(a::text ORDER BY a::text) AS acl FROM pg_namespace, unnest(coalesce(nspacl, acldefault('n', nspowner))) a
       WHERE nspname !~ '^pg_|^info' GROUP BY 1`,
    );
    return Object.fromEntries(rows.map(({ s, acl }) => [s, acl]));
  };
  const may = async (role: string, table: string): Promise<unknown> =>
    (await sql(`SELECT has_table_privilege('${role}', '${table}', 'SELECT') AS may`)).rows[0].may;
  const usageIn = (plan: Plan): string[] =>
    sqlOf(plan).filter((text) => text.includes("GRANT USAGE ON SCHEMA") && !text.includes('"reader"'));
  beforeAll(async () => {
    postgres = await startPostgres({ major });
    await postgres.sql(`CREATE ROLE limited LOGIN CREATEROLE; CREATE ROLE ${APP}; CREATE ROLE keeper; CREATE ROLE boss SUPERUSER`);
    await postgres.sql(`CREATE ROLE group_of_go; GRANT ${APP}, keeper TO limited; SET ROLE limited; CREATE ROLE go; CREATE ROLE leaver`);
    await postgres.sql("CREATE DATABASE shop OWNER keeper");
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  it.each(["postgres", "limited"])("as %s it is lent it for the moment, and the ACLs end as the file says", async (admin) => {
    await sql(WORLD);
    await sql(SITUATIONS);
    await postgres.sql(
      major < 16 ? "GRANT group_of_go TO go" : "GRANT group_of_go TO limited WITH ADMIN OPTION; SET ROLE limited; GRANT group_of_go TO go",
    );
    const before = await aclsOf();
    scene.write(file(admin, ROLES));
    const plan = await scene.plan();
    // One that holds it by a membership or a grant which the same plan takes is lent it, or acts first.
    const own = admin === "postgres" ? [] : SCHEMAS.slice(0, 4);
    expect(
      usageIn(plan)
        .map((text) => text.replace("GRANT USAGE ON SCHEMA ", ""))
        .sort(),
    ).toEqual(
      SCHEMAS.flatMap((s) => {
        const lent = [...(own.includes(s) ? [APP] : []), ...(["lost", "joined", "optional"].includes(s) ? ['"go"'] : [])];
        return lent.length === 0 ? [] : [`"${s}" TO ${lent.join(", ")}`];
      }).sort(),
    );
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    const next = await scene.plan();
    expect([next.changes, next.residue]).toEqual([[], []]);
    const gone = (row: string): boolean => !/^(go|leaver)=/.test(row);
    const wanted = Object.entries(before).map(([s, acl]) => [
      s,
      s === "public" || s === "high" ? acl : [...acl.filter(gone), "reader=U/keeper"].sort(),
    ]);
    expect(Object.entries(await aclsOf()).map(([s, acl]) => [s, [...acl].sort()])).toEqual(
      wanted.map(([s, acl]) => [s, [...(acl ?? [])].sort()]),
    );
    for (const s of SCHEMAS)
      expect([s, await may("go", `${s}.t`), await may("leaver", `${s}.t`), await may("reader", `${s}.t`)]).toEqual([s, false, false, true]);
    if (admin === "postgres") await sql(`DROP SCHEMA ${SCHEMAS.join(", ")}, high CASCADE`);
  });

  it("where nobody can lend it, that grant alone stays different; a holder of the grant option lends it, too", async () => {
    scene.write(file("limited", HIGH));
    const { status, residue } = await scene.apply();
    expect([status, await may("reader", "high.t")]).toEqual(["applied", false]);
    expect(residue.map(({ problem }) => problem.message)).toEqual([
      'on cluster main "App ""owner""; --" has no USAGE on schema high to act there, and admin limited may not give it.',
    ]);
    expect(residue.map(({ statements }) => statements)).toEqual([['GRANT SELECT ON TABLE "high"."t" TO "reader"']]);
    await sql("CREATE ROLE helper; GRANT helper TO limited; GRANT USAGE ON SCHEMA high TO helper WITH GRANT OPTION");
    const before = await aclsOf();
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect([await may("reader", "high.t"), await aclsOf()]).toEqual([true, before]);
  });

  it("the owner of the database lends it for pg_database_owner", async () => {
    if (major < 15) return;
    await sql(`CREATE TABLE public.t (id int); ALTER TABLE public.t OWNER TO ${APP}; REVOKE USAGE ON SCHEMA public FROM PUBLIC`);
    scene.write(file("limited", HIGH.replace("high.t: [select]", "high.t: [select], public.t: [select]")));
    const before = await aclsOf();
    expect(usageIn(await scene.plan())).toEqual([`GRANT USAGE ON SCHEMA "public" TO ${APP}`]);
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect([await may("reader", "public.t"), await aclsOf()]).toEqual([true, before]);
  });

  it("what is given after the plan is never taken back as if it had been lent: the unit stops, and the next apply does it", async () => {
    await sql(
      `CREATE SCHEMA "it's \\ ""x""" AUTHORIZATION keeper; CREATE TABLE "it's \\ ""x""".t (id int); ALTER TABLE "it's \\ ""x""".t OWNER TO ${APP}`,
    );
    // Whatever the database says a transaction is: what was given since it began counts, too.
    await sql("ALTER DATABASE shop SET default_transaction_isolation = 'repeatable read'");
    scene.write(file("limited", HIGH.replace("high.t: [select]", `high.t: [select], '"it''s \\ ""x""".t': [select]`)));
    const { world, declared, build } = await scene.world();
    const { locks } = await lockAll(world.ports, [...declared.clusters.keys()]);
    const plan = build(await world.inspect());
    await sql(`SET ROLE keeper; GRANT USAGE ON SCHEMA "it's \\ ""x""" TO ${APP}; RESET ROLE`);
    const before = await aclsOf();
    const { units } = await applyPlan({ plan, ports: world.ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
    await releaseAll(locks);
    expect(units).toMatchObject([{ status: "rolled back", error: { code: "plan-stale" } }]);
    expect(await aclsOf()).toEqual(before);
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    expect(await aclsOf()).toEqual(before);
    await sql(`DROP SCHEMA "it's \\ ""x""" CASCADE; ALTER DATABASE shop RESET default_transaction_isolation`);
  });

  it("what pg_database_owner gave stays where a REVOKE of the database's owner would count as of its own option; grants converge", async () => {
    if (major < 15) return;
    await sql(`SET ROLE keeper; GRANT USAGE, CREATE ON SCHEMA public TO leaver; GRANT USAGE ON SCHEMA public TO keeper WITH GRANT OPTION`);
    scene.write(
      file(
        "limited",
        HIGH.replace("schemas: {", "schemas: { public: [usage],").replace("high.t: [select]", "high.t: [select], public.t: [select]"),
      ),
    );
    const { status, residue } = await scene.apply();
    expect([status, residue.map(({ problem, statements }) => [problem.code, statements])]).toEqual([
      "applied",
      [["cannot-revoke", ['REVOKE USAGE ON SCHEMA "public" FROM "leaver"']]],
    ]);
    const { public: acl = [] } = await aclsOf();
    expect(acl.filter((one) => /^(leaver|reader)/.test(one))).toEqual(["leaver=U/pg_database_owner", "reader=U/keeper"]);
    const next = await scene.plan();
    expect([next.changes, next.residue.length]).toEqual([[], 1]);
    for (const { statements } of residue) await sql(statements.join("; "));
    await sql("SET ROLE keeper; REVOKE USAGE ON SCHEMA public FROM reader; RESET ROLE; REVOKE USAGE ON SCHEMA public FROM keeper");
    scene.write(file("limited", HIGH.replace("high.t: [select]", "high.t: [select], public.t: [select]")));
    expect(await scene.apply()).toMatchObject({ residue: [] });
  });

  it("of routines that differ in the modes of their arguments just the one that is named is given", async () => {
    const procedures = major < 14 ? "" : "CREATE PROCEDURE high.p(a int, OUT b int) LANGUAGE sql AS 'SELECT 1';";
    await sql(
      `${procedures} CREATE PROCEDURE high.p(a int, b int) LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE high.p(INOUT a text) LANGUAGE sql AS 'SELECT NULL::text';
       CREATE FUNCTION high.f(a int, OUT b int) LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION high.f(a int, b int) RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE FUNCTION high.v(VARIADIC a text[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
       CREATE AGGREGATE high.sum_of(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0'); REVOKE ALL ON ALL ROUTINES IN SCHEMA high FROM PUBLIC`,
    );
    const given = async (...names: readonly string[]): Promise<unknown> => {
      const routines = names.map((name) => `"high.${name}": [execute]`).join(", ");
      scene.write(file("postgres", HIGH.replace("tables: {", `routines: { ${routines} }, tables: {`)));
      expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
      const mine = "pronamespace = 'high'::regnamespace AND has_function_privilege('reader', oid, 'EXECUTE')";
      return (await sql(`SELECT array_agg(oid::regprocedure::text ORDER BY oid::regprocedure::text) AS f FROM pg_proc WHERE ${mine}`))
        .rows[0].f;
    };
    expect(await given("p(int, int)", "p(INOUT text)", "f(IN int, OUT int)", "v(variadic text[])", "sum_of(int)")).toEqual(
      ["f(integer)", "p(integer,integer)", "p(text)", "sum_of(integer)", "v(text[])"].map((name) => `high.${name}`),
    );
    if (major < 14) return;
    expect(await given("p(integer, OUT integer)", "f(int, int)")).toEqual(["high.f(integer,integer)", "high.p(integer)"]);
  });

  it("USAGE where a routine's argument types stand is lent, too; where nobody can lend it, that routine alone stays", async () => {
    await sql(
      `CREATE SCHEMA types AUTHORIZATION keeper; CREATE TYPE types.t AS (a int); CREATE SCHEMA f AUTHORIZATION keeper; GRANT USAGE ON SCHEMA f TO ${APP};
       CREATE FUNCTION f.f(types.t[], int) RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION f.f OWNER TO ${APP}; CREATE TABLE f.t (id int);
       GRANT SELECT ON f.t TO leaver; ALTER TABLE f.t OWNER TO ${APP}; REVOKE EXECUTE ON FUNCTION f.f FROM PUBLIC`,
    );
    const given = async (): Promise<unknown> =>
      (await sql("SELECT has_function_privilege('reader', 'f.f(types.t[], int)', 'EXECUTE') AS may")).rows[0].may;
    scene.write(file("limited", HIGH.replace("tables: {", 'routines: { "f.*": [execute] }, tables: {')));
    await sql("ALTER SCHEMA types OWNER TO boss");
    const { residue } = await scene.apply();
    const lacks = residue.flatMap(({ problem: { code } }) => (code === "lacks-usage" ? [code] : []));
    expect([lacks, await given(), await may("leaver", "f.t")]).toEqual([["lacks-usage"], false, false]);
    await sql("ALTER SCHEMA types OWNER TO keeper");
    const before = await aclsOf();
    expect(await scene.apply()).toMatchObject({ status: "applied" });
    expect([await given(), await aclsOf()]).toEqual([true, before]);
    await sql("DROP SCHEMA types, f CASCADE");
  });

  it("what was passed on of a column's privilege goes before its table's, and is given back; what its grantor can no longer take is said", async () => {
    await sql(
      `CREATE TABLE high.c (id int); CREATE ROLE stranger; GRANT USAGE ON SCHEMA high TO go; GRANT INSERT ON high.c TO go WITH GRANT OPTION;
       GRANT INSERT (id) ON high.c TO go WITH GRANT OPTION; SET ROLE go; GRANT INSERT (id) ON high.c TO stranger; RESET ROLE;
       GRANT UPDATE ON high.c TO stranger WITH GRANT OPTION; GRANT USAGE ON SCHEMA high TO stranger; SET ROLE stranger; GRANT UPDATE (id) ON high.c TO leaver;
       RESET ROLE; REVOKE UPDATE ON high.c FROM stranger CASCADE`,
    );
    const columns = async (): Promise<unknown> =>
      (
        await sql(
          "SELECT array_agg(a::text ORDER BY a::text) AS acl FROM pg_attribute, unnest(attacl) a WHERE attrelid = 'high.c'::regclass",
        )
      ).rows[0].acl;
    expect(await columns()).toEqual(["go=a*/postgres", "leaver=w/stranger", "stranger=a/go"]);
    scene.write(file("postgres", HIGH));
    const { residue } = await scene.apply();
    expect([residue.map(({ problem }) => problem.code), await columns()]).toEqual([
      ["cannot-revoke"],
      ["leaver=w/stranger", "stranger=a/postgres"],
    ]);
    for (const { statements } of residue) await sql(statements.join("; "));
    const next = await scene.plan();
    expect([next.changes, next.residue, await columns()]).toEqual([[], [], ["stranger=a/postgres"]]);
  });

  it("an owner that is a member of the admin gives nothing, and no statement fails", async () => {
    await sql("CREATE ROLE below; GRANT limited TO below; CREATE TABLE high.b (id int); ALTER TABLE high.b OWNER TO below");
    scene.write(file("limited", HIGH.replace("high.t: [select]", "high.t: [select], high.b: [select]")));
    const { residue } = await scene.apply();
    expect(residue.map(({ problem, statements }) => [problem.code, statements])).toEqual([
      ["cannot-act-as", ['GRANT SELECT ON TABLE "high"."b" TO "reader"']],
    ]);
    expect(residue[0]?.problem.hint).toContain('ALTER TABLE "high"."b" OWNER TO "limited";');
    for (const { statements } of residue) await sql(statements.join("; "));
    expect((await scene.plan()).residue).toEqual([]);
  });

  it("the automatic ADMIN row of a role's creator is left alone, a granted one is not", async () => {
    if (major < 16) return;
    await postgres.sql("CREATE ROLE creator CREATEROLE; GRANT go TO creator WITH ADMIN TRUE, INHERIT FALSE, SET FALSE");
    scene.write(file("postgres", HIGH.replace("high.t: [select]", "high.t: [select], high.b: [select]")));
    expect(await scene.apply()).toMatchObject({ status: "applied", residue: [] });
    const { rows } = await postgres.sql("SELECT member::regrole::text AS m FROM pg_auth_members WHERE roleid = 'go'::regrole");
    expect(rows).toEqual([{ m: "limited" }]);
  });
});
