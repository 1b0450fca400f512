import { describe, expect, it } from "vitest";
import type { Context } from "../../../src/policies/context.js";
import { compilePolicies } from "../../../src/policies/evaluate.js";
import { allow, document, USER } from "./documents.js";

const ARN = "arn:aws:rds-db:us-east-2:111122223333:dbuser:cluster-A/app";
const connect = (json: string | readonly string[], resource = ARN, context?: Context) =>
  compilePolicies(typeof json === "string" ? [json] : json).decide({ action: "rds-db:connect", resource, ...(context ? { context } : {}) });
const all = { Effect: "Allow", Action: "*", Resource: "*" };

describe("who may connect", () => {
  it.each([
    ["the very ARN", allow({ Resource: ARN }), "allowed"],
    ["every cluster", allow({ Resource: "arn:aws:rds-db:us-east-2:111122223333:dbuser:*/app" }), "allowed"],
    ["NotAction of something else", document({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }), "allowed"],
    ["NotResource of something else", allow({ Resource: undefined, NotResource: "arn:aws:s3:::*" }), "allowed"],
    ["an administrator", document(all), "allowed"],
    ["the case of the action", allow({ Action: "RDS-DB:CONNECT", Resource: ARN }), "allowed"],
    ["a Deny over everything", document(all, { Effect: "Deny", Action: "*:*", Resource: "*" }), "explicit-deny"],
    ["a Deny of another user", document(all, { Effect: "Deny", Action: "*", Resource: `${ARN}2` }), "allowed"],
    ["other case in the tail", allow({ Resource: ARN.replace("app", "App") }), "implicit-deny"],
    ["another action", allow({ Action: "rds:*", Resource: "*" }), "implicit-deny"],
    ["NotAction of it", document({ Effect: "Allow", NotAction: "rds-db:*", Resource: "*" }), "implicit-deny"],
    ["NotResource of it", allow({ NotResource: ARN }), "implicit-deny"],
    ["no document", "{nope", "conditional"],
    ["a statement that nobody knows", allow({ Resource: "nothing", Extra: 1 }), "conditional"],
    ["a Deny that nobody knows", document(all, { Effect: "Deny", Action: "x", Extra: 1 }), "conditional"],
    ["no statement", document(), "implicit-deny"],
  ])("%s", (_, json, expected) => {
    expect(connect(json)).toBe(expected);
  });

  it("is what all documents and the boundary say together", () => {
    const [yes, no] = [allow({ Resource: ARN }), document({ Effect: "Deny", Action: "*", Resource: "*" })];
    expect(connect([yes, no])).toBe("explicit-deny");
    const decide = (limit: readonly string[]) => compilePolicies([yes], limit).decide({ action: "rds-db:connect", resource: ARN });
    expect([[yes], [], [document(all), no], [allow({ Resource: "*", Condition: { Bool: { k: "true" } } })]].map(decide)).toEqual([
      "allowed",
      "implicit-deny",
      "explicit-deny",
      "conditional",
    ]);
    expect(compilePolicies([], [yes]).decide({ action: "rds-db:connect", resource: ARN })).toBe("implicit-deny");
  });

  it("hangs on variables", () => {
    const own = allow({ Resource: ARN.replace("app", USER) });
    expect(connect(own)).toBe("conditional");
    expect(connect(own, "arn:aws:s3:::x")).toBe("implicit-deny");
    expect(connect(own, ARN, { "AWS:UserName": "app" })).toBe("allowed");
    expect(connect(own, ARN, { "aws:username": "*" })).toBe("implicit-deny");
    expect(connect(own, ARN, { "aws:username": null })).toBe("implicit-deny");
    expect(connect(own.replace("2012", "2008"), ARN, { "aws:username": "app" })).toBe("implicit-deny");
    const fallback = allow({ Resource: ARN.replace("app", `\u0024{aws:username, 'app'}`) });
    expect(connect(fallback, ARN, { "aws:username": null })).toBe("allowed");
    expect(connect(allow({ Resource: ARN.replace("app", `\u0024{*}`) }))).toBe("implicit-deny");
    expect(connect(document(all, { Effect: "Deny", Action: "*", Resource: `*/${USER}` }))).toBe("conditional");
  });

  it("finds any other action, too", () => {
    const decider = compilePolicies([allow({ Action: ["iam:Put*", "s3:GetObject"], Resource: "*" })]);
    expect(["iam:putrolepolicy", "s3:getobject", "s3:GetObjectAcl"].map((action) => decider.decide({ action, resource: "x" }))).toEqual([
      "allowed",
      "allowed",
      "implicit-deny",
    ]);
  });
});

