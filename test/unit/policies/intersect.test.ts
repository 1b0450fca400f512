import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameDocument } from "../../../src/policies/atoms.js";
import type { Request } from "../../../src/policies/context.js";
import { canonicalDocument, connectDocument, nothingDocument } from "../../../src/policies/document.js";
import { compilePolicies } from "../../../src/policies/evaluate.js";
import { intersectDocuments, narrowedTo } from "../../../src/policies/intersect.js";
import { unionOf } from "../../../src/policies/union.js";
import { trustDocument } from "../../support/trust-document.js";
import { ARNS, allow, document, identityDocument, PRINCIPALS, shuffled, trust, USER } from "./documents.js";

const door = (tail: string): string => `arn:aws:rds-db:us-east-2:111122223333:dbuser:${tail}`;
const limited = (operator: string, values: unknown): string => allow({ Resource: "a", Condition: { [operator]: { k: values } } });

describe("what two documents both allow", () => {
  it.each([
    ["the resources that both name", connectDocument(["a", "b"]), connectDocument(["b", "c"]), connectDocument(["b"])],
    [
      "what a wildcard covers",
      connectDocument([door("*/app"), door("*/web")]),
      connectDocument([door("cluster-A/app")]),
      connectDocument([door("cluster-A/app")]),
    ],
    [
      "where two wildcards meet",
      connectDocument([door("*/app")]),
      connectDocument([door("c/*")]),
      connectDocument([door("c/app"), door("c/*/app")]),
    ],
    [
      "an administrator's and a door",
      document({ Effect: "Allow", Action: "*", Resource: "*" }),
      connectDocument(["a"]),
      connectDocument(["a"]),
    ],
    [
      "an action's wildcard",
      allow({ Action: "RDS-DB:*", Resource: "*" }),
      allow({ Action: ["rds-db:connect", "s3:*"], Resource: "a" }),
      allow({ Resource: "a" }),
    ],
    [
      "the principals that both name",
      trustDocument({ services: ["ec2.amazonaws.com", "ecs.amazonaws.com"], roles: [] }),
      trustDocument({ services: ["ecs.amazonaws.com"], roles: PRINCIPALS }),
      trustDocument({ services: ["ecs.amazonaws.com"], roles: [] }),
    ],
    [
      "everybody and somebody",
      document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: "*" }),
      trustDocument({ services: ["s"], roles: [] }),
      trustDocument({ services: ["s"], roles: [] }),
    ],
    ["a condition of one", limited("Bool", "true"), allow({ Resource: ["a", "b"] }), limited("Bool", "true")],
    [
      "conditions of both",
      limited("Bool", "true"),
      limited("StringEquals", "x"),
      allow({ Resource: "a", Condition: { Bool: { k: "true" }, StringEquals: { k: "x" } } }),
    ],
    ["values of both", limited("StringEquals", ["1", "2"]), limited("StringEquals", ["2", "3"]), limited("StringEquals", "2")],
    ["patterns of both", limited("StringLike", "repo:a/*"), limited("StringLike", ["*:ref", "x"]), limited("StringLike", "repo:a/*:ref")],
    ["exclusions of both", limited("StringNotEquals", "1"), limited("StringNotEquals", "2"), limited("StringNotEquals", ["1", "2"])],
    [
      "the same NotAction",
      document({ Effect: "Allow", NotAction: "iam:*", Resource: "a*" }),
      document({ Effect: "Allow", NotAction: "iam:*", Resource: "ab" }),
      document({ Effect: "Allow", NotAction: "iam:*", Resource: "ab" }),
    ],
    [
      "all but something of everything",
      document({ Effect: "Allow", Action: "*", Resource: "*" }),
      document({ Effect: "Allow", NotAction: "iam:*", NotResource: "b" }),
      document({ Effect: "Allow", NotAction: "iam:*", NotResource: "b" }),
    ],
  ])("%s", (_, a, b, expected) => {
    for (const both of [intersectDocuments(a, b), intersectDocuments(b, a)])
      expect(sameDocument(both ?? "", expected), both ?? "nothing").toBe(true);
  });

  it.each([
    ["nothing in common", connectDocument(["a"]), connectDocument(["b"])],
    ["a NotResource and a resource", allow({ Resource: "a" }), allow({ NotResource: "b" })],
    ["values that exclude each other", limited("StringEquals", "1"), limited("StringEquals", "2")],
    [
      "an account and a role of it, which needs no leave of the account",
      trustDocument({ services: [], roles: [PRINCIPALS[0] ?? ""] }),
      trustDocument({ services: [], roles: ["111122223333"] }),
    ],
    ["an identity's policy and a trust", connectDocument(["*"]), trustDocument({ services: ["s"], roles: [] })],
    ["a variable that is text in the other", allow({ Resource: USER }), allow({ Resource: USER }).replace("2012", "2008")],
    ["the document that gives nothing", nothingDocument(), connectDocument(["a"])],
    ["a text that is none", "{nope", connectDocument(["a"])],
    [
      "a key in two spellings",
      limited("StringEquals", "1"),
      allow({ Resource: "a", Condition: { StringEquals: { k: "1" }, stringequals: { K: "2" } } }),
    ],
  ])("%s: nothing", (_, a, b) => {
    expect(intersectDocuments(a, b)).toBeNull();
    expect(intersectDocuments(b, a)).toBeNull();
  });

  it("keeps what either denies", () => {
    const deny = { Effect: "Deny", Action: ["rds-db:connect"], Resource: ["b"] };
    const one = { Effect: "Allow", Action: "rds-db:connect", Resource: ["a", "b", "c"] };
    const both = intersectDocuments(document(one), document({ ...one, Resource: ["a", "b", "x"] }, deny));
    expect(JSON.parse(both ?? "").Statement).toContainEqual(deny);
    expect(intersectDocuments(document(one, deny), document(one))).toBe(canonicalDocument(document(one, deny)));
  });

  it("names each Sid once", () => {
    const a = document(
      { Sid: "A", Effect: "Allow", Action: "x:a", Resource: "*" },
      { Sid: "B", Effect: "Allow", Action: "x:b", Resource: "*" },
    );
    const b = document(
      { Sid: "A", Effect: "Allow", Action: "x:*", Resource: "r" },
      { Sid: "B", Effect: "Deny", Action: "y:c", Resource: "r" },
    );
    const sids = JSON.parse(intersectDocuments(a, b) ?? "").Statement.map((s: { Sid?: string }) => s.Sid ?? null);
    expect(sids.filter((sid: string | null) => sid !== null).sort()).toEqual(["A", "B"]);
  });
});

