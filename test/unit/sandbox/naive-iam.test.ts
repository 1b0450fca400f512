import { describe, expect, it } from "vitest";
import { identityVerdict, judge, type Verdict } from "../../../src/sandbox/naive-iam.js";

const ANN = "arn:aws:rds-db:us-east-2:111122223333:dbuser:cluster-A1/ann";
const ROLE = "arn:aws:iam::111122223333:role/x/app";
const SESSION = "arn:aws:sts::111122223333:assumed-role/app/s1";
const ROOT = "arn:aws:iam::111122223333:root";

const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (more: object): object => ({ Effect: "Allow", Action: "rds-db:connect", Resource: "*", ...more });
const deny = (more: object): object => ({ Effect: "Deny", Action: "*", Resource: "*", ...more });

describe("a policy of an identity", () => {
  it.each<[string, readonly object[], Verdict]>([
    ["nothing", [], "silent"],
    ["the very user", [allow({ Resource: ANN })], "allow"],
    ["another user", [allow({ Resource: ANN.replace("ann", "bob") })], "silent"],
    ["a longer name", [allow({ Resource: ANN.slice(0, -1) })], "silent"],
    ["another case of the user", [allow({ Resource: ANN.replace("ann", "Ann") })], "silent"],
    ["any user of the cluster", [allow({ Resource: ANN.replace("ann", "*") })], "allow"],
    ["the user of any cluster", [allow({ Resource: ANN.replace("cluster-A1", "*") })], "allow"],
    ["one character", [allow({ Resource: ANN.replace("ann", "an?") })], "allow"],
    ["one character too many", [allow({ Resource: ANN.replace("ann", "ann?") })], "silent"],
    ["dots that are no wildcards", [allow({ Resource: ANN.replace("ann", "a.n") })], "silent"],
    ["a star over the end of its segment", [allow({ Resource: "arn:aws:rds-db:*" })], "allow"],
    ["a star in the middle of a segment, which ends there", [allow({ Resource: "arn:aws:rds-db:us*ann" })], "silent"],
    ["a list", [allow({ Resource: ["arn:aws:s3:::b", ANN] })], "allow"],
    ["every resource but it", [allow({ Resource: undefined, NotResource: ANN })], "silent"],
    ["every resource but another", [allow({ Resource: undefined, NotResource: "arn:aws:s3:::b" })], "allow"],
    ["no resource", [allow({ Resource: undefined })], "silent"],
    ["an action in capitals", [allow({ Action: "RDS-DB:Connect" })], "allow"],
    ["another service's action", [allow({ Action: ["rds:*", "s3:*"] })], "silent"],
    ["all actions of the service", [allow({ Action: "rds-db:*" })], "allow"],
    ["every action but it", [allow({ Action: undefined, NotAction: "rds-db:*" })], "silent"],
    ["every action but another", [allow({ Action: undefined, NotAction: "iam:*" })], "allow"],
    ["no action", [allow({ Action: undefined })], "silent"],
    ["a Deny after an Allow", [allow({}), deny({})], "deny"],
    ["a Deny before an Allow", [deny({}), allow({})], "deny"],
    ["a Deny of something else", [allow({}), deny({ Resource: "arn:aws:s3:::b" })], "allow"],
    ["a Deny of all but it", [allow({}), deny({ Action: undefined, NotAction: "rds-db:connect" })], "allow"],
    ["an effect of no known name", [allow({ Effect: "allow" })], "silent"],
    ["a variable", [allow({ Resource: ANN.replace("ann", "$" + "{aws:username}") })], "allow"],
    ["a variable with another value", [allow({ Resource: ANN.replace("ann", "$" + "{aws:PrincipalType}") })], "silent"],
    ["a variable that nobody knows", [allow({ Resource: ANN.replace("ann", "$" + "{saml:sub}") })], "silent"],
    ["a Deny with a variable that nobody knows", [allow({}), deny({ Resource: "arn:aws:s3:::$" + "{saml:sub}" })], "deny"],
    ["a star that a variable spells", [allow({ Resource: ANN.replace("ann", "$" + "{*}") })], "silent"],
  ])("with %s", (_, statements, verdict) => {
    const context = { "aws:username": "ann", "aws:PrincipalType": "User" };
    expect(judge([document(...statements)], { action: "rds-db:connect", resource: ANN, context })).toBe(verdict);
  });

  it("in one statement that is no list, in several documents, and in one that nobody can read", () => {
    const request = { action: "rds-db:connect", resource: ANN };
    expect(judge([JSON.stringify({ Statement: allow({}) })], request)).toBe("allow");
    expect(judge([document(allow({})), document(deny({}))], request)).toBe("deny");
    expect(judge([document(allow({})), "{nope"], request)).toBe("deny");
    const old = JSON.stringify({ Version: "2008-10-17", Statement: allow({ Resource: ANN.replace("ann", "$" + "{aws:username}") }) });
    expect(judge([old], { ...request, context: { "aws:username": "ann" } })).toBe("silent");
  });

  it("is limited by the boundary and by the session's policy", () => {
    const [yes, s3, no] = [document(allow({})), document(allow({ Action: "s3:*" })), document(deny({}))];
    const verdict = (documents: readonly string[], boundary: string | null, session: string | null = null): Verdict =>
      identityVerdict({ documents, boundary, session }, { action: "rds-db:connect", resource: ANN });
    expect(verdict([yes], null)).toBe("allow");
    expect(verdict([yes], yes)).toBe("allow");
    expect(verdict([yes], s3)).toBe("silent");
    expect(verdict([s3], yes)).toBe("silent");
    expect(verdict([yes], no)).toBe("deny");
    expect(verdict([yes], "{}")).toBe("silent");
    expect(verdict([yes], yes, s3)).toBe("silent");
    expect(verdict([yes], s3, yes)).toBe("silent");
    expect(verdict([yes], yes, yes)).toBe("allow");
  });
});

