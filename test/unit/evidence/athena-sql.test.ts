import { describe, expect, it } from "vitest";
import { type AthenaRow, readAthenaRows, trailQuery, trailTable } from "../../../src/evidence/athena-sql.js";
import { countAssumed } from "../../../src/evidence/count-assumed.js";
import { DB, MANAGEMENT, MGMT, MGMT_ID, MONITOR } from "../../support/trail-records.js";

const ASKED = {
  table: "audit.cloudtrail_logs",
  accounts: [DB, MANAGEMENT],
  regions: ["us-east-1", "us-east-2"],
  roles: [MONITOR],
  since: Date.parse("2026-08-26T10:00:00Z"),
  now: Date.parse("2026-11-24T10:00:00Z"),
};

describe("the query", () => {
  it("names account, Region and days, so that no other partition is read", () => {
    const sql = trailQuery(ASKED);
    expect(sql).toContain(`WHERE account IN ('${DB}', '${MANAGEMENT}')`);
    expect(sql).toContain("AND region IN ('us-east-1', 'us-east-2')");
    expect(sql).toContain(`AND "timestamp" BETWEEN '2026/08/26' AND '2026/11/24'`);
    expect(sql).toContain('FROM "audit"."cloudtrail_logs"');
  });

  it("keeps names inside their quotes, whatever they hold", () => {
    const evil = "arn:aws:iam::1:role/x') OR 1=1 --";
    const sql = trailQuery({ ...ASKED, roles: [evil], table: 'a"b.c' });
    expect(sql).toContain("IN ('arn:aws:iam::1:role/x'') OR 1=1 --')");
    expect(sql).toContain('FROM "a""b"."c"');
    expect(sql.replace(/'(?:[^']|'')*'/g, "")).not.toContain("1=1");
  });
});

const row = (more: AthenaRow): AthenaRow => ({
  account: DB,
  region: "us-east-2",
  day: "2026/11/20",
  eventname: "AssumeRole",
  role: MONITOR,
  type: "AWSAccount",
  callerid: MGMT_ID,
  calleraccount: MANAGEMENT,
  records: "3",
  first: "2026-11-20T10:00:00Z",
  last: "2026-11-20T12:00:00Z",
  sessions: "a|b",
  sourceidentities: "ann",
  ...more,
});

describe("its rows", () => {
  it("are counted in the account of the IAM role, and named by that of the caller", () => {
    const elsewhere = row({
      account: MANAGEMENT,
      type: "AssumedRole",
      issuerarn: MGMT,
      callerarn: "arn:aws:sts::444455556666:assumed-role/pg-mgmt-role/s",
    });
    const { events, names, days } = readAthenaRows([row({}), elsewhere, row({ day: "2026/11/21", last: "2026-11-21T12:00:00Z" })]);
    expect(countAssumed(events, names)).toEqual([
      {
        role: MONITOR,
        caller: { account: MANAGEMENT, arn: MGMT, uniqueId: MGMT_ID },
        count: 6,
        first: Date.parse("2026-11-20T10:00:00Z"),
        last: Date.parse("2026-11-21T12:00:00Z"),
        sessions: ["a", "ann", "b"],
        addresses: [],
      },
    ]);
    expect([...days]).toContain(`${DB} us-east-2 2026/11/21`);
  });

  it("without an IAM role only say that the day is there", () => {
    const { events, days } = readAthenaRows([row({ role: null, records: "900" })]);
    expect([events, [...days]]).toEqual([[], [`${DB} us-east-2 2026/11/20`]]);
  });
});

it("the table has partitions that are computed, for the accounts and Regions of the file", () => {
  const ddl = trailTable("audit.cloudtrail_logs", { accounts: [DB], regions: ["us-east-1"], bucket: "BUCKET" });
  expect(ddl).toContain("PARTITIONED BY (account string, region string, `timestamp` string)");
  expect(ddl).toContain(`'projection.account.values' = '${DB}'`);
  expect(ddl).toContain("'projection.timestamp.format' = 'yyyy/MM/dd'");
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Athena's own template.
  expect(ddl).toContain("'s3://BUCKET/AWSLogs/${account}/CloudTrail/${region}/${timestamp}'");
});
