import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { LoginAttempt } from "../../../src/model/evidence.js";
import { LOG_CASES, type LogCase, PAM_CASES } from "../../support/log-cases.js";
import { type Scanned, scan } from "../../support/scan-log.js";

const LOGS = join(import.meta.dirname, "../../fixtures/logs");
const RDS = "%t:%r:%u@%d:[%p]:";

interface Fixture {
  readonly file: string;
  /** null: csvlog or jsonlog. */
  readonly prefix: string | null;
  readonly timezone?: string;
  readonly cases?: readonly LogCase[];
  /** Methods stand in the log, those of trust too. */
  readonly methods: "none" | "without trust" | "all";
  /** The lines of a refusal say the database. */
  readonly databases: boolean;
}

const FIXTURES: readonly Fixture[] = [
  { file: "13-rds.log", prefix: RDS, methods: "none", databases: true },
  { file: "13-rds.csv.log", prefix: null, methods: "none", databases: true },
  { file: "14-default.log", prefix: "%m [%p] ", methods: "without trust", databases: false },
  { file: "15-debian.log", prefix: "%m [%p] %q%u@%d ", methods: "without trust", databases: true },
  { file: "15-debian.json.log", prefix: null, methods: "without trust", databases: true },
  { file: "15-pam.log", prefix: RDS, cases: PAM_CASES, methods: "all", databases: true },
  { file: "16-rds.log", prefix: RDS, methods: "without trust", databases: true },
  { file: "16-rds.csv.log", prefix: null, methods: "without trust", databases: true },
  { file: "16-berlin.log", prefix: "%m [%-10p] ", timezone: "Europe/Berlin", methods: "without trust", databases: false },
  { file: "17-pgbadger.log", prefix: "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h ", methods: "all", databases: true },
  { file: "17-everything.log", prefix: "%%|%a|%u|%d|%r|%h|%b|%p|%P|%t|%m|%n|%i|%e|%c|%l|%s|%v|%x|%Q|%q", methods: "all", databases: true },
  { file: "18-rds.log", prefix: RDS, methods: "all", databases: true },
  { file: "18-rds.csv.log", prefix: null, methods: "all", databases: true },
  { file: "18-rds.json.log", prefix: null, methods: "all", databases: true },
  { file: "18-authorization.log", prefix: "%m [%p] ", methods: "none", databases: false },
];

function read({ file, prefix, timezone }: Fixture, size = 0): Scanned {
  const columns = file.includes(".csv") ? ("csv" as const) : ("json" as const);
  const format = prefix === null ? { type: columns } : { type: "stderr" as const, prefix };
  // Where the prefix has no names, only who knows this one can tell where it ends.
  return scan(format, readFileSync(join(LOGS, file)), { timezone, users: ["u", "u database=v"] }, size);
}

const BY_TRUST = ["trusty", "no_login_trust", "nobody_there"];
/** Refused before `authorized`, so only a prefix says which database it was. */
const EARLY = ["password", "no-password", "pam"];
const isEarly = ({ user, expect }: LogCase): boolean => EARLY.includes(expect) || /^gho|\n/.test(user);

/** What of a case can stand in that log. */
function expected(one: LogCase, fixture: Fixture): Partial<LoginAttempt>[] {
  // A prefix breaks with the name: such a line cannot be read, and is not taken for the one that it forges.
  if (one.expect === "nothing" || (one.user.includes("\n") && fixture.prefix !== null)) return [];
  const { user } = one;
  if (one.expect === "ok") {
    const database = one.seenDatabase === undefined ? one.database : one.seenDatabase;
    return [{ user, database, method: methodOf(one, fixture), outcome: "ok", reason: null }];
  }
  return [{ user, database: fixture.databases || !isEarly(one) ? one.database : null, outcome: "failed", reason: one.expect }];
}

function methodOf({ user, plain }: LogCase, { methods, cases }: Fixture): string | null {
  if (methods === "none") return null;
  if (BY_TRUST.includes(user)) return methods === "all" ? "trust" : null;
  return cases === PAM_CASES && plain !== true ? "pam" : "scram-sha-256";
}

describe.each(FIXTURES)("the log $file", (fixture) => {
  const { attempts, problems } = read(fixture);
  // Who ended somebody else's session logged in, too.
  const told = attempts.filter(({ user }) => user !== "postgres");
  const cases = fixture.cases ?? LOG_CASES;
  const inOrder = (list: readonly Partial<LoginAttempt>[]): string[] =>
    list.map(({ user, database, outcome, reason }) => JSON.stringify([user, database, outcome, reason])).sort();

  it("tells of each login and refusal, and of nothing else", () => {
    expect(inOrder(told)).toEqual(inOrder(cases.flatMap((one) => expected(one, fixture))));
    expect(problems).toEqual([]);
  });

  it("knows by which method who got in", () => {
    const methods = (list: readonly Partial<LoginAttempt>[]): string[] =>
      list.flatMap(({ user, method, outcome }) => (outcome === "ok" ? [JSON.stringify([user, method])] : [])).sort();
    expect(methods(told)).toEqual(methods(cases.flatMap((one) => expected(one, fixture))));
  });

  it("is of these very minutes", () => {
    const written = Date.UTC(2026, 10, 25, 16);
    expect(told.filter(({ at }) => at < written || at > written + 2 * 3_600_000)).toEqual([]);
  });

  it("says the same cut at any place", () => {
    for (const size of [1, 7, 1000]) expect(read(fixture, size).attempts).toEqual(attempts);
  });
});

describe("the logs of one server", () => {
  it.each(["13-rds", "16-rds", "18-rds"])("%s say the same in each form", (name) => {
    const of = (file: string): string[] => {
      const fixture = FIXTURES.find((one) => one.file === file);
      if (!fixture) throw new Error(file);
      return read(fixture)
        .attempts.filter(({ user }) => !user.includes("\n"))
        .map(({ user, database, method, outcome, reason, address }) => JSON.stringify([user, database, method, outcome, reason, address]))
        .sort();
    };
    const files = FIXTURES.map(({ file }) => file).filter((file) => file.startsWith(`${name}.`));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) expect(of(file)).toEqual(of(`${name}.log`));
  });

  it("are all looked at", () => {
    expect(readdirSync(LOGS).sort()).toEqual(FIXTURES.map(({ file }) => file).sort());
  });
});