describe("a condition", () => {
  const context = {
    "aws:PrincipalArn": ROLE,
    "aws:PrincipalAccount": "111122223333",
    "aws:SecureTransport": "true",
    "aws:CurrentTime": "2026-12-01T12:00:00Z",
    "sts:ExternalId": null,
  };
  /** Met, not met, or unknown: seen by an Allow and by a Deny. */
  it.each<[string, object, "met" | "not met" | "unknown"]>([
    ["of no operator", {}, "met"],
    ["StringEquals", { StringEquals: { "aws:PrincipalAccount": "111122223333" } }, "met"],
    ["StringEquals, of a key in other case", { StringEquals: { "AWS:principalaccount": "111122223333" } }, "met"],
    ["StringEquals, one of a list", { StringEquals: { "aws:PrincipalAccount": ["4", "111122223333"] } }, "met"],
    ["StringEquals, which knows no wildcards", { StringEquals: { "aws:PrincipalAccount": "1111*" } }, "not met"],
    ["StringEquals, of an absent key", { StringEquals: { "sts:ExternalId": "x" } }, "not met"],
    ["StringEquals, of a key that nobody knows", { StringEquals: { "aws:SourceVpc": "x" } }, "unknown"],
    ["StringEqualsIfExists, absent", { StringEqualsIfExists: { "sts:ExternalId": "x" } }, "met"],
    ["StringEqualsIfExists, there", { StringEqualsIfExists: { "aws:PrincipalAccount": "4" } }, "not met"],
    ["StringNotEquals", { StringNotEquals: { "aws:PrincipalAccount": "4" } }, "met"],
    ["StringNotEquals, one of a list", { StringNotEquals: { "aws:PrincipalAccount": ["4", "111122223333"] } }, "not met"],
    ["StringNotEquals, of an absent key", { StringNotEquals: { "sts:ExternalId": "x" } }, "met"],
    ["StringEqualsIgnoreCase", { StringEqualsIgnoreCase: { "aws:PrincipalArn": ROLE.toUpperCase() } }, "met"],
    ["StringLike", { StringLike: { "aws:PrincipalArn": "*:role/*/app" } }, "met"],
    ["StringNotLike", { StringNotLike: { "aws:PrincipalArn": "*:role/*/app" } }, "not met"],
    ["ArnLike", { ArnLike: { "aws:PrincipalArn": "arn:aws:iam::*:role/x/*" } }, "met"],
    ["ArnLike, part by part", { ArnLike: { "aws:PrincipalArn": "arn:aws:*:role/x/app" } }, "not met"],
    ["ArnEquals", { ArnEquals: { "aws:PrincipalArn": ROLE } }, "met"],
    ["ArnNotEquals", { ArnNotEquals: { "aws:PrincipalArn": ROLE } }, "not met"],
    ["ArnNotLikeIfExists, absent", { ArnNotLikeIfExists: { "sts:ExternalId": ROLE } }, "met"],
    ["Bool", { Bool: { "aws:SecureTransport": true } }, "met"],
    ["Bool, false", { Bool: { "aws:SecureTransport": "false" } }, "not met"],
    ["Null, of an absent key", { Null: { "sts:ExternalId": "true" } }, "met"],
    ["Null, of a key that is there", { Null: { "aws:PrincipalArn": true } }, "not met"],
    ["DateLessThan", { DateLessThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }, "met"],
    ["DateGreaterThan", { DateGreaterThan: { "aws:CurrentTime": "2027-01-01T00:00:00Z" } }, "not met"],
    ["two operators, both met", { Bool: { "aws:SecureTransport": true }, StringLike: { "aws:PrincipalArn": "*" } }, "met"],
    ["two keys, one not met", { StringLike: { "aws:PrincipalArn": "*", "aws:PrincipalAccount": "4" } }, "not met"],
    ["an operator that nobody knows", { IpAddress: { "aws:PrincipalArn": "10.0.0.0/8" } }, "unknown"],
    ["a set operator", { "ForAnyValue:StringEquals": { "aws:PrincipalAccount": "111122223333" } }, "unknown"],
    ["unknown beside not met", { IpAddress: { "aws:PrincipalArn": "x" }, Bool: { "aws:SecureTransport": false } }, "not met"],
    ["unknown beside met", { IpAddress: { "aws:PrincipalArn": "x" }, Bool: { "aws:SecureTransport": true } }, "unknown"],
  ])("%s", (_, Condition, expected) => {
    const request = { action: "rds-db:connect", resource: ANN, context };
    const verdicts = [judge([document(allow({ Condition }))], request), judge([document(deny({ Condition }))], request)];
    expect(verdicts).toEqual([expected === "met" ? "allow" : "silent", expected === "not met" ? "silent" : "deny"]);
  });
});