describe("a condition", () => {
  const limited = (operator: string, values: unknown, context?: Context) =>
    connect(allow({ Resource: "*", Condition: { [operator]: { "aws:K": values } } }), ARN, context);

  it.each<[string, unknown, string | string[] | null, string]>([
    ["StringEquals", ["a", "b"], "b", "allowed"],
    ["StringEquals", "a", "A", "implicit-deny"],
    ["StringEquals", "a*", "ab", "implicit-deny"],
    ["StringEquals", "a", null, "implicit-deny"],
    ["StringEqualsIfExists", "a", null, "allowed"],
    ["StringEqualsIgnoreCase", "a", "A", "allowed"],
    ["StringNotEquals", ["a", "b"], "b", "implicit-deny"],
    ["StringNotEquals", ["a", "b"], "c", "allowed"],
    ["StringNotEquals", "a", null, "allowed"],
    ["StringLike", "a*", "ab", "allowed"],
    ["StringNotLike", "a*", "ab", "implicit-deny"],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "b"], "allowed"],
    ["ForAllValues:StringEquals", ["a", "b"], ["a", "c"], "implicit-deny"],
    ["ForAllValues:StringEquals", "a", null, "allowed"],
    ["ForAllValues:StringEquals", "a", [], "allowed"],
    ["ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], "allowed"],
    ["ForAnyValue:StringEquals", "a", null, "implicit-deny"],
    ["ForAnyValue:StringNotEquals", "a", ["a", "b"], "allowed"],
    ["ForAllValues:StringNotEquals", "a", ["a", "b"], "implicit-deny"],
    ["Bool", true, "True", "allowed"],
    ["Bool", "true", "false", "implicit-deny"],
    ["Null", "true", null, "allowed"],
    ["Null", "false", null, "implicit-deny"],
    ["Null", "false", "x", "allowed"],
    ["NumericLessThan", "10", "9", "allowed"],
    ["NumericLessThan", "10", "10", "implicit-deny"],
    ["NumericLessThanEquals", 10, "10", "allowed"],
    ["NumericNotEquals", "10", "10.0", "implicit-deny"],
    ["DateLessThan", "2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z", "allowed"],
    ["DateGreaterThan", "1767225600", "2025-12-31T23:59:59Z", "implicit-deny"],
    ["IpAddress", "10.0.0.0/8", "10.9.8.7", "allowed"],
    ["IpAddress", "10.0.0.0/8", "11.0.0.1", "implicit-deny"],
    ["NotIpAddress", "10.0.0.0/8", "11.0.0.1", "allowed"],
    ["IpAddress", "2001:db8::/32", "2001:db8::1", "conditional"],
    ["ArnLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b", "allowed"],
    ["ArnEquals", "arn:aws:*:r", "arn:aws:iam::1:r", "implicit-deny"],
    ["ArnNotLike", "arn:aws:iam::*:role/x", "arn:aws:iam::1:role/x", "implicit-deny"],
    ["SomethingNew", "a", "a", "conditional"],
  ])("%s %j of %j: %s", (operator, values, value, expected) => {
    expect(limited(operator, values, { "aws:k": value })).toBe(expected);
    expect(limited(operator, values)).toBe("conditional");
  });

  it("must hold in each of its keys", () => {
    const json = allow({ Resource: "*", Condition: { StringEquals: { a: "1", b: "2" }, Bool: { c: "true" } } });
    expect(connect(json, ARN, { a: "1", b: "2", c: "true" })).toBe("allowed");
    expect(connect(json, ARN, { a: "1", b: "2" })).toBe("conditional");
    expect(connect(json, ARN, { b: "3" })).toBe("implicit-deny");
  });

  it("resolves variables in values", () => {
    const tagged = (context: Context) => limited("StringLike", `x-${USER}-*`, context);
    expect(tagged({ "aws:k": "x-bob-1", "aws:username": "bob" })).toBe("allowed");
    expect(tagged({ "aws:k": "x-bob-1", "aws:username": "eve" })).toBe("implicit-deny");
    expect(tagged({ "aws:k": "x-bob-1" })).toBe("conditional");
  });
});

