import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderText } from "../../src/report/text.js";
import { type CliResult, createScene, runCli } from "../support/scene.js";
import { watch } from "../support/secrets/watch.js";

const ROOT = join(import.meta.dirname, "../..");

/** The demo as a process, its output so far, and a wait for some text in it. */
function startDemo(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): {
  child: ChildProcess;
  until: (text: string) => Promise<string>;
  ended: Promise<number | null>;
} {
  const child = spawn(process.execPath, [join(ROOT, "dist/main.js"), "demo", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
  let out = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  // The exports are what a kept demo is asked for.
  child.on("exit", () => watch("output of pgaccord demo", out.replace(/^export .*/gm, "")));
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  const until = async (text: string): Promise<string> => {
    for (let i = 0; i < 600 && !out.includes(text); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    return out;
  };
  return { child, until, ended };
}

interface Kept {
  readonly out: string;
  readonly env: Readonly<Record<string, string>>;
  readonly address: string;
}

/** What the second terminal has after the paste. */
function keptIn(out: string): Kept {
  const env = Object.fromEntries([...out.matchAll(/^export (\w+)=(.*)$/gm)].map((m) => [m[1] ?? "", m[2] ?? ""]));
  return { out, env, address: /--address (demo=\S+)/.exec(out)?.[1] ?? "" };
}

/** The folder of a world's PostgreSQL, from what the demo says of it. */
const folderIn = (out: string): string => /export PGSSLROOTCERT=(.*)\/ca\.pem/.exec(out)?.[1] ?? "";
const vanishes = async (folder: string): Promise<boolean> => {
  for (let i = 0; i < 100 && existsSync(folder); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  return !existsSync(folder);
};

describe("pgaccord demo", () => {
  it("shows plan, apply and an empty plan, and logs in as each user", async () => {
    // What belongs to another AWS does not count in the demo's.
    const { code, out, err } = await runCli(["demo"], ROOT, { AWS_PROFILE: "nobody", AWS_SESSION_TOKEN: "foreign", PGPASSWORD: "foreign" });
    expect(code).toBe(0);
    expect(err).toMatch(/^✓ prepare AWS account management: 4 steps$/m);
    expect(out).toContain("Plan: 16 to create; 44 rights gained, 0 lost.");
    expect(out).toContain("No changes: the servers match the file.");
    expect(out).toMatch(/^ +pgmonitor +demo +pam +\d/m);
    expect(out).toMatch(/^ +oltp_ro_user +demo +PAM refused it/m);
    expect(out).toMatch(/arn:aws:iam::444455556666:role\/pg-mgmt-role +444455556666 \(management\) +yes/);
    expect(out.match(/^ {2}quiet .*$/gm)).toEqual([
      '  quiet    user "oltp_audit_user" on cluster demo',
      '  quiet    membership of "oltp_audit_user" in "oltp_ro_role" on cluster demo',
    ]);
    expect(out).toMatch(/oltp_audit_user: \{ login: iam, member_of: \[oltp_ro_role\], expires: \d{4}-\d\d-\d\d \}/);
    expect(out.match(/^[✓✗] \w+ (logs|reads|insert|sees) .*$/gm)).toEqual([
      "✓ oltp_ro_user logs in: from an instance with pgdemo-db-report-profile, by IAM role pgdemo-oltp-ro-role",
      "✓ oltp_ro_user reads pgdemo.products: yes",
      "✓ oltp_ro_user insert into pgdemo.products values (6,'Nokia',600): permission denied for table products",
      "✓ oltp_rw_user logs in: from an instance with pgdemo-db-access-profile, by IAM role pgdemo-oltp-rw-role",
      "✓ oltp_rw_user reads pgdemo.products: yes",
      "✓ oltp_rw_user insert into pgdemo.products values (6,'Nokia',600): yes",
      "✓ pgmonitor logs in: from an instance with pgmonitor-access-profile, by IAM role pg-mgmt-role of account 444455556666, then pg-monitor-role of account 111122223333",
      "✓ pgmonitor sees the queries of others in pg_stat_activity: yes",
      "✓ pgmonitor reads pgdemo.products: permission denied for schema pgdemo",
      "✓ pgmonitor logs in: from an instance with pgmonitor-access-profile, by IAM role pg-mgmt-role of account 444455556666, then pg-monitor-role of account 111122223333",
      "✓ pgmonitor sees the queries of others in pg_stat_activity: yes",
      "✓ pgmonitor reads pgdemo.products: permission denied for schema pgdemo",
    ]);
    // The same by our own command from each instance, and that its IAM role reaches nothing else.
    expect(out.match(/^[✓✗] pg\S+ (logs in as|does not come in|is kept out) .*$/gm)).toEqual([
      "✓ pgdemo-oltp-ro-role logs in as oltp_ro_user to demo",
      "✓ pgdemo-oltp-ro-role does not come in as oltp_rw_user to demo",
      "✓ pgdemo-oltp-rw-role logs in as oltp_rw_user to demo",
      "✓ pgdemo-oltp-rw-role does not come in as oltp_ro_user to demo",
      "✓ pg-monitor-role logs in as pgmonitor to demo",
      "✓ pg-monitor-role does not come in as oltp_ro_user to demo",
    ]);
    // One half of the way through two accounts is none.
    expect(out).toMatch(/^✓ pgmonitor does not log in: .* is not authorized to perform: sts:AssumeRole on resource: \S+pg-monitor-role$/m);
  });

  describe("--keep", () => {
    let demo: ReturnType<typeof startDemo>;
    let kept: Kept;
    const cli = (...args: readonly string[]): Promise<CliResult> => runCli(args, ROOT, kept.env);
    beforeAll(async () => {
      demo = startDemo(["--keep"]);
      kept = keptIn(await demo.until("demo break 3"));
    });
    afterAll(() => void demo.child.kill("SIGKILL"));

    it("prints what to paste, and commands that then work", async () => {
      expect(kept.out).toContain("\nunset AWS_PROFILE AWS_SESSION_TOKEN PGPASSWORD PGOPTIONS PGSERVICE\nexport ");
      const commands = [...kept.out.matchAll(/^npx pgaccord (.*)$/gm)].map((m) => m[1] ?? "");
      expect(commands.map((c) => c.replace(/ --address \S+/, ""))).toEqual([
        "plan",
        "plan --format sql",
        "apply",
        'demo sql oltp_rw_user "SELECT * FROM pgdemo.products"',
      ]);
      const sql = await cli(...(commands[1]?.split(" ") ?? []));
      expect(sql).toMatchObject({ code: 0, out: expect.stringContaining("-- No changes.\n"), err: "" });
      // Columns of one name are two, and values look as the server writes them.
      const same = await cli("demo", "sql", "oltp_rw_user", "SELECT 1 AS a, 2 AS a, ARRAY[1, 2] AS list, true AS b");
      expect(same.out).toBe("a | a | list  | b\n1 | 2 | {1,2} | t\n(1 row)\n");
      const rows = await cli("demo", "sql", "oltp_rw_user", "SELECT * FROM pgdemo.products");
      expect(rows).toMatchObject({
        code: 0,
        out: expect.stringMatching(/^id \| name {5}\| price\n1 {2}\| Apple[\s\S]*6 {2}\| Nokia {4}\| 600\n\(6 rows\)\n$/),
      });
      const refused = await cli("demo", "sql", "oltp_ro_user", "insert into pgdemo.products values (7,'x',1)");
      expect(refused).toEqual({ code: 1, out: "", err: "oltp_ro_user: permission denied for table products\n" });
      const npx = await promisify(execFile)("npx", ["--no", "pgaccord", "--version"], { cwd: ROOT });
      expect(npx.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    });

    it("prints psql lines for the owner, the admin and the users, each with a fresh token", async () => {
      const lines = [...kept.out.matchAll(/^PGPASSWORD="\$\(npx pgaccord (demo token \w+)\)" psql "(.*)"$/gm)];
      const who = lines.map(async ([, token = "", url = ""]) => {
        const { out } = await cli(...token.split(" "));
        const client = new pg.Client({ connectionString: url.replace("@", `:${encodeURIComponent(out.trim())}@`) });
        await client.connect();
        const { rows } = await client.query("SELECT current_user AS is, session_user AS login, count(*)::int AS n FROM pgdemo.products");
        await client.end();
        return rows[0];
      });
      expect(await Promise.all(who)).toEqual([
        { is: "app_owner", login: "access_admin", n: 6 },
        { is: "access_admin", login: "access_admin", n: 6 },
        { is: "oltp_rw_user", login: "oltp_rw_user", n: 6 },
        { is: "oltp_ro_user", login: "oltp_ro_user", n: 6 },
      ]);
    });

    it.runIf(process.env["PGACCORD_MATRIX"])(
      "names three things to break: the plan says what it foretold, apply repairs it, the plan is empty",
      async () => {
        const scene = createScene({ env: kept.env, address: kept.address });
        copyFileSync(join(ROOT, "access.yaml"), scene.file);
        const foretold = [...kept.out.matchAll(/npx pgaccord (demo break \d)\n {3}The plan then says: (.*)$/gm)];
        expect(foretold).toHaveLength(3);
        for (const [, command = "", line] of foretold) {
          expect(await cli(...command.split(" "))).toMatchObject({ code: 0, err: "" });
          if (command.endsWith("3"))
            expect((await cli("demo", "sql", "oltp_rw_user", "SELECT 1")).err).toContain("not authorized to perform: rds-db:connect");
          expect(renderText(await scene.plan(), { color: false, verbose: false })).toContain(`\n  ${line} (`);
          expect((await scene.apply()).status).toBe("applied");
          expect((await scene.plan()).changes).toEqual([]);
        }
        scene.remove();
      },
    );

    it("says what is missing where no demo is, or has no such user or number", async () => {
      const without = await runCli(["demo", "token", "access_admin"], ROOT, { PGACCORD_DEMO: "" });
      expect(without.err).toMatch(
        /^error: No demo is at hand: PGACCORD_DEMO is not set. \[demo-not-there\]\n {4}Run `npx pgaccord demo --keep`, /,
      );
      expect((await cli("demo", "token", "joe")).err).toContain(
        "joe has no door in the demo. [demo-not-there]\n    These have: access_admin, oltp_ro_user, ",
      );
      expect((await cli("demo", "break", "4")).err).toContain("There is no 4 to break. [demo-not-there]\n    It is 1, 2 or 3.");
    });

    it("ends by Ctrl-C and leaves nothing behind", async () => {
      const folder = folderIn(kept.out);
      expect(existsSync(folder)).toBe(true);
      demo.child.kill("SIGINT");
      expect(await demo.ended).toBe(0);
      expect(await vanishes(folder)).toBe(true);
      const after = await cli("demo", "token", "access_admin");
      expect(after.err).toContain("The demo does not answer. [demo-not-there]\n    Run `npx pgaccord demo --keep`");
    });
  });

  it.each([
    ["killed while it shows", "as RDS cluster demo-aurora", "SIGKILL", null],
    ["interrupted while it starts", "Starting PostgreSQL", "SIGINT", 130],
  ] as const)("%s, it leaves nothing behind", async (_, said, signal, code) => {
    // Of its own: other tests make such folders at the same time. The server's user removes them.
    const TMPDIR = mkdtempSync(join(tmpdir(), "pgaccord-scene-"));
    chmodSync(TMPDIR, 0o1777);
    const demo = startDemo([], { TMPDIR });
    await demo.until(said);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(readdirSync(TMPDIR).length).toBeGreaterThan(0);
    demo.child.kill(signal);
    expect(await demo.ended).toBe(code);
    for (const name of readdirSync(TMPDIR)) expect(await vanishes(join(TMPDIR, name))).toBe(true);
    rmSync(TMPDIR, { recursive: true });
  });
});