const value = fc.constantFrom("a", "ab", "b", "true", null, ["a", "b"], ["c"]);
const context = fc.record({ k: value, l: value, "aws:username": fc.constantFrom("a", "b", "*", null) });
const connectRequest = fc.record({
  action: fc.constantFrom("rds-db:connect", "sts:assumerole", "x:Connect"),
  resource: fc.constantFrom(...ARNS),
  context,
});
const assumeRequest = fc.record({
  action: fc.constantFrom("sts:AssumeRole", "sts:TagSession"),
  resource: fc.constant("arn:aws:iam::1:role/door"),
  principal: fc.oneof(
    fc
      .constantFrom(...PRINCIPALS, "arn:aws:sts::111122223333:assumed-role/a/s", "arn:aws:iam::444455556666:role/a")
      .map((id) => ({ type: "aws" as const, id })),
    fc.constant({ type: "service" as const, id: "ec2.amazonaws.com" }),
  ),
  context,
});

describe("the intersection of any two documents", () => {
  it.each<[string, fc.Arbitrary<string>, fc.Arbitrary<Request>]>([
    ["policies", identityDocument, connectRequest],
    ["trusts", trust, assumeRequest],
  ])("allows nothing that either does not: %s", (_, documents, request) => {
    let allowed = 0;
    fc.assert(
      fc.property(documents, documents, fc.array(request, { minLength: 12, maxLength: 12 }), (a, b, requests) => {
        const [left, right, both] = [a, b, intersectDocuments(a, b) ?? document()].map((json) => compilePolicies([json]));
        for (const one of requests) {
          if (both?.decide(one) !== "allowed") continue;
          allowed += 1;
          expect([left?.decide(one), right?.decide(one)]).toEqual(["allowed", "allowed"]);
        }
      }),
      { numRuns: 300 },
    );
    expect(allowed).toBeGreaterThan(100);
  });

  it("is the document itself with itself, and the smaller one with a larger", () => {
    fc.assert(
      fc.property(fc.oneof(identityDocument, trust), fc.integer(), (json, seed) => {
        const whole = intersectDocuments(json, shuffled(json, seed));
        if (whole !== null) expect(whole).toBe(canonicalDocument(json));
        const { Version, Statement } = JSON.parse(json);
        const more = JSON.stringify({ Version, Statement: [...Statement, { Effect: "Allow", Action: "x:y", Resource: "z" }] });
        if (whole !== null) expect(intersectDocuments(json, more)).toBe(whole);
        if (whole !== null) expect([whole, canonicalDocument(more)]).toContain(intersectDocuments(more, json));
      }),
    );
  });

  it("is all that both allow, where there is no condition, no Not and no variable", () => {
    const plain = identityDocument.filter((json) => !/Condition|Not|\$\{|Deny/.test(json));
    fc.assert(
      fc.property(plain, plain, fc.constantFrom(...ARNS.filter((arn) => arn.split(":").length === 7)), (a, b, resource) => {
        const [left, right, both] = [a, b, intersectDocuments(a, b) ?? document()].map((json) =>
          compilePolicies([json]).decide({ action: "rds-db:connect", resource }),
        );
        expect(both).toBe(left === "allowed" && right === "allowed" ? "allowed" : "implicit-deny");
      }),
      { numRuns: 150 },
    );
  });
});

describe("what is written before PostgreSQL's part", () => {
  const own = (user: string): string => door(`cluster-A/${user}`);
  const said = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });

  it("keeps a door that both open though the first cannot be cut", () => {
    const before = said({ NotAction: "iam:*", Resource: "*" });
    const after = said({ Action: "rds-db:connect", Resource: [own("ro"), own("rw")] });
    expect(narrowedTo(before, after, 6144)).toBe(canonicalDocument(after));
  });

  it("keeps nothing that the first does not surely allow", () => {
    const before = said({ NotAction: "iam:*", Resource: own("ro") });
    const conditional = said({ NotAction: "iam:*", Resource: "*", Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } });
    const after = said({ Action: "rds-db:connect", Resource: [own("ro"), own("rw")] });
    expect(narrowedTo(before, after, 6144)).toBe(canonicalDocument(said({ Action: "rds-db:connect", Resource: [own("ro")] })));
    expect(narrowedTo(conditional, after, 6144)).toBeNull();
  });
});

describe("both versions of a document at once", () => {
  const own = (user: string): string => allow({ Action: "rds-db:connect", Resource: door(`cluster-A/${user}`) });

  it("allow what either does, and nothing else", () => {
    const both = unionOf(own("ro"), own("rw"), 6144) ?? "";
    expect(sameDocument(both, allow({ Action: "rds-db:connect", Resource: [door("cluster-A/ro"), door("cluster-A/rw")] }))).toBe(true);
  });

  it("are none where one of them denies something, or where AWS would not take so much", () => {
    const denies = JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] });
    expect(unionOf(own("ro"), denies, 6144)).toBeNull();
    expect(unionOf(own("ro"), own("rw"), 100)).toBeNull();
    expect(unionOf("{", own("rw"), 6144)).toBeNull();
  });
});
