import { describe, expect, it } from "vitest";
import type { LogScanOptions } from "../../../src/evidence/log-scan.js";
import { openLogScan } from "../../../src/evidence/open-log-scan.js";
import { splitLines } from "../../../src/evidence/split-lines.js";
import type { LoginAttempt } from "../../../src/model/evidence.js";
import { scan } from "../../support/scan-log.js";

const RDS = "%t:%r:%u@%d:[%p]:";
const AT = "2026-11-24 17:04:11 UTC";

/** A line of RDS. */
const rds = (who: string, rest: string, { pid = 7, at = AT }: { readonly pid?: number; readonly at?: string } = {}): string =>
  `${at}:10.0.0.7(56368):${who}:[${pid}]:${rest}`;
const received = (pid = 7, at = AT): string =>
  rds("[unknown]@[unknown]", "LOG:  connection received: host=10.0.0.7 port=56368", { pid, at });
const authorized = (user: string, database: string, more = "", pid = 7, at = AT): string =>
  rds(`${user}@${database}`, `LOG:  connection authorized: user=${user} database=${database}${more}`, { pid, at });
const ready = "LOG:  connection ready: setup total=14.825 ms, fork=0.484 ms, authentication=11.954 ms";

/** `user@database method`, or `user@database !reason`. */
function told(lines: readonly string[], prefix = RDS, options: LogScanOptions = {}): string[] {
  const { attempts } = scan({ type: "stderr", prefix }, `${lines.join("\n")}\n`, options);
  return attempts.map(({ user, database, method, outcome, reason }) =>
    [`${user}@${database ?? ""}`, ...(method === null ? [] : [method]), ...(outcome === "ok" ? [] : [`!${reason}`])].join(" "),
  );
}

type Case = readonly [name: string, lines: readonly string[], expected: readonly string[]];

