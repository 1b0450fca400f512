import { describe, expect, it } from "vitest";
import { asEvents, createLog, type LogFormat, levelOf } from "../../../src/cli/log.js";
import { passwordsOf } from "../../../src/cli/log-mask.js";
import { LOG_LEVELS, type LogFields, type LogLevel } from "../../../src/model/log.js";
import { shownStatement } from "../../../src/postgres/statement-log.js";

const now = (): Date => new Date("2026-12-01T12:00:00Z");
type Env = Readonly<Record<string, string | undefined>>;

/** What a log of this setting writes of one event. */
function written(fields: LogFields, { level = "debug", format = "json", env = {}, of = "debug", hide = [] }: Setting = {}): string {
  let text = "";
  const log = createLog({
    level,
    format,
    env,
    now,
    write: (line) => {
      text += line;
    },
  });
  log.hiding(hide).write(of, "sql", () => fields);
  return text;
}
interface Setting {
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  readonly env?: Env;
  readonly of?: LogLevel;
  readonly hide?: readonly string[];
}

describe("a log", () => {
  it("shows its level and those above, and makes no fields for the others", () => {
    const shown = (level: LogLevel): string[] => LOG_LEVELS.filter((of) => written({}, { level, of }) !== "");
    expect(LOG_LEVELS.map(shown)).toEqual([["error"], ["error", "warn"], ["error", "warn", "info"], ["error", "warn", "info", "debug"]]);
    const log = createLog({ level: "info", format: "json", env: {}, now, write: () => undefined });
    log.write("debug", "sql", () => {
      throw new Error("made");
    });
  });

  it("is one JSON object per line, with time, level and event first", () => {
    const line = written({ cluster: "main", ms: 1.5, rows: undefined, error: null, statement: 'a\n"b"' });
    expect(line).toBe(
      `{"time":"2026-12-01T12:00:00.000Z","level":"debug","event":"sql","cluster":"main","ms":1.5,"statement":"a\\n\\"b\\""}\n`,
    );
  });

  it("or a line of words, in which nothing ends the line or acts on a terminal", () => {
    const line = written({ cluster: "main", statement: "a\u001b[31m\u202Eb\nc \u{E0041}" }, { format: "text" });
    expect(line).toBe('2026-12-01T12:00:00.000Z DEBUG sql cluster=main statement="a\\u001b[31m\\u202eb\\nc \\udb40\\udc41"\n');
  });

  it("has the level of its flag; else of a debugging runner in GitHub; else warnings", () => {
    const debugging = { RUNNER_DEBUG: "1" };
    expect([
      levelOf({}, {}, true),
      levelOf({}, debugging, true),
      levelOf({}, debugging, false),
      levelOf({ logLevel: "error" }, debugging, true),
    ]).toEqual(["warn", "debug", "warn", "error"]);
  });

  it("makes lines of what else goes to standard error, when that is to be JSON", () => {
    let text = "";
    const setup = {
      level: "error",
      format: "json",
      env: { API_TOKEN: "tok-12345678" },
      now,
      write: (line: string) => {
        text += line;
      },
    } as const;
    asEvents(setup)("\u001b[31mError: a\u001b[39m\n\n  hint tok-12345678\n");
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { time: now().toISOString(), level: "info", event: "message", message: "Error: a" },
      { time: now().toISOString(), level: "info", event: "message", message: "  hint ***" },
    ]);
  });
});

it("hides what stands in the variables that the file names, whatever they are called", () => {
  const named = (env: string) => ({ auth: { type: "password", env } }) as const;
  const clusters = new Map([
    ["a", { admin: named("MAIN"), reader: named("READER") }],
    ["b", { admin: { auth: { type: "none" } as const }, reader: null }],
  ]);
  expect(passwordsOf({ clusters }, { MAIN: "p4ssw0rd", READER: "r", OTHER: "x" })).toEqual(["p4ssw0rd", "r"]);
  expect(passwordsOf({ clusters }, {})).toEqual([]);
});

