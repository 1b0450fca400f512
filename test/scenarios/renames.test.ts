import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ApplyOutcome, applyPlan, lockAll, type Plan, type Ports, releaseAll } from "../../src/index.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type LocalPostgres, startPostgres } from "../../src/sandbox/local-postgres.js";
import { LOGGED_IN, logInThrough } from "../support/login.js";
import { majors } from "../support/majors.js";
import { createScene, type Scene } from "../support/scene.js";
import { sqlOf } from "../support/stage.js";
import { tally } from "../support/tally.js";

const KILLED = join(import.meta.dirname, "../support/killed-apply.ts");
const OLD = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
/** By an own door to one cluster, and by one to every cluster that is reached through two accounts. */
const NEW = OLD.replaceAll("oltp_rw_user", "writer")
  .replaceAll(/\bpgmonitor:/g, "watcher:")
  .replace("user: pgmonitor,", "user: watcher,")
  .replace("writer: { login: iam,", "writer: { login: iam, was: oltp_rw_user,")
  .replace("watcher: { login: iam,", "watcher: { login: iam, was: pgmonitor,")
  // The policy's name is not the user's.
  .replace("policy: pgdemo-writer-policy", "policy: pgdemo-oltp-rw-user-policy");
const BACK = OLD.replace("oltp_rw_user: { login: iam,", "oltp_rw_user: { login: iam, was: writer,").replace(
  "pgmonitor: { login: iam,",
  "pgmonitor: { login: iam, was: watcher,",
);
const USERS = [
  { profile: "pgdemo-db-access-profile", names: ["oltp_rw_user", "writer"] },
  { profile: "pgmonitor-access-profile", names: ["pgmonitor", "watcher"] },
] as const;

