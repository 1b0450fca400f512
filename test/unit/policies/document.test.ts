import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameDocument } from "../../../src/policies/atoms.js";
import {
  canonicalDocument,
  connectDocument,
  documentSize,
  nobodyTrust,
  nothingDocument,
  parseDocument,
} from "../../../src/policies/document.js";
import { trustDocument } from "../../support/trust-document.js";
import { allow, anyDocument, document, shuffled, USER } from "./documents.js";

const when = (operator: string, key: string): string => allow({ Resource: "a", Condition: { [operator]: { [key]: "1" } } });
const twice = (one: string, other: string): string => allow({ Resource: "a", Condition: { StringEquals: { [one]: "2", [other]: "1" } } });
const trusting = (AWS: string): string => document({ Effect: "Allow", Action: "x", Principal: { AWS } });
const cond = (values: unknown): string => allow({ Resource: "a", Condition: { StringLike: { k: values } } });

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
      "a statement twice",
      document({ Effect: "Allow", Action: "x" }, { Effect: "Allow", Action: ["x"] }),
      document({ Effect: "Allow", Action: "x" }),
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
    ["the case of an action", allow({ Resource: "a", Action: "RDS-DB:Connect" }), allow({ Resource: "a" })],
    ["no version, the old and the new", '{"Statement":[]}', '{"Version":"2008-10-17","Statement":[]}'],
    ["the version where no variable is", '{"Version":"2012-10-17","Statement":[]}', '{"Version":"2008-10-17","Statement":[]}'],
    ["the document's Id", '{"Id":"x","Statement":[]}', '{"Statement":[]}'],
    ["the order of a condition's values", cond(["1", "2"]), cond(["2", "1"])],
    ["a condition's value and a list of it", cond("1"), cond(["1", "1"])],
    ["true and its text", cond(true), cond("true")],
    ["an empty condition", allow({ Resource: "a", Condition: {} }), allow({ Resource: "a" })],
    ["the case of a condition's key", when("StringEquals", "AWS:sourceip"), when("StringEquals", "aws:SourceIp")],
    ["the case of an unknown key", when("StringEquals", "Acme:Thing"), when("StringEquals", "acme:thing")],
    ["the case of a tag's name in a key", when("StringEquals", "aws:resourcetag/Team"), when("StringEquals", "aws:ResourceTag/team")],
    ["the case of an operator", when("forallvalues:stringnotlikeifexists", "k"), when("ForAllValues:StringNotLikeIfExists", "k")],
    ["the case of an operator of two words", when("NUMERICLESSTHANEQUALS", "k"), when("NumericLessThanEquals", "k")],
    [
      "the case of an action among denied ones",
      document({ Effect: "Deny", NotAction: ["STS:assumeROLE"], Resource: "*" }),
      document({ Effect: "Deny", NotAction: "sts:AssumeRole", Resource: "*" }),
    ],
    [
      "an account and its root, twice in one list",
      document({ Effect: "Allow", Action: "x", Principal: { AWS: ["111122223333", "arn:aws:iam::111122223333:root"] } }),
      document({ Effect: "Allow", Action: "x", Principal: { AWS: "111122223333" } }),
    ],
    ["letters written as escapes", '{"Statement":[{"Action":"\\u0078"}]}', '{"Statement":[{"Action":"x"}]}'],
  ])("%s", (_, a, b) => {
    expect(canonicalDocument(a)).toBe(canonicalDocument(b));
    expect(canonicalDocument(a)).not.toBeNull();
    expect(sameDocument(a, b)).toBe(true);
  });

  it.each([
    ["another resource", allow({ Resource: "a" }), allow({ Resource: "b" })],
    ["a condition", allow({ Resource: "a" }), allow({ Resource: "a", Condition: { Bool: { "aws:x": "true" } } })],
    ["another operator", cond("1"), allow({ Resource: "a", Condition: { StringEquals: { k: "1" } } })],
    ["the other effect", allow({ Resource: "a" }), document({ Effect: "Deny", Action: "rds-db:connect", Resource: "a" })],
    ["the version of a variable", allow({ Resource: USER }), allow({ Resource: USER }).replace("2012", "2008")],
    ["upper case of a resource", allow({ Resource: "a" }), allow({ Resource: "A" })],
    ["an unknown key", allow({ Resource: "a" }), allow({ Resource: "a", Extra: 1 })],
    [
      "a variable without a version, which is then text",
      allow({ Resource: USER }),
      allow({ Resource: USER }).replace('"Version":"2012-10-17",', ""),
    ],
    ["the case of a condition's value", cond("a"), cond("A")],
    ["the case of a principal", trusting("arn:aws:iam::111122223333:role/a"), trusting("arn:aws:iam::111122223333:role/A")],
    ["another account", trusting("111122223333"), trusting("444455556666")],
    ["an operator that differs in more than case", when("StringEquals", "k"), when("StringEqualsIgnoreCase", "k")],
    ["a condition's key that is there twice, which both must hold", twice("k", "K"), when("StringEquals", "k")],
    ["one value less", cond(["1", "2"]), cond("1")],
  ])("but not with %s", (_, a, b) => {
    expect(canonicalDocument(a)).not.toBe(canonicalDocument(b));
    expect(sameDocument(a, b)).toBe(false);
  });

  it("keeps Sids, which make no difference", () => {
    const [a, b] = [allow({ Resource: "a", Sid: "One" }), allow({ Resource: "a" })];
    expect(canonicalDocument(a)).toContain('"Sid":"One"');
    expect(sameDocument(a, b)).toBe(true);
    expect(sameDocument(document({ Sid: "A", Action: "x" }, { Sid: "B", Action: "x" }), document({ Action: "x" }))).toBe(true);
  });

  it.each(["", "{", "[]", "null", "1", '"x"'])("%j is no document", (text) => {
    expect(canonicalDocument(text)).toBeNull();
    expect(parseDocument(text)).toBeNull();
    expect([sameDocument(text, text), sameDocument(text, "{}")]).toEqual([true, false]);
  });

  it("is its own canonical text, in whatever order it comes", () => {
    fc.assert(
      fc.property(anyDocument, fc.integer(), (json, seed) => {
        const canonical = canonicalDocument(json) ?? "";
        expect(canonicalDocument(canonical)).toBe(canonical);
        expect(canonicalDocument(shuffled(json, seed))).toBe(canonical);
        expect(sameDocument(json, canonical)).toBe(true);
      }),
    );
  });
});