/** One of each kind: what a mistake of ours might hand to the log one day. */
const SECRETS = {
  password: "p4ssw0rd/with+odd=letters",
  token: "ghs_0123456789abcdefghijABCDEFGHIJ012345",
  "fine-grained token": "github_pat_11ABCDEFG0_abcdefghijklmnop",
  "AWS key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "session token": "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz",
  verifier: "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$c3RvcmVkS2V5:c2VydmVyS2V5",
  "old verifier": "md5d8578edf8458ce06fbc5bb76a58c5ca4",
  "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123",
  "private key": "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----",
} as const;
const ENV: Env = {
  GITHUB_TOKEN: SECRETS.token,
  AWS_SECRET_ACCESS_KEY: SECRETS["AWS key"],
  AWS_SESSION_TOKEN: SECRETS["session token"],
};

describe("the last net", () => {
  const lines = (text: string): string =>
    (["json", "text"] as const)
      .map((format) => written({ statement: text, deep: `x ${text} y` }, { format, env: ENV, hide: [SECRETS.password] }))
      .join("");

  it.each(Object.entries(SECRETS))("keeps a %s out of every line, as it is and in a URL", (_, secret) => {
    const all = lines(secret) + lines(`https://example/?x=${encodeURIComponent(secret)}`);
    expect(all).toContain("***");
    expect(all).not.toContain(secret);
    expect(all).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(all).not.toContain(encodeURIComponent(secret));
    expect(all).not.toContain("MIIEow");
  });

  it.each([
    ["a header", "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/x, Signature=deadbeef", "deadbeef"],
    ["a header in JSON", '{"authorization":"token abcdef"}', "abcdef"],
    [
      "a login token of RDS",
      "db:5432/?Action=connect&DBUser=u&X-Amz-Security-Token=se%2Fcret&X-Amz-Signature=deadbeef&X-Amz-Expires=900",
      "deadbeef",
    ],
    ["a signed URL's session", "https://s3/x?X-Amz-Security-Token=se%2Fcret&y=1", "se%2Fcret"],
    ["a connection's URL", "postgresql://user:hunter2@db:5432/x", "hunter2"],
  ])("keeps the secret part of %s out", (_, text, secret) => {
    expect(lines(text)).not.toContain(secret);
  });

  it("leaves names and words alone", () => {
    const text = written({ statement: "GRANT SELECT ON TABLE s.t TO token_reader" }, { env: { TOKEN: "t", USE_TOKENS: "true" } });
    expect(text).toContain("GRANT SELECT ON TABLE s.t TO token_reader");
    expect(written({ statement: "abc" }, { hide: ["b", "abc"] })).toContain('"abc"');
  });
});

describe("a statement in the log", () => {
  it.each([
    [`ALTER ROLE "x" PASSWORD 'SCRAM-SHA-256$4096:abc$d:e'`, 'ALTER ROLE "x" PASSWORD …'],
    ["CREATE ROLE x LOGIN ENCRYPTED PASSWORD E'a\\'b' VALID UNTIL 'x'", "CREATE ROLE x LOGIN ENCRYPTED PASSWORD …"],
    ["alter role x password $$y$$", "alter role x PASSWORD …"],
    ["ALTER ROLE x PASSWORD\n  U&'z'", "ALTER ROLE x PASSWORD …"],
    ["ALTER ROLE x PASSWORD NULL", "ALTER ROLE x PASSWORD NULL"],
    ["SELECT 1\n  FROM  pg_class", "SELECT 1 FROM pg_class"],
    ['GRANT SELECT ON TABLE "password" TO "x"', 'GRANT SELECT ON TABLE "password" TO "x"'],
  ])("%j stands there as %j", (sql, shown) => {
    expect(shownStatement(sql)).toBe(shown);
  });

  it("of 500 objects is cut", () => {
    expect(shownStatement("x".repeat(5000))).toBe(`${"x".repeat(2000)} … (5000 characters)`);
  });
});