describe("lines of RDS", () => {
  it.each<Case>([
    ["a login", [received(), authorized("app", "shop")], ["app@shop"]],
    ["a login without a line before it", [authorized("app", "shop")], ["app@shop"]],
    [
      "PAM, as IAM logs in",
      [
        received(),
        rds("app@shop", 'LOG:  connection authenticated: identity="app" method=pam (/rdsdbdata/config/pg_hba.conf:15)'),
        authorized("app", "shop"),
      ],
      ["app@shop pam"],
    ],
    [
      "an identity that forges a method",
      [
        received(),
        rds("app@shop", 'LOG:  connection authenticated: identity="app" method=pam (x:1)" method=md5 (/pg_hba.conf:15)'),
        authorized("app", "shop"),
      ],
      ["app@shop md5"],
    ],
    [
      "a method that PostgreSQL does not have",
      [
        received(),
        rds("app@shop", 'LOG:  connection authenticated: identity="app" method=magic (/pg_hba.conf:15)'),
        authorized("app", "shop"),
      ],
      ["app@shop"],
    ],
    [
      "a refusal behind authorized",
      [received(), authorized("app", "shop"), rds("app@shop", 'FATAL:  permission denied for database "shop"')],
      ["app@shop !no-connect"],
    ],
    [
      "a refusal of another process meanwhile",
      [
        received(7),
        received(8),
        authorized("app", "shop", "", 7),
        authorized("bob", "shop", "", 8),
        rds("bob@shop", 'FATAL:  database "shop" does not exist', { pid: 8 }),
      ],
      ["app@shop", "bob@shop !no-such-database"],
    ],
    [
      "PAM that refuses, with the noise of RDS's own program, as documented",
      [
        received(),
        "* Trying 127.0.0.1:1107...",
        "> POST /authenticateRequest HTTP/1.1",
        "< HTTP/1.1 403 Forbidden",
        "* Connection #0 to host rdsauthproxy left intact",
        rds("app@shop", "LOG:  pam_authenticate failed: Permission denied"),
        rds("app@shop", 'FATAL:  PAM authentication failed for user "app"'),
        rds("app@shop", 'DETAIL:  Connection matched pg_hba.conf line 13: "hostssl all +rds_iam all pam"'),
      ],
      ["app@shop pam !pam"],
    ],
    ["a wrong password", [received(), rds("app@shop", 'FATAL:  password authentication failed for user "app"')], ["app@shop !password"]],
    [
      "a wrong password, and the line of pg_hba.conf",
      [
        received(),
        rds("app@shop", 'FATAL:  password authentication failed for user "app"'),
        rds("app@shop", 'DETAIL:  Connection matched file "/rdsdbdata/config/pg_hba.conf" line 16: "host all all all md5"'),
      ],
      ["app@shop md5 !password"],
    ],
    [
      "a ghost, which looks like a wrong password",
      [
        received(),
        rds("ghost@shop", 'FATAL:  password authentication failed for user "ghost"'),
        rds("ghost@shop", 'DETAIL:  Role "ghost" does not exist.'),
      ],
      ["ghost@shop !no-such-role"],
    ],
    [
      "failures where connections are not logged",
      [rds("app@shop", 'FATAL:  password authentication failed for user "app"')],
      ["app@shop !password"],
    ],
    [
      "no line of pg_hba.conf",
      [received(), rds("app@shop", 'FATAL:  no pg_hba.conf entry for host "10.0.0.7", user "app", database "shop", no encryption')],
      ["app@shop !pg-hba"],
    ],
    [
      "TLS missing",
      [
        received(),
        rds("app@shop", 'FATAL:  pg_hba.conf rejects connection for host "10.0.0.7", user "app", database "shop", no encryption'),
      ],
      ["app@shop !pg-hba"],
    ],
    [
      "replication that pg_hba.conf has no line for",
      [
        received(),
        rds("app@[unknown]", 'FATAL:  no pg_hba.conf entry for replication connection from host "10.0.0.7", user "app", SSL encryption'),
      ],
      ["app@ !pg-hba"],
    ],
    ["a full server", [received(), rds("app@shop", "FATAL:  sorry, too many clients already")], ["app@shop !connection-limit"]],
    [
      "a server that keeps its last places",
      [
        received(),
        authorized("app", "shop"),
        rds("app@shop", "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute"),
      ],
      ["app@shop !connection-limit"],
    ],
    ["a server that starts", [received(), rds("app@shop", "FATAL:  the database system is starting up")], ["app@shop !other"]],
    ["a password that nobody types", [received(), rds("app@shop", "FATAL:  canceling authentication due to timeout")], ["app@shop !other"]],
    ["LDAP that refuses", [received(), rds("app@shop", 'FATAL:  LDAP authentication failed for user "app"')], ["app@shop !other"]],
    ["psql, which asks for a password", [received(), received(8), authorized("app", "shop", "", 8)], ["app@shop"]],
    ["whoever hangs up at a question", [received(), rds("app@shop", "FATAL:  expected password response, got message type 88")], []],
    ["a scan of ports", [received(), received(8)], []],
    [
      "nobody's FATAL",
      [received(), rds("[unknown]@[unknown]", "FATAL:  unsupported frontend protocol 0.0: server supports 3.0 to 3.0")],
      [],
    ],
    [
      "a session that an administrator ended",
      [received(), authorized("app", "shop"), rds("app@shop", "FATAL:  terminating connection due to administrator command")],
      ["app@shop"],
    ],
    [
      "a session whose client went away",
      [received(), authorized("app", "shop"), rds("app@shop", "FATAL:  connection to client lost")],
      ["app@shop"],
    ],
    [
      "a FATAL long after it began to work",
      [
        received(),
        authorized("app", "shop"),
        rds("app@shop", "LOG:  duration: 1.2 ms  statement: select 1"),
        rds("app@shop", "FATAL:  out of memory"),
      ],
      ["app@shop"],
    ],
    [
      "a chatty server",
      [
        received(),
        authorized("app", "shop"),
        rds("app@shop", "DEBUG:  whatever"),
        rds("app@shop", 'FATAL:  role "app" is not permitted to log in'),
      ],
      ["app@shop !no-login"],
    ],
    ["FATAL of a login trigger", [received(), authorized("app", "shop"), rds("app@shop", "FATAL:  not on Sundays")], ["app@shop !other"]],
    [
      "ready on 18, and whatever comes then",
      [received(), authorized("app", "shop"), rds("app@shop", ready), rds("app@shop", 'FATAL:  too many connections for role "app"')],
      ["app@shop", "app@shop !connection-limit"],
    ],
    [
      "a process id that is used again at once",
      [
        received(),
        authorized("app", "shop"),
        received(),
        authorized("bob", "shop"),
        rds("bob@shop", 'FATAL:  role "bob" is not permitted to log in'),
      ],
      ["app@shop", "bob@shop !no-login"],
    ],
    [
      "a process id that is used again without any line between",
      [authorized("app", "shop"), authorized("bob", "shop", "", 7)],
      ["app@shop", "bob@shop"],
    ],
    [
      "a FATAL that comes a minute too late to be of that login",
      [received(), authorized("app", "shop"), rds("app@shop", "FATAL:  whatever this is", { at: "2026-11-24 17:05:12 UTC" })],
      ["app@shop"],
    ],
    [
      "a method of a connection that is long gone",
      [
        rds("app@shop", 'LOG:  connection authenticated: identity="app" method=pam (/pg_hba.conf:15)'),
        authorized("bob", "shop", "", 7, "2026-11-24 17:06:11 UTC"),
      ],
      ["bob@shop"],
    ],
    [
      "replication",
      [
        received(),
        rds(
          "repl@[unknown]",
          "LOG:  replication connection authorized: user=repl application_name=walreceiver SSL enabled (protocol=TLSv1.3, cipher=X, bits=256)",
        ),
      ],
      ["repl@"],
    ],
    ["replication of one database", [received(), rds("repl@shop", "LOG:  replication connection authorized: user=repl")], ["repl@shop"]],
    ["an application that forges a user", [authorized("app", "shop", " application_name=my app user=bob database=x")], ["app@shop"]],
    [
      "an application that forges a user, with TLS",
      [authorized("app", "shop", " application_name=a user=bob SSL enabled (protocol=TLSv1.3)")],
      ["app@shop"],
    ],
    ["TLS of 13", [authorized("app", "shop", " SSL enabled (protocol=TLSv1.2, cipher=X, bits=256, compression=off)")], ["app@shop"]],
    ["GSS", [authorized("app", "shop", " GSS (authenticated=yes, encrypted=yes, principal=app@CORP)")], ["app@shop"]],
    ["a database that ends like options", [authorized("app", "x SSL enabled (a)")], ["app@x SSL enabled (a)"]],
    ["a database with a mark in it", [authorized("app", "x application_name=y")], ["app@x application_name=y"]],
    ["a user with a mark in it", [authorized("a database=b", "c")], ["a database=b@c"]],
    ["a user with an @", [authorized("a@b", "c")], ["a@b@c"]],
    ["a database with an @", [authorized("a", "b@c")], ["a@b@c"]],
    ["a line of replication that somebody's name forged", [rds("a@b", "LOG:  replication connection authorized: user=root")], []],
    [
      "two refusals of one process id where connections are not logged",
      [1, 2].map(() => rds("app@shop", 'FATAL:  password authentication failed for user "app"')),
      ["app@shop !password", "app@shop !password"],
    ],
    ["a line that somebody's name forged", [received(), rds("a@b", "LOG:  connection authorized: user=root database=shop")], []],
    [
      "a line that somebody's name forged, and its rest",
      [rds("a@b", 'LOG:  connection authorized: user=a database=b:[9]:FATAL:  role "x" does not exist')],
      [],
    ],
    [
      "a statement that holds such a line",
      [rds("app@shop", "LOG:  statement: select 'LOG:  connection authorized: user=root database=shop'")],
      [],
    ],
    [
      "a statement of several lines that hold such lines",
      [rds("app@shop", "LOG:  statement: select"), `\t${authorized("root", "shop")}`],
      [],
    ],
    ["an error with such a text", [rds("app@shop", "ERROR:  connection authorized: user=root database=shop")], []],
    ["a severity in lower case", [rds("app@shop", "log:  connection authorized: user=root database=shop")], []],
    ["verbose errors", [rds("app@shop", "LOG:  00000: connection authorized: user=app database=shop")], ["app@shop"]],
    ["line ends of Windows", [`${authorized("app", "shop")}\r`, received()], ["app@shop"]],
    ["a log that begins in the middle of a line", ["ion authorized: user=root database=shop", authorized("app", "shop")], ["app@shop"]],
    ["empty lines", ["", authorized("app", "shop"), ""], ["app@shop"]],
    ["bytes that are no UTF-8", [authorized("app", "sh\u0000p")], ["app@sh\u0000p"]],
  ])("%s", (_, lines, expected) => {
    expect(told(lines)).toEqual(expected);
  });
});

