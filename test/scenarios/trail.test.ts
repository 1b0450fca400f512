import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalAws, startAws } from "../../src/sandbox/local-aws.js";
import { createScene, type Scene } from "../support/scene.js";
import { startTrailFront, type TrailFront } from "../support/trail-front.js";
import { callerRecord, DB, instanceRecord, MANAGEMENT, MGMT, MONITOR, ownerRecord } from "../support/trail-records.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
const HOUR = 3_600_000;
const ago = (hours: number): string => `${new Date(Date.now() - hours * HOUR).toISOString().slice(0, 19)}Z`;
const ATHENA = "\nevidence: { cloudtrail: { athena: { account: db, table: default.cloudtrail_logs } } }\n";

/** The security team's tools come from an account of their own. */
describe("trail", () => {
  let aws: LocalAws;
  let front: TrailFront;
  let scene: Scene;
  let mgmtId = "";

  const create = async (account: string, name: string): Promise<string> => {
    const iam = new IAMClient({ endpoint: aws.endpoint, region: "us-east-2", credentials: await aws.rootOf(account) });
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}' }),
    );
    iam.destroy();
    return Role?.RoleId ?? "";
  };

  beforeAll(async () => {
    aws = await startAws();
    mgmtId = await create(MANAGEMENT, "pg-mgmt-role");
    await create(MANAGEMENT, "pgaccord-plan");
    await create(DB, "pg-monitor-role");
    front = await startTrailFront({ upstream: aws.endpoint, keys: new Map([[aws.env["AWS_ACCESS_KEY_ID"] ?? "", DB]]) });
    scene = createScene({ env: { ...aws.env, AWS_ENDPOINT_URL: front.endpoint } });
    scene.write(ACCESS);
    const mgmt = { id: mgmtId, account: MANAGEMENT };
    front.seed(MANAGEMENT, "us-east-2", instanceRecord({ at: ago(30), id: "i1", role: MGMT, session: "i-0123" }));
    for (const [hours, id] of [
      [29, "a1"],
      [5, "a2"],
    ] as const) {
      front.seed(DB, "us-east-2", ownerRecord({ at: ago(hours), id }, mgmt));
      front.seed(MANAGEMENT, "us-east-2", callerRecord({ at: ago(hours), id }, { ...mgmt, arn: MGMT }));
    }
    front.seed(
      DB,
      "us-east-1",
      ownerRecord({ at: ago(3), id: "x", session: "=cmd" }, { id: "AROAGONEGONEGONEGONE", account: "999988887777" }),
    );
    front.seed(DB, "us-east-2", { ...ownerRecord({ at: ago(1), id: "refused" }, mgmt), errorCode: "AccessDenied" });
    front.lastUsed("pg-monitor-role", ago(5), "us-east-2");
  });
  afterAll(async () => {
    scene?.remove();
    await front?.stop();
    await aws?.stop();
  });

  it("finds both accounts that came to the monitoring user's door, resolves who it was, and says whom the file does not name", async () => {
    const { code, out, err } = await scene.cli("trail", "--format", "json", "--role", "pg-monitor-role", "--role", "pg-mgmt-role");
    expect([code, err]).toEqual([0, ""]);
    const { assumed, notSeen, lastUsed, coverage } = JSON.parse(out);
    const short = assumed.map((one: Record<string, unknown>) => [
      one["role"],
      one["account"],
      one["caller"],
      one["declared"],
      one["count"],
    ]);
    expect(short).toEqual([
      ["pg-mgmt-role", null, "ec2.amazonaws.com", true, 1],
      ["pg-monitor-role", "999988887777", "AROAGONEGONEGONEGONE", false, 1],
      ["pg-monitor-role", MANAGEMENT, MGMT, true, 2],
    ]);
    expect(notSeen).toEqual([]);
    expect(lastUsed).toMatchObject([{ role: "pg-monitor-role" }]);
    expect(new Set(coverage.map(({ region }: { region: string }) => region))).toEqual(new Set(["us-east-1", "us-east-2"]));
    expect(out).not.toContain("10.0.0.7");
  });

  it("says it in words, addresses where they are asked for, and which login of a log likely came that way", async () => {
    const at = `${new Date(Date.now() - 5 * HOUR + 120_000).toISOString().slice(0, 19).replace("T", " ")} UTC`;
    const line = (text: string): string => `${at}:10.0.0.7(56368):pgmonitor@demo:[77]:LOG:  ${text}\n`;
    const ended = "disconnection: session time: 0:00:01.000 user=pgmonitor database=demo host=10.0.0.7 port=56368";
    const received = `${at}:10.0.0.7(56368):[unknown]@[unknown]:[77]:LOG:  connection received: host=10.0.0.7 port=56368\n`;
    const log = received + line("connection authorized: user=pgmonitor database=demo application_name=psql") + line(ended);
    writeFileSync(join(scene.file, "../postgresql.log"), log);
    const { code, out } = await scene.cli("trail", "--role", "pg-monitor-role", "--ips", "--log", "postgresql.log");
    expect(code).toBe(0);
    expect(out).toContain(`${MGMT}  ${MANAGEMENT} (management)  yes`);
    expect(out).toContain("AROAGONEGONEGONEGONE, deleted?");
    expect(out).toContain("IAM says that it was last used");
    expect(out).toContain("1 of them not in the file");
    expect(out).toContain("refused are not logged in the account of the IAM role");
    expect(out).toContain("Likely the same, by address and hour:");
    expect(out).toMatch(/role\/pg-mgmt-role took pg-monitor-role at .*, and pgmonitor logged in to demo at .*, both from 10\.0\.0\.7/);
  });

  it.runIf(process.env["PGACCORD_MATRIX"])("writes a table for a spreadsheet, and the table of Athena", async () => {
    const csv = await scene.cli("trail", "--role", "pg-monitor-role", "--format", "csv");
    expect(csv.out).toContain(",'=cmd\n");
    const ddl = await scene.cli("trail", "--print-ddl");
    expect(ddl.out).toContain("'projection.account.values' = '111122223333,444455556666'");
  });

  it("asks the table of the trail, and says how much Athena read", async () => {
    const rows = [ROW_HEAD, row({ day: "2026/11/20", callerid: mgmtId, calleraccount: MANAGEMENT, records: "7" })];
    await seedAthena(rows);
    scene.write(ACCESS + ATHENA);
    const { code, out, err } = await scene.cli("trail", "--format", "json", "--role", "pg-monitor-role", "--since", "2026-11-19");
    expect([code, err]).toEqual([0, ""]);
    const { assumed, coverage, bytesScanned } = JSON.parse(out);
    expect(assumed).toMatchObject([{ role: "pg-monitor-role", caller: MGMT, account: MANAGEMENT, declared: true, count: 7 }]);
    expect(coverage[0].seen).toEqual([{ from: "2026-11-20T00:00:00.000Z", to: "2026-11-21T00:00:00.000Z" }]);
    expect(bytesScanned).toEqual(expect.any(Number));
    scene.write(ACCESS);
  });

  it("names the call and the permission that it lacks, and shows what it could read", async () => {
    scene.write(ACCESS);
    front.deny(DB, "LookupEvents");
    const { code, out, err } = await scene.cli("trail");
    expect(code).toBe(1);
    expect(err).toContain("may not cloudtrail:LookupEvents in account db");
    expect(out).toContain("ec2.amazonaws.com");
    expect(out).toContain("It could not be read who took it.");
    expect(out).not.toContain("IAM role pg-monitor-role (account db)\n  Nobody");
    expect(out).toContain("not read");
  });

  const seedAthena = async (rows: readonly object[]): Promise<void> => {
    const body = { account_id: DB, region: "us-east-2", results: [{ rows, column_info: [] }] };
    const answer = await fetch(`${aws.endpoint}/moto-api/static/athena/query-results`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
  };

  it.runIf(process.env["PGACCORD_MATRIX"])("of review: what the access advisor says proves use, where it is asked", async () => {
    await create(DB, "pgdemo-oltp-ro-role");
    front.advise("arn:aws:iam::111122223333:role/pgdemo-oltp-ro-role", { "rds-db": ago(7) });
    const folder = mkdtempSync(join(tmpdir(), "pgaccord-evidence-"));
    const verdictOf = async (...more: readonly string[]): Promise<unknown> => {
      const { out } = await scene.cli("review", "--since", "30d", "--no-activity", "--evidence", folder, "--format", "json", ...more);
      const { verdicts } = JSON.parse(out) as { verdicts: { key: string; verdict: string; sources: string[] }[] };
      const { verdict, sources } = verdicts.find(({ key }) => key === "iam-role/pgdemo-oltp-ro-role") ?? {};
      return [verdict, sources];
    };
    expect(await verdictOf("--advisor")).toEqual(["used", ["access-advisor"]]);
    expect(await verdictOf("--no-trail")).toEqual(["unknown", []]);
    rmSync(folder, { recursive: true });
  });
});

const COLUMNS = (
  "account region day eventname role type callerid callerarn calleraccount issuerarn service provider subject asserter " +
  "records first last sessions sourceidentities addresses"
).split(" ");
const ROW_HEAD = { Data: COLUMNS.map((VarCharValue) => ({ VarCharValue })) };
const row = (more: Readonly<Record<string, string>>): object => {
  const all: Readonly<Record<string, string>> = {
    account: DB,
    region: "us-east-2",
    eventname: "AssumeRole",
    role: MONITOR,
    type: "AWSAccount",
    first: "2026-11-20T10:00:00Z",
    last: "2026-11-20T12:00:00Z",
    sessions: "pgmonitor",
    ...more,
  };
  return { Data: COLUMNS.map((name) => (all[name] === undefined ? {} : { VarCharValue: all[name] })) };
};
