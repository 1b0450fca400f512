import { describe, expect, it } from "vitest";
import type { Answer } from "../../../src/sandbox/aws-front.js";
import { lookUp } from "../../../src/sandbox/event-history.js";
import { answerLog, asRds } from "../../../src/sandbox/rds-log.js";
import { recordsOf } from "../../../src/sandbox/trail-records.js";

const ROLE = "arn:aws:iam::111122223333:role/pg-monitor-role";
const NOW = Date.parse("2026-11-25T12:00:00Z");
const TAKER = {
  type: "principal",
  account: "444455556666",
  arn: "arn:aws:sts::444455556666:assumed-role/pg-mgmt-role/i-1",
  identityArn: "arn:aws:iam::444455556666:role/pg-mgmt-role",
  uniqueId: "AROAEXAMPLE:i-1",
  user: null,
} as const;
const taken = (at: number) =>
  recordsOf({ taker: TAKER, roleArn: ROLE, session: "s", address: "10.0.0.1", region: "us-east-2", at: new Date(at) });

const events = (answer: Answer) =>
  JSON.parse(answer.body.toString()) as { Events: { EventTime: number; CloudTrailEvent: string }[]; NextToken?: string };

describe("CloudTrail of the sandbox", () => {
  it("has two records of a call across accounts; the IAM role's account sees no ARN", () => {
    const [caller, role] = taken(NOW);
    expect([caller?.account, role?.account]).toEqual(["444455556666", "111122223333"]);
    expect(caller?.record["userIdentity"]).toMatchObject({ type: "AssumedRole", arn: TAKER.arn });
    expect(role?.record["userIdentity"]).toEqual({ type: "AWSAccount", principalId: "AROAEXAMPLE:i-1", accountId: "444455556666" });
    expect(caller?.record["sharedEventID"]).toBe(role?.record["sharedEventID"]);
  });

  it("gives pages of 50, newest first, of 90 days, one account and one Region", () => {
    const records = [NOW - 91 * 86_400_000, ...Array.from({ length: 60 }, (_, i) => NOW - 100_000 + i * 1000)].flatMap(taken);
    const body = { LookupAttributes: [{ AttributeKey: "ResourceName", AttributeValue: ROLE }] };
    const whose = { account: "111122223333", region: "us-east-2" };
    const first = events(lookUp(records, whose, JSON.stringify(body), NOW));
    expect(first.Events.length).toBe(50);
    expect(first.Events[0]?.EventTime).toBe((NOW - 41_000) / 1000);
    const second = events(lookUp(records, whose, JSON.stringify({ ...body, NextToken: first.NextToken }), NOW));
    expect([second.Events.length, second.NextToken]).toEqual([10, undefined]);
    expect(events(lookUp(records, { ...whose, region: "us-east-1" }, "{}", NOW)).Events).toEqual([]);
    expect(lookUp(records, whose, JSON.stringify({ MaxResults: 51 }), NOW).status).toBe(400);
  });
});

describe("the log of the sandbox's RDS", () => {
  const log = [
    '2026-11-25 11:00:00 UTC:[local]:bob@demo:[7]:LOG:  connection authenticated: user="bob" method=trust (/x/pg_hba.conf:1)',
    "\tgoes on",
    "2026-11-25 11:00:02 UTC:[local]:rdsadmin@postgres:[8]:LOG:  connection authorized: user=rdsadmin database=postgres",
    "",
  ].join("\n");
  const refused = [{ at: new Date("2026-11-25T11:00:01Z"), user: "eve", database: "demo" }];

  it("says PAM of whom the front door let in or sent away, each in its moment", () => {
    const lines = asRds(log, refused, "rdsadmin").trimEnd().split("\n");
    expect(lines[0]).toBe(
      '2026-11-25 11:00:00 UTC:127.0.0.1(0):bob@demo:[7]:LOG:  connection authenticated: identity="bob" method=pam (/rdsdbdata/config/pg_hba.conf:15)',
    );
    expect(lines[1]).toBe("\tgoes on");
    expect(lines[3]).toContain('FATAL:  PAM authentication failed for user "eve"');
    expect(lines[5]).toContain("[local]:rdsadmin@postgres");
  });

  it("comes in portions from a marker on, the last lines without one", () => {
    const ask = (more: Record<string, string>) =>
      answerLog(
        new URLSearchParams({ Action: "DownloadDBLogFilePortion", DBInstanceIdentifier: "i", ...more }),
        "i",
        () => "a\nb\nc\n",
        new Date(NOW),
      )?.body.toString();
    expect(ask({ Marker: "0", NumberOfLines: "2" })).toContain(
      "<LogFileData>a\nb\n</LogFileData><Marker>1:4</Marker><AdditionalDataPending>true<",
    );
    expect(ask({ Marker: "1:4" })).toContain("<LogFileData>c\n</LogFileData><Marker>1:6</Marker><AdditionalDataPending>false<");
    expect(ask({ NumberOfLines: "1" })).toContain("<LogFileData>c\n</LogFileData>");
  });
});