describe("documents that pgaccord writes", () => {
  it("read as AWS spells them", () => {
    expect(connectDocument(["b", "a", "a"])).toBe(
      '{"Statement":[{"Action":["rds-db:connect"],"Effect":"Allow","Resource":["a","b"],"Sid":"PgaccordConnect"}],"Version":"2012-10-17"}',
    );
    expect(trustDocument({ services: ["ec2.amazonaws.com"], roles: ["arn:aws:iam::111122223333:role/x"] })).toBe(
      '{"Statement":[{"Action":["sts:AssumeRole"],"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:role/x"],' +
        '"Service":["ec2.amazonaws.com"]},"Sid":"PgaccordTrust"}],"Version":"2012-10-17"}',
    );
  });

  it("deny where they give nothing", () => {
    for (const json of [nothingDocument(), nobodyTrust()]) expect(parseDocument(json)?.statements.map((s) => s.effect)).toEqual(["Deny"]);
  });

  it.each([
    ['{ "a" : "b c" }', 11],
    ['{"a":"b c"}', 11],
    ["no json at all", 11],
  ])("%s has %i characters", (json, size) => {
    expect(documentSize(json)).toBe(size);
  });
});

it("does not take apart what it does not know", () => {
  const [odd] = parseDocument(document({ Effect: "Maybe", Action: "x" }))?.statements ?? [];
  expect(odd).toMatchObject({ effect: null, parts: null });
  expect(parseDocument('{"Version":"2031-01-01","Statement":[]}')).toBeNull();
  expect(parseDocument('{"Statement":[],"Extra":1}')).toBeNull();
  for (const bad of [{ Action: [] }, { Action: 1 }, { Action: "x", NotAction: "y" }, { Action: "x", Principal: { toString: "a" } }, {}])
    expect(parseDocument(document({ Effect: "Allow", ...bad }))?.statements[0]?.parts).toBeNull();
});
