import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPlan, lockAll, type Ports, releaseAll } from "../../src/index.js";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { LOGGED_IN, logInThrough } from "../support/login.js";
import { createScene, type Scene } from "../support/scene.js";
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

  /** Under which of the two names each comes in through its own door, and what comes in through somebody else's. */
  const comeIn = async () => {
    const own = await Promise.all(USERS.map(({ profile, names }) => namesIn(profile, names)));
    const others = await Promise.all(USERS.map(({ profile }, i) => namesIn(profile, USERS[1 - i]?.names ?? [])));
    return { own, others };
  };
  const namesIn = async (profile: string, names: readonly string[]): Promise<string[]> => {
    const tried = await Promise.all(names.map((name) => logInThrough(world, profile, name)));
    return names.filter((_, i) => tried[i] === LOGGED_IN);
  };
  const expectInvariant = async (when: string): Promise<void> => {
    const { own, others } = await comeIn();
    expect({ when, counts: own.map((names) => names.length), others }).toEqual({ when, counts: [1, 1], others: [[], []] });
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
    const { world: live, build, declared } = await scene.world();
    let moments = 0;
    const look = async (what: string): Promise<void> => {
      moments++;
      await expectInvariant(what);
    };
    const ports: Ports = {
      ...live.ports,
      begin: async (site) => {
        const tx = await live.ports.begin(site);
        return { ...tx, commit: () => tx.commit().then(() => look("a commit")) };
      },
      callAws: (account, command, input) => live.ports.callAws(account, command, input).then(() => look(command)),
    };
    const { locks } = await lockAll(ports, [...declared.clusters.keys()]);
    const plan = build(await live.inspect());
    expect([plan.counts, plan.gaps]).toEqual([expect.objectContaining({ rename: 2, create: 0, delete: 0 }), []]);
    const outcome = await applyPlan({ plan, ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
    await releaseAll(locks);
    expect([outcome.status, ...outcome.units.flatMap((unit) => unit.error?.message ?? [])]).toEqual(["applied"]);
    expect(moments).toBe(5);
    expect((await comeIn()).own).toEqual([["writer"], ["watcher"]]);
    const { rows } = await session.query("SELECT current_user AS who, pg_has_role('pg_monitor', 'USAGE') AS may");
    await session.end();
    expect(rows).toEqual([{ who: "watcher", may: true }]);
    expect((await scene.plan()).changes).toEqual([]);
  });

  it("who makes the old name again gets no door of it", async () => {
    expect(await documents()).not.toMatch(/oltp_rw_user"|\/pgmonitor"/);
    await world.postgres.sql("CREATE ROLE pgmonitor LOGIN; GRANT rds_iam TO pgmonitor");
    expect((await comeIn()).own).toEqual([["writer"], ["watcher"]]);
    // It is nobody's of ours: the file that says what watcher was is done all the same.
    expect(await scene.plan().then(({ changes, problems }) => [changes, problems.filter((p) => p.severity === "error")])).toEqual([[], []]);
    await world.postgres.sql("DROP ROLE pgmonitor");
  });

  it("killed between, the invariant holds, and the next apply finishes", async (context) => {
    let [from, to] = [NEW, BACK];
    const steps = process.env["PGACCORD_MATRIX"] ? Array.from({ length: 40 }, (_, i) => i + 1) : [6];
    if (steps.length === 1) tally(context, { left: "all steps but one of a killed rename" });
    for (const step of steps) {
      scene.write(to);
      const killed = await killedAfter(step);
      await expectInvariant(`killed after step ${step}`);
      await finish(to);
      expect((await comeIn()).own).toEqual(USERS.map(({ names }) => [names[to === NEW ? 1 : 0]]));
      [from, to] = [to, from === NEW ? NEW : BACK];
      if (!killed) break;
    }
  }, 600_000);
});
