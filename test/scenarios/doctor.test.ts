import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose, type Findings, isMissing } from "../../src/doctor/diagnose.js";
import { applyPlan, createWorld, type Declared, load, lockAll, releaseAll } from "../../src/index.js";
import type { Plan } from "../../src/model/plan.js";
import type { Snapshot } from "../../src/model/snapshot.js";
import { planAccess } from "../../src/reconcile.js";
import { renderDoctor, scriptsOf } from "../../src/report/doctor.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { fakeAccount } from "../support/fake-snapshot.js";
import { majors, usualMajor } from "../support/majors.js";
import { runScript } from "../support/run-script.js";
import { createScene, type Scene } from "../support/scene.js";

const NOW = new Date("2026-12-01T12:00:00Z");
const ACCOUNT = "111122223333";

/** What a team writes before anything was prepared: users by token, a predefined role, roles, owners and a grantor that are there already. */
const FILE = `version: 1
owner: acme/access
accounts: { db: { id: "${ACCOUNT}", region: us-east-2 } }
clusters:
  main:
    account: db
    rds: { cluster: main }
    admin: { user: access_admin, auth: iam }
    reader: { user: access_reader, auth: iam }
    databases: { shop: { creators: [app_owner] } }
defaults: { clusters: [main] }
roles:
  app_ro: { grants: { shop: { schemas: { s: [usage], "\\"Odd \\"\\"s\\"": [usage] }, tables: { s.*: [select], "\\"Odd \\"\\"s\\".*": [select] } } } }
users:
  ann: { login: iam, member_of: [app_ro, pg_monitor] }
  old_user: { member_of: [app_ro] }
`;

/** As the master, who made all of it: no superuser. */
const THINGS = (major: number): string => `
CREATE ROLE app_owner; CREATE ROLE other_owner; CREATE ROLE "Odd ""owner"; CREATE ROLE giver; CREATE ROLE app_ro; CREATE ROLE old_user LOGIN;
GRANT app_owner, other_owner, "Odd ""owner", giver TO postgres${major < 16 ? "" : " WITH INHERIT TRUE, SET TRUE"};
CREATE DATABASE shop OWNER app_owner`;
const OBJECTS = `
REVOKE CONNECT ON DATABASE shop FROM PUBLIC;
SET ROLE app_owner; CREATE SCHEMA s; CREATE TABLE s.t (id integer); GRANT USAGE, CREATE ON SCHEMA s TO other_owner; GRANT USAGE ON SCHEMA s TO giver;
GRANT INSERT ON s.t TO giver WITH GRANT OPTION;
GRANT CREATE ON DATABASE shop TO "Odd ""owner";
SET ROLE giver; GRANT INSERT ON s.t TO app_ro;
SET ROLE other_owner; CREATE TABLE s.theirs (id integer);
SET ROLE app_owner; REVOKE ALL ON SCHEMA s FROM other_owner;
SET ROLE "Odd ""owner"; CREATE SCHEMA "Odd ""s"; CREATE TABLE "Odd ""s".t (id integer);
RESET ROLE;
REVOKE app_owner, other_owner, "Odd ""owner", giver FROM postgres`;

/** The master of RDS took the memberships back: from 16 on it has ADMIN alone. */
const oneMajor = majors.filter((major) => usualMajor.length > 1 || major === 16);