describe("a trust", () => {
  const app = { type: "AWS", names: [SESSION, ROLE, ROOT] } as const;
  const ec2 = { type: "Service", names: ["ec2.amazonaws.com"] } as const;
  const github = { type: "Federated", names: ["arn:aws:iam::111122223333:oidc-provider/x"] } as const;
  it.each<[string, object, typeof app | typeof ec2 | typeof github, boolean]>([
    ["its IAM role", { Principal: { AWS: ROLE } }, app, true],
    ["its session", { Principal: { AWS: [SESSION] } }, app, true],
    ["its account by ARN", { Principal: { AWS: ROOT } }, app, true],
    ["its account by id", { Principal: { AWS: "111122223333" } }, app, true],
    ["another account", { Principal: { AWS: "444455556666" } }, app, false],
    ["a unique id that is nobody's any more", { Principal: { AWS: "AROAEXAMPLEEXAMPLE123" } }, app, false],
    ["a pattern, which is none", { Principal: { AWS: "arn:aws:iam::111122223333:role/*" } }, app, false],
    ["everybody", { Principal: "*" }, app, true],
    ["everybody, as AWS", { Principal: { AWS: "*" } }, app, true],
    ["a service", { Principal: { Service: "ec2.amazonaws.com" } }, app, false],
    ["a service", { Principal: { Service: ["lambda.amazonaws.com", "ec2.amazonaws.com"] } }, ec2, true],
    ["another service", { Principal: { Service: "lambda.amazonaws.com" } }, ec2, false],
    ["a provider", { Principal: { Federated: github.names[0] } }, github, true],
    ["nobody", {}, app, false],
    ["everybody but another", { NotPrincipal: { AWS: "444455556666" } }, app, true],
    ["everybody but it", { NotPrincipal: { AWS: ROLE } }, app, false],
    ["it, for another action", { Principal: { AWS: ROLE }, Action: "sts:TagSession" }, app, false],
  ])("in %s: %#", (_, statement, principal, allowed) => {
    const of = (Effect: string): Verdict =>
      judge([document({ Effect, Action: "sts:AssumeRole", ...statement })], { action: "sts:AssumeRole", principal });
    expect([of("Allow"), of("Deny")]).toEqual(allowed ? ["allow", "deny"] : ["silent", "silent"]);
  });
});