describe("who may assume an IAM role", () => {
  const role = "arn:aws:iam::444455556666:role/app/monitor";
  const session = "arn:aws:sts::444455556666:assumed-role/monitor/i-1";
  const root = "arn:aws:iam::444455556666:root";
  const asks = (json: string, id: string | null, type: "aws" | "service" = "aws") =>
    compilePolicies([json]).decide({
      action: "sts:AssumeRole",
      resource: "arn:aws:iam::111122223333:role/door",
      ...(id === null ? {} : { principal: { type, id } }),
    });
  const trust = (Principal: unknown, more: object = {}) => document({ Effect: "Allow", Action: "sts:AssumeRole", Principal, ...more });
  const but = (...AWS: string[]) =>
    document({ Effect: "Allow", Action: "*", Principal: "*" }, { Effect: "Deny", Action: "*", NotPrincipal: { AWS } });

  it.each<[string, string, string | null, string]>([
    ["its ARN", trust({ AWS: role }), role, "allowed"],
    ["another's ARN", trust({ AWS: role }), `${role}2`, "implicit-deny"],
    ["its account", trust({ AWS: "444455556666" }), role, "allowed"],
    ["another account", trust({ AWS: "111122223333" }), role, "implicit-deny"],
    ["everybody", trust("*"), role, "allowed"],
    ["everybody, whoever asks", trust("*"), null, "allowed"],
    ["an ARN, and nobody says who asks", trust({ AWS: role }), null, "conditional"],
    ["its role, in a session", trust({ AWS: role }), session, "allowed"],
    ["one of its sessions", trust({ AWS: session }), role, "conditional"],
    ["a wildcard, which is none here", trust({ AWS: `${role.slice(0, -1)}*` }), role, "implicit-deny"],
    ["a deleted role's id", trust({ AWS: "AROAEXAMPLE" }), role, "implicit-deny"],
    ["a service only", trust({ Service: "ec2.amazonaws.com" }), role, "implicit-deny"],
    ["everybody but it and its account", but(role, root), role, "allowed"],
    ["everybody but it", but(role), role, "conditional"],
    ["everybody but another", but(`${role}2`), role, "explicit-deny"],
    ["its ARN as a condition", trust({ AWS: root }, { Condition: { ArnLike: { "aws:PrincipalArn": role } } }), role, "allowed"],
    [
      "another ARN as a condition",
      trust({ AWS: root }, { Condition: { ArnLike: { "aws:PrincipalArn": `${role}2` } } }),
      role,
      "implicit-deny",
    ],
    [
      "a condition that is not known",
      trust({ AWS: role }, { Condition: { StringEquals: { "sts:ExternalId": "x" } } }),
      role,
      "conditional",
    ],
  ])("%s", (_, json, id, expected) => {
    expect(asks(json, id)).toBe(expected);
  });

  it("tells services from ARNs", () => {
    expect(asks(trust({ Service: "ec2.amazonaws.com" }), "ec2.amazonaws.com", "service")).toBe("allowed");
    expect(asks(trust({ AWS: "ec2.amazonaws.com" }), "ec2.amazonaws.com", "service")).toBe("implicit-deny");
  });
});
