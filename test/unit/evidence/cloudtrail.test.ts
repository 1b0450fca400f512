import { describe, expect, it } from "vitest";
import { assumeEvent } from "../../../src/evidence/cloudtrail.js";
import { countAssumed } from "../../../src/evidence/count-assumed.js";
import { callerRecord, DB, instanceRecord, MANAGEMENT, MGMT, MGMT_ID, MONITOR, ownerRecord } from "../../support/trail-records.js";

const at = "2026-11-24T10:08:00Z";
const told = { at, id: "s1" };
const callerOf = (userIdentity: object, more: object = {}) => assumeEvent({ ...ownerRecord(told), ...more, userIdentity })?.caller;
const events = (...records: readonly object[]) => records.flatMap((record) => assumeEvent({ ...record }) ?? []);

describe("who a record of CloudTrail says it is", () => {
  it.each([
    [
      "AWSAccount",
      { type: "AWSAccount", accountId: MANAGEMENT, principalId: `${MGMT_ID}:s` },
      { account: MANAGEMENT, arn: null, uniqueId: MGMT_ID },
    ],
    [
      "IAMUser",
      { type: "IAMUser", accountId: DB, principalId: "AIDAAAAAAAAAAAAAAAAA", arn: `arn:aws:iam::${DB}:user/ann`, userName: "ann" },
      { account: DB, arn: `arn:aws:iam::${DB}:user/ann`, uniqueId: "AIDAAAAAAAAAAAAAAAAA" },
    ],
    [
      "AssumedRole without its issuer: no path is known",
      { type: "AssumedRole", accountId: DB, principalId: `${MGMT_ID}:s`, arn: `arn:aws:sts::${DB}:assumed-role/app/s` },
      { account: DB, arn: `arn:aws:iam::${DB}:role/app`, uniqueId: MGMT_ID },
    ],
    [
      "Root",
      { type: "Root", accountId: DB, principalId: DB, arn: `arn:aws:iam::${DB}:root` },
      { account: DB, arn: `arn:aws:iam::${DB}:root`, uniqueId: null },
    ],
    ["AWSService", { type: "AWSService", invokedBy: "ec2.amazonaws.com" }, { account: null, arn: "ec2.amazonaws.com", uniqueId: null }],
    [
      "WebIdentityUser",
      {
        type: "WebIdentityUser",
        identityProvider: `arn:aws:iam::${DB}:oidc-provider/token.example`,
        principalId: "p:aud:repo:a",
        userName: "repo:a",
      },
      { account: null, arn: `arn:aws:iam::${DB}:oidc-provider/token.example`, uniqueId: null, subject: "repo:a" },
    ],
  ])("%s", (_name, identity, expected) => {
    expect(callerOf(identity)).toEqual(expected);
  });

  it("SAMLUser: its own provider is a hash, the ARN stands in the request", () => {
    const principalArn = `arn:aws:iam::${DB}:saml-provider/idp`;
    const request = { eventName: "AssumeRoleWithSAML", requestParameters: { roleArn: MONITOR, principalArn } };
    expect(callerOf({ type: "SAMLUser", identityProvider: "bdGOnTesti4+lu2=", userName: "ann" }, request)).toEqual({
      account: null,
      arn: principalArn,
      uniqueId: null,
      subject: "ann",
    });
  });

  it("the issuer's ARN has the path that the session's has not", () => {
    const arn = `arn:aws:iam::${MANAGEMENT}:role/team/x/app`;
    expect(events(callerRecord(told, { arn, id: MGMT_ID, account: MANAGEMENT }))[0]?.caller.arn).toBe(arn);
  });
});

describe("what counts as a use", () => {
  it("not a refused one, nor another event", () => {
    expect(assumeEvent({ ...ownerRecord(told), errorCode: "AccessDenied" })).toBeNull();
    expect(assumeEvent({ ...ownerRecord(told), eventName: "GetCallerIdentity" })).toBeNull();
    expect(assumeEvent({})).toBeNull();
  });

  it("the role of the request, or else of the resources", () => {
    const resources = [{ ARN: MONITOR, accountId: DB, type: "AWS::IAM::Role" }];
    expect(assumeEvent({ ...ownerRecord(told), requestParameters: null, resources })?.role).toBe(MONITOR);
    expect(assumeEvent({ ...ownerRecord(told), requestParameters: null })).toBeNull();
  });

  it("as Athena has it: names in lower case, the request as text", () => {
    const record = ownerRecord(told);
    const lower = Object.fromEntries(Object.entries(record).map(([key, value]) => [key.toLowerCase(), value]));
    const useridentity = { type: "AWSAccount", principalid: `${MGMT_ID}:s`, accountid: MANAGEMENT };
    const row = { ...lower, useridentity, requestparameters: JSON.stringify(record["requestParameters"]) };
    expect(assumeEvent(row)).toEqual(assumeEvent(record));
  });
});

describe("counting", () => {
  it("two records of one call once, with the caller's name, whichever comes first", () => {
    const both = [ownerRecord(told), callerRecord(told)];
    for (const order of [both, both.toReversed()])
      expect(countAssumed(events(...order), new Map())).toEqual([
        {
          role: MONITOR,
          caller: { account: MANAGEMENT, arn: MGMT, uniqueId: MGMT_ID },
          count: 1,
          first: Date.parse(at),
          last: Date.parse(at),
          sessions: ["pgmonitor"],
          addresses: ["10.0.0.7"],
        },
      ]);
  });

  it("an id is resolved by another record, by who is there, or by nobody", () => {
    const other = ownerRecord({ at: "2026-11-20T10:00:00Z", id: "s2" });
    expect(countAssumed(events(other, callerRecord(told)), new Map()).map(({ caller, count }) => [caller.arn, count])).toEqual([[MGMT, 2]]);
    expect(countAssumed(events(other), new Map([[MGMT_ID, MGMT]]))[0]?.caller.arn).toBe(MGMT);
    expect(countAssumed(events(other), new Map())[0]?.caller).toEqual({ account: MANAGEMENT, arn: null, uniqueId: MGMT_ID });
  });

  it("first, last, sessions and source identities over all of them, the latest caller first", () => {
    const records = [
      ownerRecord({ at: "2026-11-20T10:00:00Z", id: "a", session: "b" }),
      ownerRecord({ at: "2026-11-22T10:00:00Z", id: "b", session: "a", address: "10.0.0.8" }),
      { ...instanceRecord({ at: "2026-11-23T10:00:00Z", id: "c", role: MONITOR, session: "i-1" }) },
    ];
    const [service, mgmt] = countAssumed(events(...records), new Map());
    expect(service?.caller.arn).toBe("ec2.amazonaws.com");
    expect(mgmt).toMatchObject({
      count: 2,
      first: Date.parse("2026-11-20T10:00:00Z"),
      last: Date.parse("2026-11-22T10:00:00Z"),
      sessions: ["a", "b"],
      addresses: ["10.0.0.7", "10.0.0.8"],
    });
  });
});