describe.each(oneMajor)("doctor on a fresh server like RDS's, PostgreSQL %i", (major) => {
  let postgres: LocalPostgres;
  let scene: Scene;
  let declared: Declared;
  beforeAll(async () => {
    postgres = await startPostgres({
      major,
      rds: true,
      hba: ["host all all 127.0.0.1/32 trust"],
      settings: { log_connections: major >= 18 ? "receipt,authentication,authorization,setup_durations" : "on" },
    });
    await postgres.sql("DROP ROLE access_admin");
    const as = async (text: string, database = "postgres"): Promise<void> => {
      const client = await postgres.connect({ user: "postgres", database });
      await client.query(text).finally(() => client.end());
    };
    for (const statement of THINGS(major).split(";")) await as(statement);
    await as(OBJECTS, "shop");
    scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
    scene.write(FILE);
    const loaded = await load(scene.file, "access.yaml");
    if (!loaded.declared) throw new Error(JSON.stringify(loaded.problems));
    declared = loaded.declared;
  });
  afterAll(async () => {
    scene?.remove();
    await postgres?.stop();
  });

  /** The same server, reached without RDS's API and without tokens. */
  const world = (head = false) => {
    const at = { host: "127.0.0.1", port: postgres.port };
    const clusters = [...declared.clusters.values()].map((cluster) => {
      const none = { auth: { type: "none" }, database: "postgres" } as const;
      return {
        ...cluster,
        account: null,
        rds: null,
        address: at,
        tls: { mode: "disable", ca: null } as const,
        ...(head ? { databases: new Map() } : {}),
        admin: { ...none, user: "access_admin" },
        reader: null,
      };
    });
    return createWorld({ declared: { ...declared, accounts: new Map(), clusters: new Map(clusters.map((c) => [c.name, c])) }, env: {} });
  };
  const asRds = (snapshot: Snapshot): Snapshot => ({
    clusters: new Map(
      [...snapshot.clusters].map(([name, cluster]) => [
        name,
        {
          ...cluster,
          rds: { id: "main", type: "cluster", resourceId: "cluster-A", endpoint: "x", port: 5432, iamAuth: true, masterUser: "postgres" },
        },
      ]),
    ),
    accounts: new Map([["db", fakeAccount("db", ACCOUNT)]]),
    unread: snapshot.unread,
  });
  const planOf = (snapshot: Snapshot): Plan => planAccess({ declared, snapshot, now: NOW });
  const doctor = (snapshot: Snapshot, heads: Snapshot["clusters"] = new Map()): readonly Findings[] =>
    diagnose({ declared, snapshot, planOf, includes: () => true, heads, refused: new Map() });
  const memberships = async (): Promise<unknown[]> =>
    (
      await postgres.sql(
        `SELECT r.rolname AS role, m.admin_option AS admin, to_jsonb(m) ->> 'inherit_option' AS inherit, to_jsonb(m) ->> 'set_option' AS set
         FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles a ON a.oid = m.member WHERE a.rolname = 'access_admin' ORDER BY 1`,
      )
    ).rows;

  it("prints a block that, run by the master, leaves the next doctor nothing to say and the first plan clean", async () => {
    // Nobody is let in yet.
    const blind = await world().inspect();
    await letIn(doctor({ ...asRds(blind), unread: blind.unread.map((one) => ({ ...one, rds: RDS })) }), "login-refused");
    // Nobody was told yet whose database it is.
    await letIn(doctor(asRds(await world().inspect()), asRds(await world(true).inspect()).clusters), "may-not-connect");

    const [found] = doctor(asRds(await world().inspect()));
    if (!found) throw new Error("nothing was found");
    const scripts = scriptsOf(found);
    // Up to 15 CREATEROLE is enough for all of it.
    expect(scripts.map(({ by }) => by)).toEqual(major < 16 ? [] : [{ type: "master" }]);
    for (const { sql } of scripts) await runScript(postgres, sql, "postgres");
    const before = await memberships();
    // Once more: it changes nothing.
    for (const { sql } of scripts) await runScript(postgres, sql, "postgres");
    expect(await memberships()).toEqual(before);

    const ready = asRds(await world().inspect());
    expect(renderDoctor(doctor(ready), { color: false })).toBe(
      "Nothing is missing on 1 cluster and 1 account. pgaccord login --check then proves each door of the file that you may take.\n",
    );
    const plan = planOf(ready);
    expect(plan.problems.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan.residue).toEqual([]);
    expect(await apply()).toMatchObject({ status: "applied" });
    expect(planOf(asRds(await world().inspect())).changes).toEqual([]);
    expect(doctor(asRds(await world().inspect())).some(isMissing)).toBe(false);
    if (major < 16) {
      expect(before).toEqual([{ role: "rds_iam", admin: false, inherit: null, set: null }]);
      return;
    }
    const only = (role: string, admin: boolean, set: boolean): object => ({ role, admin, inherit: "false", set: String(set) });
    // Nobody's rights are inherited, and ADMIN is given only on what the file declares.
    expect(before).toEqual([
      only('Odd "owner', false, true),
      only("app_owner", false, true),
      only("app_ro", true, false),
      only("giver", false, true),
      only("old_user", true, false),
      only("other_owner", false, true),
      only("pg_monitor", true, false),
      { role: "rds_iam", admin: true, inherit: "true", set: "true" },
    ]);
  });

  async function letIn([closed]: readonly Findings[], code: string): Promise<void> {
    expect(closed?.read).toBe(false);
    expect(closed?.problems.map((problem) => problem.code)).toEqual([code]);
    const [script, ...others] = closed ? scriptsOf(closed) : [];
    expect(others).toEqual([]);
    await runScript(postgres, script?.sql ?? "", "postgres");
  }

  async function apply() {
    const { ports } = world();
    const inspect = async (): Promise<Snapshot> => asRds(await ports.inspect());
    const { locks } = await lockAll(ports, ["main"]);
    try {
      const plan = planOf(await inspect());
      return await applyPlan({
        plan,
        ports: { ...ports, inspect },
        locks,
        rebuild: planOf,
        onUnit: () => undefined,
        stopped: () => false,
      });
    } finally {
      await releaseAll(locks);
    }
  }

  it("on the command line: exit 2 with the block, 0 once it was run by a superuser", async () => {
    const [admin, database] = ["it\"s $do$ :x'", "odd 'n \"db=1"];
    await postgres.sql('CREATE ROLE "app 2"');
    await postgres.sql(`CREATE DATABASE "${database.replace('"', '""')}"`);
    scene.write(`version: 1
owner: acme/other
clusters: { main: { address: "127.0.0.1:1", admin: { user: ${JSON.stringify(admin)}, auth: none }, databases: { shop: {}, ${JSON.stringify(database)}: {} } } }
defaults: { clusters: [main] }
roles: { "app 2": {} }
`);
    const refused = await scene.cli("doctor");
    expect(refused).toMatchObject({ code: 1, err: "" });
    expect(refused.out).toContain("[login-refused]");
    await runScript(postgres, blockOf(refused.out), postgres.superuser);
    const missing = await scene.cli("doctor");
    if (major >= 16) {
      expect(missing).toMatchObject({ code: 2, err: "" });
      await runScript(postgres, blockOf(missing.out), postgres.superuser);
    }
    const done = await scene.cli("doctor");
    expect(done).toMatchObject({ code: 0, err: "" });
    expect(done.out).toContain("Nothing is missing on 1 cluster.");
    expect(done.out).toContain("[no-reader]");
    expect((await scene.cli("plan")).code).toBe(0);
  });

  it("reads as whichever of the two is let in, and says what the other lacks", async () => {
    await postgres.sql("CREATE ROLE doc_admin LOGIN CREATEROLE; GRANT CONNECT ON DATABASE shop TO doc_admin");
    scene.write(`version: 1
owner: acme/third
clusters:
  main:
    address: "127.0.0.1:1"
    admin: { user: doc_admin, auth: none }
    reader: { user: doc_reader, auth: none }
    databases: { shop: {} }
defaults: { clusters: [main] }
roles: { new_role: {} }
`);
    const noReader = await scene.cli("doctor");
    expect(noReader).toMatchObject({ code: 2, err: "" });
    expect(noReader.out).toContain('CREATE ROLE "doc_reader" LOGIN;');
    expect(noReader.out).toContain('GRANT CONNECT ON DATABASE "shop" TO "doc_reader";');
    expect(noReader.out).not.toContain("[login-refused]");
    await runScript(postgres, blockOf(noReader.out), postgres.superuser);
    await postgres.sql("ALTER ROLE doc_admin NOLOGIN");
    const noAdmin = await scene.cli("doctor");
    expect(noAdmin).toMatchObject({ code: 2, err: "" });
    expect(noAdmin.out).toContain('ALTER ROLE "doc_admin" LOGIN;');
    expect(noAdmin.out).not.toMatch(/CREATE ROLE|\[login-refused\]/);
    await runScript(postgres, blockOf(noAdmin.out), postgres.superuser);
    expect(await scene.cli("doctor")).toEqual({ code: 0, err: "", out: "Nothing is missing on 1 cluster.\n" });
    // What the catalogs cannot tell: the admin is there, and is not let in.
    scene.write(readFileSync(scene.file, "utf8").replace("user: doc_admin, auth: none", "user: doc_admin, password_env: NO_SUCH_VARIABLE"));
    const untold = await scene.cli("doctor");
    expect(untold.code).toBe(2);
    expect(untold.out).toContain("[password-env-missing]");
  });
});

const RDS = { id: "main", type: "cluster", resourceId: "A", endpoint: "x", port: 5432, iamAuth: true, masterUser: "postgres" } as const;

const blockOf = (out: string): string => out.slice(out.indexOf("-- pgaccord doctor"), out.lastIndexOf("COMMIT;") + 8);
