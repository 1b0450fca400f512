import { describe, expect, it } from "vitest";
import {
  canonicalDocument,
  connectDocument,
  describeAllows,
  intersectDocuments,
  nothingDocument,
  trustDocument,
  trustedPrincipals,
} from "../../../src/kinds/policy-document.js";

const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (more: object): string => document({ Effect: "Allow", Action: "rds-db:connect", ...more });

describe("documents that mean the same have one canonical text", () => {
  it.each([
    ["a string and a list of one", allow({ Resource: "a" }), allow({ Resource: ["a"] })],
    ["the order of resources", allow({ Resource: ["a", "b"] }), allow({ Resource: ["b", "a"] })],
    ["a resource twice", allow({ Resource: ["a", "a"] }), allow({ Resource: "a" })],
    [
      "the order of keys",
      document({ Effect: "Allow", Action: "x", Resource: "a" }),
      document({ Resource: "a", Action: "x", Effect: "Allow" }),
    ],
    ["white space", JSON.stringify(JSON.parse(allow({ Resource: "a" })), null, 4), allow({ Resource: "a" })],
    [
      "the order of statements",
      document({ Effect: "Allow", Action: "x", Resource: "a" }, { Effect: "Deny", Action: "y", Resource: "b" }),
      document({ Effect: "Deny", Action: "y", Resource: "b" }, { Effect: "Allow", Action: "x", Resource: "a" }),
    ],
    [
      "one statement without its list",
      '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"x","Resource":"a"}}',
      document({ Effect: "Allow", Action: "x", Resource: "a" }),
    ],
    [
      "an account and its root",
      document({ Effect: "Allow", Action: "x", Principal: { AWS: "111122223333" } }),
      document({ Effect: "Allow", Action: "x", Principal: { AWS: ["arn:aws:iam::111122223333:root"] } }),
    ],
    [
      "everybody",
      document({ Effect: "Allow", Action: "x", Principal: "*" }),
      document({ Effect: "Allow", Action: "x", Principal: { AWS: "*" } }),
    ],
    ["no version and the old one", '{"Statement":[]}', '{"Version":"2008-10-17","Statement":[]}'],
  ])("%s", (_, a, b) => {
    expect(canonicalDocument(a)).toBe(canonicalDocument(b));
    expect(canonicalDocument(a)).not.toBeNull();
  });

  it.each([
    ["another resource", allow({ Resource: "a" }), allow({ Resource: "b" })],
    ["a condition", allow({ Resource: "a" }), allow({ Resource: "a", Condition: { Bool: { "aws:x": "true" } } })],
    [
      "the order of a condition's values",
      allow({ Resource: "a", Condition: { StringLike: { k: ["1", "2"] } } }),
      allow({ Resource: "a", Condition: { StringLike: { k: ["2", "1"] } } }),
    ],
    ["the other effect", allow({ Resource: "a" }), document({ Effect: "Deny", Action: "rds-db:connect", Resource: "a" })],
    ["the version", '{"Version":"2008-10-17","Statement":[]}', '{"Version":"2012-10-17","Statement":[]}'],
    ["upper case of a resource", allow({ Resource: "a" }), allow({ Resource: "A" })],
  ])("but not with %s", (_, a, b) => {
    expect(canonicalDocument(a)).not.toBe(canonicalDocument(b));
  });

  it.each(["", "{", "[]", "null", "1", '"x"'])("%j is no document", (text) => {
    expect(canonicalDocument(text)).toBeNull();
  });
});

describe("what two documents both allow", () => {
  const arns = (json: string | null): readonly string[] => (json === null ? [] : describeAllows(json).map((a) => a.resource));

  it("is the resources that both name", () => {
    expect(arns(intersectDocuments(connectDocument(["a", "b"]), connectDocument(["b", "c"])))).toEqual(["b"]);
    expect(intersectDocuments(connectDocument(["a"]), connectDocument(["b"]))).toBeNull();
  });

  it("is the principals that both name", () => {
    const a = trustDocument({ services: ["ec2.amazonaws.com", "ecs.amazonaws.com"], roles: [] });
    const b = trustDocument({ services: ["ecs.amazonaws.com"], roles: ["arn:aws:iam::111122223333:role/x"] });
    expect(trustedPrincipals(intersectDocuments(a, b) ?? "")).toEqual(["service ecs.amazonaws.com"]);
  });

  it("is nothing of what it cannot cut", () => {
    expect(intersectDocuments(allow({ Resource: "a" }), allow({ NotResource: "b" }))).toBeNull();
    expect(intersectDocuments(allow({ Resource: ["a"], Condition: { Bool: { k: "true" } } }), allow({ Resource: ["a"] }))).toBeNull();
  });

  it("keeps what either denies", () => {
    const deny = { Effect: "Deny", Action: "rds-db:connect", Resource: "b" };
    const both = intersectDocuments(connectDocument(["a"]), document(JSON.parse(connectDocument(["a"])).Statement[0], deny));
    expect(JSON.parse(both ?? "").Statement).toContainEqual({ ...deny, Action: ["rds-db:connect"], Resource: ["b"] });
  });

  it("never allows what one of them does not", () => {
    const lists = [[], ["a"], ["b"], ["a", "b"], ["a", "b", "c"]].map((l) => (l.length === 0 ? nothingDocument() : connectDocument(l)));
    for (const x of lists)
      for (const y of lists) {
        const both = arns(intersectDocuments(x, y));
        expect(both.every((arn) => arns(x).includes(arn) && arns(y).includes(arn))).toBe(true);
      }
  });
});

describe("what a document says", () => {
  it.each([
    [document({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }), "every action but iam:*", "*"],
    [document({ Effect: "Allow", Action: "rds-db:connect", NotResource: "a" }), "rds-db:connect", "everything but a"],
  ])("%s", (json, action, resource) => {
    expect(describeAllows(json)).toEqual([{ action, resource }]);
  });

  it("names whom a trust lets in, with what limits it", () => {
    const statement = {
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Principal: { AWS: "111122223333", Service: "pods.eks.amazonaws.com" },
      Condition: { Bool: { k: "true" } },
    };
    expect(trustedPrincipals(document(statement))).toEqual([
      'arn:aws:iam::111122223333:root (sts:AssumeRole, sts:TagSession) if {"Bool":{"k":"true"}}',
      'service pods.eks.amazonaws.com (sts:AssumeRole, sts:TagSession) if {"Bool":{"k":"true"}}',
    ]);
  });
});