describe("users with doors are renamed", () => {
  let world: DemoWorld;
  let scene: Scene;
  beforeAll(async () => {
    world = await startDemoWorld({ major: 17 });
    scene = createScene({ env: world.env, address: `demo=${world.address}` });
    scene.write(OLD);
    expect((await scene.apply()).status).toBe("applied");
  });
  afterAll(async () => {
    scene?.remove();
    await world?.stop();
  });

  /** Under which of the two names each comes in through its own door. */
  const comeIn = (): Promise<string[][]> => Promise.all(USERS.map(({ profile, names }) => namesIn(profile, names)));
  /** And through somebody else's. */
  const comeInAsOthers = (): Promise<string[][]> => Promise.all(USERS.map(({ profile }, i) => namesIn(profile, USERS[1 - i]?.names ?? [])));
  const namesIn = async (profile: string, names: readonly string[]): Promise<string[]> => {
    const tried = await Promise.all(names.map((name) => logInThrough(world, profile, name)));
    return names.filter((_, i) => tried[i] === LOGGED_IN);
  };
  const expectInvariant = async (when: string): Promise<void> => {
    const own = await comeIn();
    expect({ when, counts: own.map((names) => names.length) }).toEqual({ when, counts: [1, 1] });
  };
  /** @param last the apply stops after so many calls and commits */
  const applyWatched = async (last: number): Promise<{ readonly plan: Plan; readonly outcome: ApplyOutcome; readonly moments: number }> => {
    const { world: live, build, declared } = await scene.world();
    let moments = 0;
    const look = async (what: string): Promise<void> => {
      moments++;
      if (last === Infinity || moments === last) await expectInvariant(what);
    };
    const ports: Ports = {
      ...live.ports,
      begin: async (site) => {
        const tx = await live.ports.begin(site);
        return { ...tx, commit: () => tx.commit().then(() => look("a commit")) };
      },
      callAws: (call) => live.ports.callAws(call).then(() => look(call.action)),
    };
    const { locks } = await lockAll(ports, [...declared.clusters.keys()]);
    const plan = build(await live.inspect());
    const stopped = (): boolean => moments >= last;
    const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit: () => undefined, stopped });
    await releaseAll(locks);
    return { plan, outcome, moments };
  };
  const killedAfter = (step: number): Promise<boolean> =>
    new Promise((resolve) => {
      const args = ["--import", "tsx", KILLED, scene.file, `demo=${world.address}`, String(step)];
      execFile(process.execPath, args, { env: { ...process.env, ...world.env } }, (error) => resolve(error?.signal === "SIGKILL"));
    });
  const finish = async (text: string): Promise<void> => {
    scene.write(text);
    expect((await scene.apply()).status).toBe("applied");
    expect((await scene.plan()).changes).toEqual([]);
  };
  const documents = async (): Promise<string> => {
    const { world: read } = await scene.world();
    const { accounts } = await read.inspect();
    return [...accounts.values()].flatMap(({ policies }) => [...policies.values()].map(({ document }) => document)).join();
  };

  it("at every moment whoever came in comes in, by one of the names, and nobody else; sessions go on", async () => {
    scene.write(NEW);
    const session = new pg.Client({
      host: world.postgres.socketDir,
      port: world.postgres.port,
      user: "pgmonitor",
      database: "demo",
    });
    await session.connect();
    const { plan, outcome, moments } = await applyWatched(Infinity);
    expect([plan.counts, plan.gaps]).toEqual([expect.objectContaining({ rename: 2, create: 0, delete: 0 }), []]);
    expect([outcome.status, ...outcome.units.flatMap((unit) => unit.error?.message ?? [])]).toEqual(["applied"]);
    expect(moments).toBe(5);
    expect([await comeIn(), await comeInAsOthers()]).toEqual([
      [["writer"], ["watcher"]],
      [[], []],
    ]);
    const { rows } = await session.query("SELECT current_user AS who, pg_has_role('pg_monitor', 'USAGE') AS may");
    await session.end();
    expect(rows).toEqual([{ who: "watcher", may: true }]);
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("who makes the old name again gets no door of it", async () => {
    expect(await documents()).not.toMatch(/oltp_rw_user"|\/pgmonitor"/);
    await world.postgres.sql("CREATE ROLE pgmonitor LOGIN; GRANT rds_iam TO pgmonitor");
    expect(await comeIn()).toEqual([["writer"], ["watcher"]]);
    // It is nobody's of ours: the file that says what watcher was is done all the same.
    expect(await scene.plan().then(({ changes, problems }) => [changes, problems.filter((p) => p.severity === "error")])).toEqual([[], []]);
    await world.postgres.sql("DROP ROLE pgmonitor");
  });

  it("stopped right after the rename, the next apply takes the old names away", async (context) => {
    scene.write(BACK);
    const { outcome, moments } = await applyWatched(3);
    expect([outcome.status, moments]).toEqual(["partial", 3]);
    expect(await documents()).toMatch(/\/watcher"/);
    expect(await comeInAsOthers()).toEqual([[], []]);
    await finish(BACK);
    expect(await documents()).not.toMatch(/\/watcher"/);
    expect(await comeIn()).toEqual([["oltp_rw_user"], ["pgmonitor"]]);
    if (!process.env["PGACCORD_MATRIX"])
      tally(context, { left: "kills at each step of a rename; a rename on each major, by an admin that is no superuser" });
  });

  if (process.env["PGACCORD_MATRIX"])
    it("killed after any step, the invariant holds, and the next apply finishes", async () => {
      await finish(NEW);
      let [from, to] = [NEW, BACK];
      let step = 0;
      for (let killed = true; killed; ) {
        scene.write(to);
        killed = await killedAfter(++step);
        await expectInvariant(`killed after step ${step}`);
        expect(await comeInAsOthers()).toEqual([[], []]);
        await finish(to);
        expect(await comeIn()).toEqual(USERS.map(({ names }) => [names[to === NEW ? 1 : 0]]));
        [from, to] = [to, from];
      }
      expect(step).toBeGreaterThan(8);
    }, 600_000);
});

const plain = (roles: string): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:1
    admin: { user: limited, auth: none }
    databases: { shop: { creators: [maker] } }
defaults: { clusters: [main] }
${roles}
`;
const GRANTS = "grants: { shop: { schemas: { s: [usage] }, tables: { s.*: [select] } } }";
const STATE = `
  SELECT relname::text AS thing, relowner::regrole::text AS owner, relacl::text AS acl FROM pg_class WHERE relnamespace = 's'::regnamespace
  UNION ALL SELECT nspname, nspowner::regrole::text, nspacl::text FROM pg_namespace WHERE nspname = 's'
  UNION ALL SELECT 'default', defaclrole::regrole::text, defaclacl::text FROM pg_default_acl
  UNION ALL SELECT 'member', roleid::regrole::text, member::regrole::text || ' by ' || grantor::regrole::text FROM pg_auth_members WHERE roleid >= 16384
  UNION ALL SELECT 'setting', setrole::regrole::text, setconfig::text FROM pg_db_role_setting
  UNION ALL SELECT 'mark', objoid::regrole::text, description FROM pg_shdescription WHERE classoid = 'pg_authid'::regclass AND objoid >= 16384
  ORDER BY 1, 2, 3`;

/** PostgreSQL keeps everything by number; that our plan changes nothing else is what its own catalogs must say. */
describe.each(process.env["PGACCORD_MATRIX"] ? majors : [])(
  "a role is renamed by an admin that is no superuser, on PostgreSQL %i",
  (major) => {
    let postgres: LocalPostgres;
    let scene: Scene;
    beforeAll(async () => {
      postgres = await startPostgres({ major });
      await postgres.sql("CREATE ROLE limited LOGIN CREATEROLE");
      await postgres.sql("SET ROLE limited; CREATE ROLE maker");
      await postgres.sql("GRANT maker TO limited");
      await postgres.sql("CREATE DATABASE shop OWNER limited");
      await postgres.sql("CREATE SCHEMA s AUTHORIZATION limited; CREATE TABLE s.t (id int); ALTER TABLE s.t OWNER TO limited", "shop");
      scene = createScene({ address: `main=127.0.0.1:${postgres.port}` });
      scene.write(plain(`roles: { old: { ${GRANTS} } }\nusers: { ann: { member_of: [old] }, md5: {}, scram: {} }`));
      expect((await scene.apply()).status).toBe("applied");
      await postgres.sql("CREATE TABLE s.own (id int); ALTER TABLE s.own OWNER TO old", "shop");
      await postgres.sql("ALTER ROLE old SET statement_timeout = '7s'");
      for (const how of ["md5", "scram"])
        await postgres.sql(`SET password_encryption = '${how === "md5" ? how : "scram-sha-256"}'; ALTER ROLE ${how} PASSWORD 'x'`);
    });
    afterAll(async () => {
      scene?.remove();
      await postgres?.stop();
    });
    const state = async (): Promise<string> => JSON.stringify((await postgres.sql(STATE, "shop")).rows);

    it("keeps all that it has, and what it owns", async () => {
      const before = await state();
      expect(before).toContain("statement_timeout");
      scene.write(plain(`roles: { fresh: { was: old, ${GRANTS} } }\nusers: { ann: { member_of: [fresh] }, md5: {}, scram: {} }`));
      expect(sqlOf(await scene.plan())).toEqual(['ALTER ROLE "old" RENAME TO "fresh"']);
      expect((await scene.apply()).status).toBe("applied");
      const sorted = (text: string): unknown[] => (JSON.parse(text) as unknown[]).map((one) => JSON.stringify(one)).sort();
      expect(sorted(await state())).toEqual(sorted(before.replace(/\bold\b/g, "fresh")));
      expect((await scene.plan()).changes).toEqual([]);
    });

    it("loses a password that is stored as MD5, as the plan says, and keeps one of SCRAM", async () => {
      scene.write(
        plain(`roles: { fresh: { ${GRANTS} } }\nusers: { ann: { member_of: [fresh] }, md5_new: { was: md5 }, scram_new: { was: scram } }`),
      );
      expect((await scene.plan()).problems.filter(({ code }) => code === "rename-clears-md5")).toHaveLength(2);
      expect((await scene.apply()).status).toBe("applied");
      const { rows } = await postgres.sql("SELECT rolname, rolpassword IS NULL AS gone FROM pg_authid WHERE rolname ~ '_new$' ORDER BY 1");
      expect(rows).toEqual([
        { rolname: "md5_new", gone: true },
        { rolname: "scram_new", gone: false },
      ]);
    });
  },
);
