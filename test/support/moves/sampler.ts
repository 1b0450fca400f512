import type pg from "pg";
import type { LocalPostgres } from "../../../src/sandbox/local-postgres.js";
import { READ_ALL, ROLES, SCHEMAS, TABLES, USERS, VERBS } from "./access.js";

/** 3: at once; 2: after SET ROLE. What is not in it is not reached. */
export type Levels = ReadonlyMap<string, number>;

export interface Sampler {
  /** What every user reaches: tried, not read. */
  readonly levels: () => Promise<Levels>;
  /** Logs in as one user of one database; says where the server does not do what `levels` said. */
  readonly logIn: (levels: Levels, user: string, database: string) => Promise<string[]>;
  readonly databases: readonly string[];
  /** Rights that were tried. */
  readonly tried: () => number;
  readonly stop: () => Promise<void>;
}

export const rightOf = (user: string, verb: string, database: string, thing: string): string => `${user} ${verb} ${database} ${thing}`;

const SQL_OF: Readonly<Record<string, (table: string) => string>> = {
  select: (t) => `SELECT FROM ${t}`,
  insert: (t) => `INSERT INTO ${t} DEFAULT VALUES`,
  update: (t) => `UPDATE ${t} SET x = 1`,
  delete: (t) => `DELETE FROM ${t}`,
};
const TRIES = [
  ...TABLES.flatMap((table) => VERBS.map((verb) => ({ verb, thing: table, sql: SQL_OF[verb]?.(table) ?? "" }))),
  // Without USAGE on the schema not even the name of what stands in it can be looked up.
  ...SCHEMAS.map((schema) => ({
    verb: "usage",
    thing: schema,
    sql: `SELECT '${TABLES.find((t) => t.startsWith(schema))}'::regclass`,
  })),
];

/** Becomes each user, and each role that this one can be, and tries; each try is undone. */
const FUNCTION = `
CREATE FUNCTION pg_temp.tries(users text[], roles text[], statements text[])
RETURNS TABLE (who text, comes_in boolean, at_once int[], after_set int[]) LANGUAGE plpgsql AS $f$
DECLARE r text; i int; got int[];
BEGIN
  FOR who, comes_in IN SELECT rolname, rolcanlogin AND has_database_privilege(oid, current_database(), 'CONNECT')
    FROM pg_catalog.pg_roles WHERE rolname = ANY (users) LOOP
    at_once := '{}'; after_set := '{}';
    FOREACH r IN ARRAY who || roles LOOP
      CONTINUE WHEN NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r);
      got := '{}';
      BEGIN
        EXECUTE format('SET SESSION AUTHORIZATION %I', who);
        IF r <> who THEN EXECUTE format('SET ROLE %I', r); END IF;
        FOR i IN 1 .. cardinality(statements) LOOP
          BEGIN
            EXECUTE statements[i];
            got := got || i;
          EXCEPTION WHEN insufficient_privilege THEN NULL;
          END;
        END LOOP;
        RAISE EXCEPTION USING ERRCODE = 'UNDO1';
      EXCEPTION WHEN insufficient_privilege OR SQLSTATE 'UNDO1' THEN NULL;
      END;
      IF r = who THEN at_once := got; ELSE after_set := after_set || got; END IF;
    END LOOP;
    RETURN NEXT;
  END LOOP;
END $f$`;

interface Row {
  readonly who: string;
  readonly comes_in: boolean;
  readonly at_once: readonly number[];
  readonly after_set: readonly number[];
}

export async function startSampler(postgres: LocalPostgres, databases: readonly string[]): Promise<Sampler> {
  const clients = new Map<string, pg.Client>();
  let tried = 0;
  for (const database of databases) {
    const client = await postgres.connect({ database });
    await client.query(FUNCTION);
    clients.set(database, client);
  }
  const levelsIn = async (database: string, client: pg.Client): Promise<(readonly [string, number])[]> => {
    const { rows } = await client.query<Row>("SELECT * FROM pg_temp.tries($1, $2, $3)", [
      USERS,
      [...ROLES, READ_ALL],
      TRIES.map(({ sql }) => sql),
    ]);
    tried += USERS.length * (TRIES.length + 1);
    return rows.filter((row) => row.comes_in).flatMap((row) => levelsOf(row, database));
  };
  return {
    databases,
    levels: async () => new Map((await Promise.all([...clients].map(([database, client]) => levelsIn(database, client)))).flat()),
    logIn: (levels, user, database) => logIn(postgres, levels, user, database),
    tried: () => tried,
    stop: async () => void (await Promise.all([...clients.values()].map((client) => client.end()))),
  };
}

function levelsOf({ who, at_once, after_set }: Row, database: string): (readonly [string, number])[] {
  const entries = (numbers: readonly number[], level: number) =>
    numbers.flatMap((n) => {
      const { verb = "", thing = "" } = TRIES[n - 1] ?? {};
      return [[rightOf(who, verb, database, thing), level] as const];
    });
  // What is reached at once stands over what takes a SET ROLE.
  return [...entries(after_set, 2), ...entries(at_once, 3), [rightOf(who, "connect", database, "*"), 3]];
}

async function logIn(postgres: LocalPostgres, levels: Levels, user: string, database: string): Promise<string[]> {
  const expected = levels.has(rightOf(user, "connect", database, "*"));
  const client = await postgres.connect({ user, database }).catch(() => null);
  if (!client) return expected ? [`${user} cannot log in to ${database}`] : [];
  try {
    const wrong = expected ? [] : [`${user} can log in to ${database}`];
    for (const { verb, thing, sql } of TRIES) {
      const done = await client.query(`BEGIN; ${sql}`).then(
        () => true,
        () => false,
      );
      await client.query("ROLLBACK");
      if (done !== (levels.get(rightOf(user, verb, database, thing)) === 3)) wrong.push(`${user} ${verb} ${database} ${thing}: ${done}`);
    }
    return wrong;
  } finally {
    await client.end();
  }
}