describe("prefixes", () => {
  const message = "LOG:  connection authorized: user=app database=shop";
  it.each<readonly [prefix: string, line: string]>([
    ["%m [%p] ", `2026-11-24 17:04:11.123 UTC [13881] ${message}`],
    ["%t [%p] %q%u@%d ", `2026-11-24 17:04:11 UTC [13881] app@shop ${message}`],
    ["%n %c ", `1795539851.123 6b05c2a3.3639 ${message}`],
    ["%t %10p %-10u|", `2026-11-24 17:04:11 UTC      13881 app       |${message}`],
    ["%h:%u@%d:%p %m ", `2001:db8::1:app@shop:13881 2026-11-24 17:04:11.123 UTC ${message}`],
    ["%h:%u@%d:%p %m ", `10.0.0.7:app@shop:13881 2026-11-24 17:04:11.123 UTC ${message}`],
    ["%r %p %m ", `fe80::1%eth0(5432) 13881 2026-11-24 17:04:11.123 UTC ${message}`],
    ["%r %p %m ", `[local] 13881 2026-11-24 17:04:11.123 UTC ${message}`],
    ["100%% %p %t ", `100% 13881 2026-11-24 17:04:11 UTC ${message}`],
    ["größe %p %t ", `größe 13881 2026-11-24 17:04:11 UTC ${message}`],
    ["%d/%u %p %t ", `shop/app 13881 2026-11-24 17:04:11 UTC ${message}`],
    [
      "%L|%p|%t|%b|%i|%e|%x|%v|%Q|%P|%l|%s|",
      `127.0.0.1|13881|2026-11-24 17:04:11 UTC|client backend|authentication|00000|0|3/7|-12||4|2026-11-24 17:04:10 UTC|${message}`,
    ],
  ])("%s", (prefix, line) => {
    expect(told([line], prefix)).toEqual(["app@shop"]);
  });

  it("has an application_name that forges a line: only what stands before anybody could choose one counts", () => {
    const prefix = "%m [%p] %a ";
    const at = "2026-11-24 17:04:11.123 UTC [7]";
    const forged = `${at} LOG:  connection authorized: user=root database=shop LOG:  disconnection: session time: 0:00:00.011`;
    const hidden = `${at} x LOG:  connection authorized: user=root database=shop`;
    expect(told([`${at} [unknown] ${message}`, hidden], prefix)).toEqual(["app@shop"]);
    expect(told([`${at} [unknown] ${message}`, forged], prefix)).toEqual(["app@shop"]);
  });

  it("do not go on in the next line", () => {
    const [at, who] = ["2026-11-24 17:04:11.123 UTC", "app@shop [7]"];
    const lines = [`${who} ${at} ${message}`, "noise", `${who} ${at} FATAL:  permission denied for database "shop"`];
    expect(told(lines, "%u@%d [%p] %m ")).toEqual(["app@shop !no-connect"]);
  });

  it("without names leave a database that ends like options whole", () => {
    const line = "2026-11-24 17:04:11.123 UTC [7] LOG:  connection authorized: user=app database=x SSL enabled (a) (b)";
    expect(told([line], "%m [%p] ")).toEqual(["app@x SSL enabled (a) (b)"]);
  });

  it.each([
    ["%u@%d [%p] ", /say no time/],
    ["%s [%p] ", /say no time/],
    ["%t %u@%d ", /say no process/],
  ])("%s is refused", (prefix, words) => {
    expect(() => scan({ type: "stderr", prefix }, "")).toThrow(words);
  });
});

