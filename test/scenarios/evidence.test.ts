import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
  PutRetentionPolicyCommand,
} from "@aws-sdk/client-cloudwatch-logs";
import { CreateDBClusterCommand, CreateDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAws } from "../../src/aws/client.js";
import { readLogSettings } from "../../src/aws/log-settings.js";
import { load } from "../../src/index.js";
import { NO_LOG } from "../../src/model/log.js";
import { type LocalAws, startAws } from "../../src/sandbox/local-aws.js";
import { startPostgres } from "../../src/sandbox/local-postgres.js";
import { readEvidenceFolder } from "../../src/store/read-evidence.js";
import { createLogHost, type LogHost, type LogProxy, startLogProxy } from "../support/log-host.js";
import { usualMajor } from "../support/majors.js";
import { createScene, runCli, type Scene } from "../support/scene.js";

const MATRIX = Boolean(process.env["PGACCORD_MATRIX"]);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FILE = `
version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
`;

/** What a real server writes of one login and of one that it refuses, with RDS's prefix; and the moment that stands in it. */
async function realLines(major: (typeof usualMajor)[number]): Promise<string> {
  const server = await startPostgres({
    major,
    settings: { log_connections: "on", log_line_prefix: "%t:%r:%u@%d:[%p]:", log_timezone: "UTC" },
    hba: ["host all alice 127.0.0.1/32 scram-sha-256"],
  });
  try {
    await server.sql("CREATE ROLE alice LOGIN PASSWORD 'alice-secret'");
    for (const password of ["alice-secret", "wrong"]) {
      const client = new pg.Client({ host: "127.0.0.1", port: server.port, user: "alice", database: "postgres", password });
      await client.connect().then(
        () => client.end(),
        () => undefined,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    return server
      .log()
      .split("\n")
      .filter((line) => /alice|\[unknown\]/.test(line))
      .join("\n");
  } finally {
    await server.stop();
  }
}

/** The lines as they would stand in a log at that moment. */
const at = (lines: string, moment: number): string =>
  `${lines.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/gm, new Date(moment).toISOString().slice(0, 19).replace("T", " "))}\n`;

const hourFile = (moment: number): string => `error/postgresql.log.${new Date(moment).toISOString().slice(0, 13).replace("T", "-")}`;

describe.each(usualMajor)("evidence of an RDS cluster, PostgreSQL %i", (major) => {
  let lines: string;
  let aws: LocalAws;
  let proxy: LogProxy;
  let host: LogHost;
  let scene: Scene;
  let folder: string;
  let clients: { endpoint: string; region: string; credentials: Awaited<ReturnType<LocalAws["rootOf"]>> };
  const now = Date.now();
  const midnight = Math.floor(now / DAY) * DAY;

  /** A pair of logins, one of them refused, every half an hour from that moment until now. */
  const fill = (instance: string, from: number): void => {
    for (let start = Math.floor(from / HOUR) * HOUR; start <= now; start += HOUR) {
      const moments = [start, start + HOUR / 2].filter((one) => one >= from && one <= now);
      if (moments.length > 0)
        host.put(instance, hourFile(start), moments.map((one) => at(lines, one)).join(""), Math.min(now, start + HOUR - 1));
    }
  };

  beforeAll(async () => {
    [lines, aws] = await Promise.all([realLines(major), startAws({ accountId: "111122223333", region: "us-east-2" })]);
    host = createLogHost();
    proxy = await startLogProxy(aws.endpoint, host);
    clients = { endpoint: proxy.endpoint, region: "us-east-2", credentials: await aws.rootOf("111122223333") };
    const rds = new RDSClient(clients);
    const cluster = { DBClusterIdentifier: "demo-aurora", Engine: "aurora-postgresql" };
    await rds.send(new CreateDBClusterCommand({ ...cluster, MasterUsername: "postgres", MasterUserPassword: "irrelevant-here" }));
    for (const DBInstanceIdentifier of ["demo-1", "demo-2"])
      await rds.send(new CreateDBInstanceCommand({ ...cluster, DBInstanceIdentifier, DBInstanceClass: "db.r6g.large" }));
    scene = createScene({ env: { ...aws.env, AWS_ENDPOINT_URL: proxy.endpoint } });
    scene.write(FILE);
  }, 60_000);
  afterAll(async () => {
    scene?.remove();
    await proxy?.stop();
    await aws?.stop();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pgaccord-evidence-"));
    host.files.clear();
    proxy.deny.clear();
    proxy.exports.clear();
    proxy.created.set("demo-1", 0).set("demo-2", 0);
    return () => rmSync(folder, { recursive: true, force: true });
  });

  const filesIn = (): string[] =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".json"))
      .sort();
  const collect = (...more: readonly string[]) =>
    runCli(["evidence", "collect", "-f", "access.yaml", "--to", folder, ...more], dirname(scene.file), {
      ...aws.env,
      AWS_ENDPOINT_URL: proxy.endpoint,
    });

  it("is collected from every instance, twice the same bytes, and a day that grows is one file", async () => {
    fill("demo-1", midnight - DAY - HOUR);
    // Before it was there nobody came in through it.
    proxy.created.set("demo-2", midnight - HOUR / 2);
    fill("demo-2", midnight - HOUR / 2);
    const first = await collect("--since", "1d", "--format", "json");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.out).parts.map((one: { part: string; whole: number }) => [one.part, one.whole])).toEqual([
      ["demo-1", 1],
      ["demo-2", 1],
    ]);
    const files = filesIn();
    expect(files.every((name) => /^demo\/demo-[12]\/\d{4}-\d\d-\d\d\.[0-9a-f]{12}\.json$/.test(name))).toBe(true);
    expect((await collect("--since", "1d")).out).toContain("Nothing is new");
    expect(filesIn()).toEqual(files);
    const { evidence } = await readEvidenceFolder(folder, midnight - DAY);
    const yesterday = evidence.logins.filter(({ first: moment }) => moment < midnight && moment >= midnight - DAY);
    expect(yesterday.map(({ user, outcome, method, reason, count }) => [user, outcome, method, reason, count])).toContainEqual([
      "alice",
      "ok",
      major >= 14 ? "scram-sha-256" : null,
      null,
      48,
    ]);
    expect(yesterday.find(({ outcome }) => outcome === "failed")).toMatchObject({ user: "alice", reason: "password", count: 48 });
    expect(evidence.coverage.map(({ part }) => part)).toEqual(["demo-1", "demo-2"]);
    expect(readFileSync(join(folder, files[0] ?? ""), "utf8")).not.toMatch(/127\.0\.0\.1|secret/);
  });

  it.skipIf(!MATRIX)("names an instance that cannot be read, keeps the others, and exits 4", async () => {
    fill("demo-1", midnight - HOUR);
    const { code, out, err } = await collect("--since", "1d");
    expect(code).toBe(4);
    expect(err).toContain("rds:DescribeDBLogFiles");
    expect(out).toMatch(/demo-2: .*nothing seen/);
    const { evidence } = await readEvidenceFolder(folder, 0);
    expect(evidence.coverage.find(({ part }) => part === "demo-2")).toMatchObject({ seen: [] });
  });

  it("says which permission is missing, and that nothing is known", async () => {
    fill("demo-1", midnight - HOUR);
    proxy.deny.add("DescribeDBLogFiles");
    const { code, err } = await collect();
    expect(code).toBe(1);
    expect(err).toContain("may not rds:DescribeDBLogFiles in account db");
    expect(err).toContain("aws-access-denied");
  });

  it.skipIf(!MATRIX)("a file that is rotated away under the reader is a gap, and only that", async () => {
    fill("demo-1", midnight - HOUR);
    fill("demo-2", midnight - HOUR);
    const lost = hourFile(midnight);
    host.beforePortion = (instance, name) => void (instance === "demo-1" && name === lost && host.files.get(instance)?.delete(name));
    const { err, out } = await collect("--since", "1d");
    host.beforePortion = () => undefined;
    expect(err).toBe("");
    expect(out).toContain(`${lost} of demo-1: it was rotated away while it was read`);
    const { evidence } = await readEvidenceFolder(folder, midnight);
    const [one, two] = evidence.coverage;
    expect(one?.seen.some(({ from, to }) => from < midnight + HOUR / 2 && to > midnight)).toBe(false);
    expect(two?.seen[0]?.from).toBe(midnight);
  });

  it.skipIf(!MATRIX)("comes from CloudWatch where the log is exported, through empty pages, also of an instance that is gone", async () => {
    const group = "/aws/rds/cluster/demo-aurora/postgresql";
    const logs = new CloudWatchLogsClient(clients);
    await logs.send(new CreateLogGroupCommand({ logGroupName: group }));
    for (const logStreamName of ["demo-1.0", "demo-2", "demo-old.0"]) {
      await logs.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName }));
      const moments = Array.from({ length: 30 }, (_, i) => now - (30 - i) * (HOUR / 2)).filter(
        (one) => logStreamName !== "demo-old.0" || one < now - 6 * HOUR,
      );
      const events = moments.flatMap((moment) =>
        [
          ...at(lines, moment).trimEnd().split("\n"),
          `${at("2026-11-25 10:00:00 UTC::@:[1]:LOG:  checkpoint starting: time", moment).trimEnd()}`,
        ].map((message) => ({ message, timestamp: moment + 1_500 })),
      );
      await logs.send(new PutLogEventsCommand({ logGroupName: group, logStreamName, logEvents: events }));
    }
    proxy.exports.set("demo-aurora", ["postgresql"]);
    proxy.calls.length = 0;
    const { code, err, out } = await collect("--since", "1d", "--format", "json");
    expect(err).toBe("");
    expect(code).toBe(0);
    const parts = JSON.parse(out).parts as { part: string; logins: number }[];
    expect(parts.map(({ part, logins }) => [part, logins])).toEqual([
      ["demo-1", 60],
      ["demo-2", 60],
      ["demo-old", 36],
    ]);
    expect(proxy.calls).not.toContain("DownloadDBLogFilePortion");
    const { evidence } = await readEvidenceFolder(folder, midnight);
    const ends = evidence.coverage.map(({ seen }) => seen.at(-1)?.to ?? 0);
    expect(ends[2]).toBeGreaterThan(ends[0] ?? 0);
    // Whom the databases refused, and how long CloudWatch keeps what was read.
    const refused = "/aws/rds/cluster/demo-aurora/iam-db-auth-error";
    await logs.send(new CreateLogGroupCommand({ logGroupName: refused }));
    await logs.send(new CreateLogStreamCommand({ logGroupName: refused, logStreamName: "demo-1.0" }));
    const arn = "arn:aws:sts::111122223333:assumed-role/pg-monitor-role/i-0123456789abcdef0";
    const message = `${new Date(now - HOUR).toISOString().slice(0, 19)},806 [ERROR] Failed to authorize the connection request for user 'alice' because the IAM policy assumed by the caller '${arn}' is not authorized to perform \`rds-db:connect\` on the DB instance. (Status Code: 403, Error Code: NotAuthorized)`;
    await logs.send(
      new PutLogEventsCommand({ logGroupName: refused, logStreamName: "demo-1.0", logEvents: [{ message, timestamp: now - HOUR }] }),
    );
    await logs.send(new PutRetentionPolicyCommand({ logGroupName: group, retentionInDays: 30 }));
    proxy.exports.set("demo-aurora", ["postgresql", "iam-db-auth-error"]);
    expect((await collect("--since", "1d")).code).toBe(0);
    const again = await readEvidenceFolder(folder, 0);
    expect(again.evidence.refused).toMatchObject([{ cluster: "demo", principal: arn, user: "alice", reason: "NotAuthorized", count: 1 }]);
    expect(again.evidence.coverage.map(({ part }) => part)).toEqual(["demo-1", "demo-2", "demo-old"]);
    const { declared } = await load(scene.file, "access.yaml");
    const [cluster, account] = [declared?.clusters.get("demo"), declared?.accounts.get("db")];
    const own = createAws({ env: { ...aws.env, AWS_ENDPOINT_URL: proxy.endpoint }, log: NO_LOG, purpose: "plan" });
    const settingsNow = () => (cluster && account ? readLogSettings(own, cluster, account) : null);
    expect(await settingsNow()).toMatchObject({ settings: { keptDays: 30, exports: ["postgresql", "iam-db-auth-error"] }, problems: [] });
    proxy.exports.delete("demo-aurora");
    expect(await settingsNow()).toMatchObject({ settings: { keptDays: null, hostDays: 3, exports: [] }, problems: [] });
    proxy.exports.set("demo-aurora", ["postgresql"]);
    proxy.deny.add("DescribeLogGroups");
    const unknown = await settingsNow();
    expect(unknown).toMatchObject({ settings: { keptDays: null }, problems: [{ code: "aws-access-denied", severity: "warning" }] });
    expect(unknown?.problems[0]).not.toHaveProperty("needs");
    // The other way round: what cannot be read there is read on the hosts, and said.
    proxy.deny.add("DescribeLogStreams");
    fill("demo-1", midnight - HOUR);
    fill("demo-2", midnight - HOUR);
    const denied = await collect();
    expect(denied.err).toContain("may not logs:DescribeLogStreams");
    expect(denied.code).toBe(0);
  });

  it("logins reads them without keeping anything", async () => {
    fill("demo-1", now - 4 * HOUR);
    fill("demo-2", now - 4 * HOUR);
    const { code, out } = await scene.cli("logins", "--since", "3h", "--format", "json");
    expect(code).toBe(0);
    expect(JSON.parse(out).logins.filter((one: { outcome: string }) => one.outcome === "ok")).toMatchObject([{ user: "alice", count: 12 }]);
  });

  it.skipIf(!MATRIX || major !== 16)(
    "loses nothing to kills at random moments, nor to others beside it",
    async () => {
      fill("demo-1", midnight - DAY - HOUR);
      fill("demo-2", midnight - DAY - HOUR);
      expect((await collect("--since", "1d")).code).toBe(0);
      const whole = JSON.stringify((await readEvidenceFolder(folder, 0)).evidence.logins);
      rmSync(folder, { recursive: true });
      const main = join(import.meta.dirname, "../../dist/main.js");
      const env = { ...process.env, ...aws.env, AWS_ENDPOINT_URL: proxy.endpoint };
      for (let i = 0; i < 25; i++) {
        const run = () =>
          spawn(process.execPath, [main, "evidence", "collect", "-f", scene.file, "--to", folder, "--since", "1d"], {
            env,
            stdio: "ignore",
          });
        const [one, other] = [run(), run()];
        const ended = Promise.all([one, other].map((child) => new Promise((resolve) => child.on("exit", resolve))));
        await new Promise((resolve) => setTimeout(resolve, 200 + Math.random() * 900));
        one.kill("SIGKILL");
        if (i % 2 === 0) other.kill("SIGKILL");
        await ended;
        // Whatever is there is whole.
        expect((await readEvidenceFolder(folder, 0)).problems).toEqual([]);
      }
      expect((await collect("--since", "1d")).code).toBe(0);
      expect(JSON.stringify((await readEvidenceFolder(folder, 0)).evidence.logins)).toBe(whole);
    },
    120_000,
  );

  it("takes the log of any PostgreSQL from a file, and another time the rest of it", async () => {
    const log = join(folder, "postgresql.log");
    const to = join(folder, "kept");
    const whole = Array.from({ length: 10 }, (_, i) => at(lines, midnight - DAY + i * (HOUR / 2)));
    const run = (text: string, ...more: readonly string[]) => {
      writeFileSync(log, text);
      return runCli(["evidence", "collect", "--to", to, "--log", log, "--log-cluster", "reporting", ...more], folder, {});
    };
    expect(await run(whole.slice(0, 4).join(""))).toMatchObject({ code: 0, err: "" });
    const second = await run(whole.slice(4).join(""), "--format", "json");
    expect(JSON.parse(second.out).parts).toMatchObject([{ cluster: "reporting", part: null, days: 1, changed: 1, logins: 20 }]);
    const { evidence } = await readEvidenceFolder(to, 0);
    expect(evidence.logins.map(({ user, outcome, count }) => `${user} ${outcome} ${count}`).sort()).toEqual([
      "alice failed 10",
      "alice ok 10",
    ]);
    expect((await run("what is this\n")).err).toContain("[log-prefix]");
    expect((await runCli(["evidence", "collect", "--to", to, "--log", log], folder, {})).err).toContain("--log-cluster");
  });

  it.skipIf(!MATRIX)("a file that is broken is named, the others count", async () => {
    fill("demo-1", midnight - HOUR);
    fill("demo-2", midnight - HOUR);
    await collect("--since", "1d");
    const [name = ""] = filesIn();
    writeFileSync(join(folder, name), "<<<<<<< HEAD\n");
    const { code, err } = await collect("--since", "1d");
    expect(code).toBe(0);
    expect(err).toContain(`${join(folder, name)} is no evidence that can be read`);
    expect(existsSync(join(folder, name))).toBe(true);
  });
});
