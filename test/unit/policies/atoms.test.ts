import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Atom, atomKey, atomsDiff, atomsOf } from "../../../src/policies/atoms.js";
import { nothingDocument } from "../../../src/policies/document.js";
import { allow, anyDocument, document, shuffled, USER } from "./documents.js";

const PLAIN: Atom = {
  effect: "Allow",
  principal: null,
  action: "rds-db:connect",
  resource: "a",
  condition: null,
  version: "2012-10-17",
  whole: null,
};
const conditions = (json: string): (string | null)[] => atomsOf(json).map((atom) => atom.condition);
const limited = (Condition: object): string => allow({ Resource: "a", Condition });

describe("the atoms of a document", () => {
  it("are one for each action, resource and principal", () => {
    expect(atomsOf(allow({ Resource: "a", Sid: "X" }))).toEqual([PLAIN]);
    expect(atomsOf(allow({ Resource: ["b", "a"] })).map((atom) => atom.resource)).toEqual(["a", "b"]);
    const trust = document({
      Effect: "Allow",
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Principal: { AWS: "111122223333", Service: ["s", "t"] },
    });
    expect(atomsOf(trust)).toHaveLength(6);
    expect(atomsOf(trust)).toContainEqual({ ...PLAIN, action: "sts:TagSession", resource: null, principal: { type: "service", id: "t" } });
    expect(atomsOf(document({ Effect: "Allow", Action: "x", Principal: "*" }))[0]?.principal).toEqual({ type: "anyone", id: "*" });
  });

  it.each([
    ["StringEquals", 2],
    ["StringLikeIfExists", 2],
    ["ForAnyValue:StringEquals", 2],
    ["NumericLessThan", 2],
    ["IpAddress", 2],
    ["StringNotEquals", 1],
    ["NotIpAddress", 1],
    ["ForAllValues:StringEquals", 1],
    ["Null", 1],
    ["SomethingNew", 1],
  ])("%s with two values are %i", (operator, count) => {
    expect(conditions(limited({ [operator]: { k: ["1", "2"] } }))).toHaveLength(count);
  });

  it("keep conditions on several keys together", () => {
    expect(conditions(limited({ StringEquals: { k: ["1", "2"], l: "3" } }))).toEqual([
      '{"StringEquals":{"k":["1"],"l":["3"]}}',
      '{"StringEquals":{"k":["2"],"l":["3"]}}',
    ]);
  });

  it.each([
    ["NotAction", { Effect: "Deny", NotAction: ["b", "a"], Resource: "*" }],
    ["NotResource", { Effect: "Deny", Action: "a", NotResource: "*" }],
    ["NotPrincipal", { Effect: "Deny", Action: "a", NotPrincipal: { AWS: "*" } }],
    ["an unknown key", { Effect: "Deny", Action: "a", Resource: "*", Extra: "x" }],
    ["an unknown type of principal", { Effect: "Deny", Action: "a", Principal: { Martian: "*" } }],
  ])("leave a statement with %s whole", (_, statement) => {
    const [atom, ...more] = atomsOf(document({ Sid: "X", ...statement }));
    expect(more).toEqual([]);
    expect(atom).toMatchObject({ effect: "Deny", action: null, resource: null });
    expect(Object.keys(JSON.parse(atom?.whole ?? "")).sort()).toEqual(Object.keys(statement).sort());
  });

  it("tell versions apart only where a variable is", () => {
    const [a, b] = [allow({ Resource: ["a", USER] }), allow({ Resource: ["a", USER] }).replace("2012", "2008")];
    expect(atomsOf(b).map((atom) => atom.version)).toEqual(["2012-10-17", "2008-10-17"].reverse());
    expect(atomsDiff(a, b).go).toEqual([{ ...PLAIN, resource: USER }]);
  });

  it("are the text itself where it is no document", () => {
    expect(atomsOf("{nope")).toEqual([{ ...PLAIN, action: null, resource: null, whole: "{nope" }]);
    expect(atomsDiff("{nope", "{nope ").come).toHaveLength(1);
  });

  it("stay few: a statement of millions stays whole", () => {
    const many = (letter: string): string[] => Array.from({ length: 200 }, (_, i) => letter + i);
    expect(atomsOf(allow({ Action: many("x:"), Resource: many("r") }))).toHaveLength(1);
    expect(atomsOf(allow({ Resource: many("r") }))).toHaveLength(200);
  });

  it("do not hang on the order or on lists", () => {
    fc.assert(
      fc.property(anyDocument, fc.integer(), (json, seed) => {
        expect(atomsOf(shuffled(json, seed))).toEqual(atomsOf(json));
        expect(new Set(atomsOf(json).map(atomKey)).size).toBe(atomsOf(json).length);
      }),
    );
  });
});

describe("between two documents", () => {
  const base = { Effect: "Allow", Action: "rds-db:connect", Resource: ["a", "b"] };
  const deny = { Effect: "Deny", Action: "rds-db:connect", Resource: "b" };
  const diff = (before: readonly object[], after: readonly object[]): readonly number[] => {
    const { come, go } = atomsDiff(document(...before), document(...after));
    return [come.length, go.length];
  };

  it.each([
    [
      "nothing, if a statement is cut in two",
      [base],
      [
        { ...base, Resource: "a" },
        { ...base, Resource: "b", Sid: "Two" },
      ],
      [0, 0],
    ],
    ["a Deny that goes", [base, deny], [base], [0, 1]],
    [
      "a condition that changes",
      [{ ...base, Condition: { Bool: { k: "true" } } }],
      [{ ...base, Condition: { Bool: { k: "false" } } }],
      [2, 2],
    ],
    ["a condition that goes", [{ ...base, Condition: { Bool: { k: "true" } } }], [base], [2, 2]],
    [
      "a value of a negated condition that goes",
      [{ ...base, Condition: { StringNotEquals: { k: ["1", "2"] } } }],
      [{ ...base, Condition: { StringNotEquals: { k: "1" } } }],
      [2, 2],
    ],
    ["a NotAction that comes", [base], [base, { Effect: "Allow", NotAction: "iam:*", Resource: "*" }], [1, 0]],
    [
      "a NotAction that grows",
      [{ Effect: "Allow", NotAction: ["a", "b"], Resource: "*" }],
      [{ Effect: "Allow", NotAction: ["a"], Resource: "*" }],
      [1, 1],
    ],
    ["a resource that comes", [base], [{ ...base, Resource: ["a", "b", "c"] }], [1, 0]],
  ])("%s", (_, before, after, expected) => {
    expect(diff(before, after)).toEqual(expected);
  });

  it("of which one is not there, all comes or goes", () => {
    expect(atomsDiff(null, nothingDocument()).come).toHaveLength(1);
    expect(atomsDiff(nothingDocument(), null).go).toHaveLength(1);
    expect(atomsDiff(null, null)).toEqual({ come: [], go: [] });
  });
});