describe("problems", () => {
  const codes = (lines: readonly string[], options: LogScanOptions = {}): string[] =>
    scan({ type: "stderr", prefix: RDS }, `${lines.join("\n")}\n`, options).problems.map(({ code, severity }) => `${severity} ${code}`);

  it("says that no line has the prefix", () => {
    expect(codes(["2026-11-24 17:04:11.123 UTC [13881] LOG:  ready"])).toEqual(["error log-prefix"]);
    expect(scan({ type: "csv" }, "a,b\n").problems).toMatchObject([{ code: "log-format" }]);
    expect(scan({ type: "json" }, "{}\n").problems).toMatchObject([{ code: "log-format" }]);
  });

  it("says that logins are not logged", () => {
    expect(codes([rds("app@shop", "LOG:  duration: 1.2 ms")])).toEqual(["warning logins-not-logged"]);
    expect(codes([`${AT}::@:[9]:LOG:  checkpoint starting: time`])).toEqual(["warning logins-not-logged"]);
    expect(codes([authorized("app", "shop")])).toEqual([]);
    expect(codes([])).toEqual([]);
  });

  it("says that a time zone stands for several", () => {
    const line = authorized("app", "shop", "", 7, "2026-11-24 17:04:11 CST");
    expect(codes([line])).toEqual(["error log-timezone"]);
    expect(codes([line], { timezone: "America/Chicago" })).toEqual([]);
  });
});

