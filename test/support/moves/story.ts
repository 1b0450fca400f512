import fc from "fast-check";
import { expect } from "vitest";
import type { Plan } from "../../../src/index.js";
import type { Major } from "../../../src/sandbox/binaries.js";
import { type LocalPostgres, startPostgres } from "../../../src/sandbox/local-postgres.js";
import { createScene, type Scene } from "../scene.js";
import { type Access, accessFile, directGrants, type Server, TABLES, USERS } from "./access.js";
import { accessOf, type Domain, EDIT_NAMES, type Edits, edited, type Numbers } from "./edits.js";
import { violationsOf } from "./judge.js";
import { type Levels, type Sampler, startSampler } from "./sampler.js";
import { FAULT, type WatchedApply, watchedApply } from "./watched-apply.js";

/** A file, and what is done to it. */
export interface Move {
  readonly groups: readonly Numbers[];
  readonly users: readonly Numbers[];
  readonly edits: Edits;
  /** Which units fail, who logs in. */
  readonly pick: number;
}

const small = fc.nat({ max: 1023 });
const numbers = fc.tuple(small, small, small);
export const move: fc.Arbitrary<Move> = fc.record({
  groups: fc.array(numbers, { minLength: 3, maxLength: 5 }),
  users: fc.array(numbers, { minLength: 4, maxLength: 7 }),
  edits: fc.array(fc.tuple(fc.constantFrom(...EDIT_NAMES), numbers), { minLength: 1, maxLength: 4 }),
  pick: small,
});

