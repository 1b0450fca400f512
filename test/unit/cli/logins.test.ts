import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CliIo } from "../../../src/cli/io.js";
import { logins } from "../../../src/cli/logins.js";
import type { LoginsOptions } from "../../../src/cli/logins-read.js";
import { NO_LOG } from "../../../src/model/log.js";
import { ProblemsError } from "../../../src/model/problem.js";
import { renderProblems } from "../../../src/report/problems.js";

const LOGS = join(import.meta.dirname, "../../fixtures/logs");
const log = (name: string): string => join(LOGS, name);

const FILE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { shop: {} } }
defaults: { clusters: [demo] }
users:
  pam_ok: { login: iam }
  app: { login: iam }
`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "pgaccord-logins-"));
  writeFileSync(join(folder, "access.yaml"), FILE);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(options: Partial<LoginsOptions>): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] };
  const io: CliIo = {
    env: {},
    isTTY: false,
    color: false,
    progress: false,
    ask: async () => null,
    out: (text) => void said.out.push(text),
    err: (text) => void said.err.push(text),
    log: NO_LOG,
    onSignal: () => undefined,
  };
  const all: LoginsOptions = { file: join(folder, "none.yaml"), fileGiven: false, format: "text", ...options };
  const code = await logins(io, all).catch((error: unknown) => {
    if (!(error instanceof ProblemsError)) throw error;
    said.err.push(renderProblems(error.problems, { color: false }));
    return 1;
  });
  return { code, out: said.out.join(""), err: said.err.join("") };
}

const withFile = {
  get file() {
    return join(folder, "access.yaml");
  },
  fileGiven: true,
};

describe("pgaccord logins", () => {
  it("says who logged in and who was refused, what the file says of them, and for which time that is all", async () => {
    const { code, out, err } = await run({ ...withFile, log: [log("15-pam.log")] });
    const rows = out.split("\n").map((line) => line.replace(/ {2,}\d+ {2}2026-.*/, "").trimEnd());
    expect(rows.slice(0, -2)).toEqual([
      "Cluster demo",
      "  Logged in",
      "    user                             database  method         times  first                last (UTC)",
      "    app                              shop      scram-sha-256",
      "    pam_ok                           shop      pam",
      '    "pam_ok other", not in the file  shop      pam',
      "  Refused",
      "    user                             database  why                                    times  first                last (UTC)",
      "    pam_not, not in the file         shop      PAM refused it (pam)",
      "    pam_ok                           closed    may not connect to the database (pam)",
      "    pam_ok_ghost, not in the file    shop      no such role (pam)",
      "    pam_ok_nologin, not in the file  shop      may not log in (pam)",
      "",
      "3 logins of 3 users, 4 refused.",
    ]);
    expect(out).toMatch(/\ndemo, log file: logins were logged from 2026-11-25 16:\S+ to 2026-11-25 16:\S+\.\n$/);
    expect(err).toContain('15-pam.log is read with log_line_prefix "%t:%r:%u@%d:[%p]:"; another one is named by --log-line-prefix.\n');
    expect(err).toMatch(
      /access\.yaml:9:3: warning: app logged in to cluster demo by a password \(scram-sha-256\) 1 time, .* \[password-login\]/,
    );
    expect(code).toBe(0);
  });

  it("recognizes the forms that need no prefix, and common prefixes", async () => {
    const known = ["13-rds.log", "13-rds.csv.log", "14-default.log", "15-debian.log", "15-debian.json.log", "17-pgbadger.log"];
    for (const name of known)
      expect([name, (await run({ log: [log(name)] })).out]).toEqual([name, expect.stringContaining("15 logins of 9 users")]);
  });

  it("reads the pieces of one log as one", async () => {
    const text = readFileSync(log("16-rds.log"), "utf8");
    // Between a login and its refusal.
    const cut = text.indexOf("FATAL:  permission denied for database") - 10;
    writeFileSync(join(folder, "a.log"), text.slice(0, text.lastIndexOf("\n", cut) + 1));
    writeFileSync(join(folder, "b.log"), text.slice(text.lastIndexOf("\n", cut) + 1));
    const whole = await run({ log: [log("16-rds.log")], format: "json" });
    const pieces = await run({ log: [join(folder, "a.log"), join(folder, "b.log")], format: "json" });
    expect(pieces.out).toBe(whole.out);
  });

  it("has the same as JSON and as CSV, where no name becomes a formula", async () => {
    const json = JSON.parse((await run({ log: [log("15-pam.log")], format: "json", cluster: ["prod"] })).out);
    expect(Object.keys(json)).toEqual(["logins", "refused", "coverage"]);
    expect(json.logins[1]).toEqual({
      cluster: "prod",
      user: "pam_not",
      database: "shop",
      method: "pam",
      outcome: "failed",
      reason: "pam",
      count: 1,
      first: expect.stringMatching(/^2026-11-25T16:.*Z$/),
      last: expect.stringMatching(/^2026-11-25T16:.*Z$/),
    });
    expect(json.coverage).toEqual([{ source: "log-file", cluster: "prod", part: null, from: expect.any(String), to: expect.any(String) }]);
    writeFileSync(join(folder, "odd.log"), '2026-11-24 17:04:11.000 UTC [7] LOG:  connection authorized: user==1+"1" database=a,b\n');
    expect((await run({ log: [join(folder, "odd.log")], format: "csv" })).out).toBe(
      'cluster,user,database,method,outcome,reason,count,first,last\nlog,"\'=1+""1""","a,b",,ok,,1,2026-11-24T17:04:11.000Z,2026-11-24T17:04:11.000Z\n',
    );
  });

  it("marks neither roles of RDS nor those that pgaccord logs in as, and begins each file on a line of its own", async () => {
    const of = (name: string, user: string): string => {
      // No line break at its end.
      writeFileSync(join(folder, name), `2026-11-24 17:04:11.000 UTC [7] LOG:  connection authorized: user=${user} database=shop`);
      return join(folder, name);
    };
    const { out } = await run({ ...withFile, log: [of("1.log", "rdsadmin"), of("2.log", "access_admin"), of("3.log", "stranger")] });
    expect(out).toMatch(/^ {4}access_admin {2,}shop/m);
    expect(out).toMatch(/^ {4}rdsadmin {2,}shop/m);
    expect(out).toMatch(/^ {4}stranger, not in the file {2,}shop/m);
  });

  it("hides nothing in a name", async () => {
    writeFileSync(join(folder, "odd.log"), "2026-11-24 17:04:11.000 UTC [7] LOG:  connection authorized: user=a\u202eb database=c\u0007\n");
    expect((await run({ log: [join(folder, "odd.log")] })).out).toContain('"a\\u{202e}b"  "c\\u{7}"');
  });

  it("leaves out what is older than --since", async () => {
    writeFileSync(
      join(folder, "two.log"),
      ["2026-01-01 00:00:00.000", "2026-01-02 00:00:00.000"]
        .map((at) => `${at} UTC [7] LOG:  connection authorized: user=a database=b\n`)
        .join(""),
    );
    expect((await run({ log: [join(folder, "two.log")], since: "2026-01-02" })).out).toContain("1 login of 1 user, none refused.");
    expect((await run({ log: [join(folder, "two.log")] })).out).toContain(
      "but not:\n  2026-01-01 00:00:00 to 2026-01-02 00:00:00: no line about a connection for more than an hour",
    );
  });

  it.each<readonly [string, Partial<LoginsOptions>, RegExp]>([
    ["a file that is not there", { log: ["nowhere.log"] }, /nowhere\.log cannot be read: ENOENT.*\[log-not-read\]/],
    ["a folder", { log: [LOGS] }, /cannot be read: EISDIR.*\[log-not-read\]/],
    [
      "another sort of file",
      { log: [join(import.meta.dirname, "logins.test.ts")] },
      /begins with a log_line_prefix that is known.*\[log-prefix\]/,
    ],
    [
      "another prefix",
      { log: [log("16-rds.log")], logLinePrefix: "%m [%p] " },
      /No line of the log begins as the prefix "%m \[%p\] " says.*\[log-prefix\]/,
    ],
    ["a prefix without a time", { log: [log("16-rds.log")], logLinePrefix: "%u [%p] " }, /say no time.*\[log-prefix\]/],
    [
      "a time zone that is several",
      { log: [log("16-berlin.log")], logLinePrefix: "%m [%-10p] " },
      /in CET, which stands for several time zones.*\[log-timezone\]/,
    ],
    ["a time zone that is none", { log: [log("16-rds.log")], logTimezone: "Mars" }, /"Mars" is no time zone.*\[wrong-value\]/],
    ["several clusters", { log: [log("16-rds.log")], cluster: ["a", "b"] }, /--cluster names several.*\[wrong-value\]/],
    ["an access file that is not there", { log: [log("16-rds.log")], fileGiven: true }, /none\.yaml cannot be read.*\[file-not-found\]/],
  ])("%s is a problem, and nothing is printed", async (_, options, expected) => {
    const { code, out, err } = await run(options);
    expect(err).toMatch(expected);
    expect([code, out]).toEqual([1, ""]);
  });

  it("warns of a log without logins in it", async () => {
    writeFileSync(join(folder, "quiet.log"), "2026-11-24 17:04:11.000 UTC [7] LOG:  checkpoint starting: time\n");
    const { code, out, err } = await run({ log: [join(folder, "quiet.log")] });
    expect(err).toContain("[logins-not-logged]");
    expect(out).toContain("log, log file: nothing shows that logins were logged.");
    expect(code).toBe(0);
  });
});