describe("memory", () => {
  it("holds no connection longer than a minute of the log", () => {
    const told: LoginAttempt[] = [];
    const log = openLogScan({ type: "stderr", prefix: RDS }, { attempt: (one) => told.push(one), connectionLine: () => undefined });
    for (let i = 0; i < 200; i++) {
      const at = `${new Date(Date.UTC(2026, 10, 24) + i * 1000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
      log.push(Buffer.from(`${received(i, at)}\n${authorized("app", "shop", "", i, at)}\n`));
    }
    expect(told.length).toBe(139);
    log.end();
    expect(told.length).toBe(200);
  });

  it("holds no more than 100,000 connections at once", () => {
    const told: LoginAttempt[] = [];
    const log = openLogScan({ type: "stderr", prefix: RDS }, { attempt: (one) => told.push(one), connectionLine: () => undefined });
    for (let pid = 0; pid < 100_007; pid++) log.push(Buffer.from(`${authorized("app", "shop", "", pid)}\n`));
    expect(told.length).toBeGreaterThan(4);
    log.end();
    expect(told.length).toBe(100_007);
  });

  it("holds no whole line that is no line of a connection", () => {
    const long = rds("app@shop", `LOG:  statement: ${"x".repeat(3_000_000)}`);
    expect(told([long, authorized("app", "shop")])).toEqual(["app@shop"]);
    const { attempts } = scan({ type: "stderr", prefix: RDS }, `${long}\n${authorized("app", "shop")}\n`, {}, 50_000);
    expect(attempts.length).toBe(1);
    const lengths: number[] = [];
    const lines = splitLines((_, from, to) => lengths.push(to - from));
    for (let i = 0; i < 100; i++) lines.push("x".repeat(50_000));
    lines.push("\nend\n");
    expect(lengths).toEqual([100_000, 3]);
  });
});