export interface Stage {
  readonly domain: Domain;
  readonly counts: () => Readonly<Counts>;
  /** @param points how many units fail, each in a run of its own */
  readonly judge: (one: Move, points: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface StageOptions {
  readonly major: Major;
  readonly clusters: number;
  /** Else an admin as RDS has it. */
  readonly superuser: boolean;
}

type Counts = Record<string, number>;

const DATABASES = ["d1", "d2", "d3"];

/** Servers with tables and nobody who may do anything; they stand for all moves. */
export async function startStage({ major, clusters, superuser }: StageOptions): Promise<Stage> {
  const started: { server: Server; postgres: LocalPostgres; sampler: Sampler }[] = [];
  const stop = async (): Promise<void> => {
    for (const { sampler, postgres } of started) {
      await sampler.stop();
      await postgres.stop();
    }
  };
  try {
    for (const cluster of ["main", "other"].slice(0, clusters)) started.push(await startCluster(cluster, major, superuser));
  } catch (error) {
    await stop();
    throw error;
  }
  const scene = createScene();
  const domain: Domain = {
    databases: started.flatMap(({ server }) => server.databases.map((name) => `${server.cluster}/${name}`)),
    options: major >= 16,
    readAll: superuser && major >= 14,
  };
  const counts: Counts = {};
  const context: Context = { scene, started, domain, counts, major, known: { ends: null } };
  return {
    domain,
    counts: () => ({ ...counts, "rights tried": started.reduce((n, { sampler }) => n + sampler.tried(), 0) }),
    judge: (one, points) => judgeMove(context, one, points),
    stop: async () => {
      scene.remove();
      await stop();
    },
  };
}

async function startCluster(cluster: string, major: Major, superuser: boolean): Promise<Context["started"][number]> {
  const postgres = await startPostgres({ major, rds: !superuser });
  const admin = superuser ? "postgres" : "access_admin";
  await postgres.sql(`CREATE ROLE own; CREATE ROLE strange; ${superuser ? "" : "GRANT own TO access_admin WITH ADMIN OPTION;"}`);
  for (const name of DATABASES) {
    await postgres.sql(`CREATE DATABASE ${name} OWNER own`);
    await postgres.sql(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`);
    if (!superuser) await postgres.sql(`GRANT CONNECT ON DATABASE ${name} TO access_admin`);
    const schemas = new Set(TABLES.map((table) => table.split(".")[0]));
    const made = [...[...schemas].map((s) => `CREATE SCHEMA ${s}`), ...TABLES.map((t) => `CREATE TABLE ${t} (x int)`)];
    await postgres.sql("DROP SCHEMA public", name);
    const strange = [`DATABASE ${name}`, ...[...schemas].map((s) => `SCHEMA ${s}`), ...TABLES].map(
      (on) => `GRANT ALL ON ${on} TO strange WITH GRANT OPTION`,
    );
    await postgres.sql(`SET ROLE own; ${[...made, ...strange].join("; ")}`, name);
  }
  const server = { cluster, port: postgres.port, address: `${postgres.socketDir}:${postgres.port}`, admin, databases: DATABASES };
  return { server, postgres, sampler: await startSampler(postgres, DATABASES) };
}

interface Context {
  readonly scene: Scene;
  readonly started: readonly { readonly server: Server; readonly postgres: LocalPostgres; readonly sampler: Sampler }[];
  readonly domain: Domain;
  readonly counts: Counts;
  readonly major: Major;
  /** What everybody reaches, where nothing happened since it was looked at. */
  readonly known: { ends: Ends | null };
}

async function judgeMove(context: Context, { groups, users, edits, pick }: Move, points: number): Promise<void> {
  const before = accessOf({ groups, users }, context.domain);
  const after = edited(before, edits, context.domain);
  count(context, "moves");
  const start = async (): Promise<void> => {
    await goWhole(context, { access: before, what: "start", direct: true });
    await asThey(context, before, pick);
  };
  await start();
  const there = await go(context, { access: after, what: `${edits.map(([name]) => name).join()}, but for one unit`, failing: pick });
  const rest = await goWhole(context, { access: after, what: "the rest of it" });
  judge(there, rest.end);
  await logIns(context, pick, rest.end);
  tallyPlan(context, there.plan, edits);
  const { length } = there.plan.units;
  for (let i = 1; i < Math.min(points, length + 1); i++) {
    await start();
    // The last of them is one in which none fails.
    const again = await go(context, { access: after, what: "again", ...(i < length ? { failing: pick + i } : {}) });
    judge(again, rest.end);
    if (i < length) expect(flat((await goWhole(context, { access: after, what: "the rest of it" })).end)).toEqual(flat(rest.end));
  }
}

function count({ counts }: Context, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}
const flat = (ends: Ends): string[] =>
  [...ends].flatMap(([cluster, levels]) => [...levels].map(([right, level]) => `${cluster} ${right} ${level}`)).sort();

function tallyPlan(context: Context, plan: Plan, edits: Edits): void {
  const add = (what: string): void => count(context, what);
  const isCore = (phase: string): boolean => ["remove", "change", "add"].includes(phase);
  if (plan.units.filter((unit) => isCore(unit.phase)).length > 1) add("of several units");
  if (plan.gaps.length > 0) add("with a gap");
  const [[only] = [""], ...more] = edits;
  if (more.length === 0) {
    add(`of one edit, ${only}`);
    if (plan.gaps.length > 0) add(`of one edit, ${only}, with a gap`);
  }
}

/** What somebody does by hand: grants to users; before 16, roles that do not inherit. */
async function asThey({ started, major, known }: Context, access: Access, pick: number): Promise<void> {
  known.ends = null;
  const grants = directGrants(access);
  const users = major >= 16 ? [] : USERS.filter((user) => access.has(user));
  const alter = users.map((user, i) => `ALTER ROLE ${user} ${(pick >> i) % 4 === 0 ? "NO" : ""}INHERIT`);
  for (const { postgres, server } of started) {
    await postgres.sql(alter.join("; "));
    // Now and then it was somebody who may pass on what the owner gave.
    const grantor = server.admin === "postgres" && pick % 4 === 0 ? "strange" : "own";
    for (const database of DATABASES)
      await postgres.sql([`SET ROLE ${grantor}`, ...(grants.get(`${server.cluster}/${database}`) ?? [])].join("; "), database);
  }
}

/** By cluster, what everybody reaches. */
type Ends = ReadonlyMap<string, Levels>;

async function levelsOf({ started }: Context): Promise<Ends> {
  return new Map(await Promise.all(started.map(async ({ server, sampler }) => [server.cluster, await sampler.levels()] as const)));
}

/** Some log in really: what the sampler says of them is what they find. */
async function logIns({ started }: Context, pick: number, ends: Ends): Promise<void> {
  const all = pick % 16 === 0;
  const wrong = await Promise.all(
    started.flatMap(({ server, sampler }) =>
      DATABASES.flatMap((database, d) =>
        USERS.filter((_, u) => all || (u + d + pick) % USERS.length === 0).map((user) =>
          sampler.logIn(ends.get(server.cluster) ?? new Map(), user, database),
        ),
      ),
    ),
  );
  expect(wrong.flat()).toEqual([]);
}

interface Going {
  readonly access: Access;
  readonly what: string;
  /** Users hold by hand what is theirs. */
  readonly direct?: boolean;
  /** The number of the unit that fails. */
  readonly failing?: number;
}

interface Gone extends WatchedApply {
  readonly what: string;
  readonly before: Ends;
  readonly end: Ends;
  readonly whole: boolean;
}

/** Applies a file, and looks at each moment of it. */
async function go(context: Context, { access, what, direct = false, failing }: Going): Promise<Gone> {
  const { scene, started } = context;
  const samplers = new Map(started.map(({ server, sampler }) => [server.cluster, sampler]));
  const before = context.known.ends ?? (await levelsOf(context));
  const servers = started.map(({ server }) => server);
  scene.write(accessFile(access, servers, direct));
  const watched = await watchedApply(scene, { samplers, ...(failing === undefined ? {} : { failing }) });
  const { plan, outcome } = watched;
  const fails = failing !== undefined && plan.units.length > 0;
  const errors = outcome.units.flatMap((u) => u.error?.message ?? []);
  expect([what, outcome.status, ...errors]).toEqual(fails ? [what, "partial", FAULT] : [what, "applied"]);
  count(context, "applies");
  if (fails) count(context, "units that fail");
  const end = await levelsOf(context);
  context.known.ends = end;
  return { ...watched, what, before, end, whole: !fails };
}

/** An apply that is not whole is judged by where the whole one ends. */
function judge({ what, before, plan, seen, whole }: Gone, end: Ends): void {
  const none: Levels = new Map();
  const violations = [...seen].flatMap(([cluster, points]) =>
    violationsOf({ cluster, plan, points, whole, before: before.get(cluster) ?? none, after: end.get(cluster) ?? none }),
  );
  expect({ what, violations }).toEqual({ what, violations: [] });
}

async function goWhole(context: Context, going: Going): Promise<Gone> {
  const gone = await go(context, going);
  judge(gone, gone.end);
  return gone;
}
