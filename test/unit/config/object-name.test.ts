import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/config/address.js";
import { findCycles } from "../../../src/config/cycles.js";
import { parseObjectName } from "../../../src/config/object-name.js";
import { nearest } from "../../../src/facts/nearest.js";
import type { ObjectType } from "../../../src/model/thing.js";

const on = (text: string, type: ObjectType): unknown => {
  const parsed = parseObjectName(text, type);
  return parsed.ok ? parsed.value : parsed.fault.code;
};

describe("names of objects", () => {
  test.each<[ObjectType, string, string, string | null]>([
    ["table", "pgdemo.orders", "pgdemo", "orders"],
    ["table", "pgdemo.*", "pgdemo", null],
    ["table", '"Odd Name".t', "Odd Name", "t"],
    ["table", '"a.b"."c""d"', "a.b", 'c"d'],
    ["table", 'sales."*"', "sales", "*"],
    ["table", "größe.tÄ_$1", "größe", "tÄ_$1"],
    ["sequence", "s.q", "s", "q"],
  ])("%s: %s", (type, text, schema, name) => {
    expect(on(text, type)).toMatchObject({ schema, name, args: null });
  });

  test.each([
    ["s.f()", ""],
    ["s.f(int,text)", "integer, text"],
    ["s.f( VARCHAR(10)[] , numeric(10,2) )", "character varying[], numeric"],
    ["s.f(timestamptz, double  precision)", "timestamp with time zone, double precision"],
    ['s.f("Odd"."T,y", s.t)', '"Odd"."T,y", s.t'],
    ['s."f(x)"(int8)', "bigint"],
    ["s.p(IN int, OUT int)", "integer"],
    ["s.p(integer, integer)", "integer, integer"],
    ["s.p(INOUT text, in  out int4,VARIADIC text[])", "text, integer, text[]"],
    ["s.p(out text)", ""],
    ["s.p(outlet, inner, s.out)", "outlet, inner, s.out"],
  ])("routine %s", (text, args) => {
    expect(on(text, "routine")).toMatchObject({ type: "routine", schema: "s", args });
  });

  test.each<[ObjectType, string, string]>([
    ["schema", "Pgdemo", "upper-case-name"],
    ["schema", "a.b", "wrong-object-name"],
    ["schema", "*", "globs-not-supported"],
    ["table", "*.*", "globs-not-supported"],
    ["table", "s.t?", "globs-not-supported"],
    ["table", "orders", "wrong-object-name"],
    ["table", "a.b.c", "wrong-object-name"],
    ["table", "a.", "wrong-object-name"],
    ["table", ".t", "wrong-object-name"],
    ["table", '"x.t', "wrong-object-name"],
    ["table", '"".t', "wrong-object-name"],
    ["table", "s.1t", "wrong-object-name"],
    ["table", "s.f()", "wrong-object-name"],
    ["table", `s.${"x".repeat(64)}`, "name-too-long"],
    ["routine", "s.f", "wrong-object-name"],
    ["routine", "s.f(int", "wrong-object-name"],
  ])("%s: %s is refused", (type, text, code) => {
    expect(on(text, type)).toBe(code);
  });
});

test.each([
  ["db:1", { host: "db", port: 1 }],
  ["[::1]:5432", { host: "::1", port: 5432 }],
  ["/var/run/postgresql:5432", { host: "/var/run/postgresql", port: 5432 }],
  ["db:0", null],
  ["db:65536", null],
  ["::1:5432", null],
  ["db", null],
  ["a@b:1", null],
])("address %s", (text, expected) => {
  const parsed = parseAddress(text);
  expect(parsed.ok ? parsed.value : null).toEqual(expected);
});

test.each([
  ["dmeo", ["demo", "other"], "demo"],
  ["temp", ["connect", "temporary"], "temporary"],
  ["DB", ["db"], "db"],
  ["xy", ["ab"], undefined],
  ["x", [], undefined],
])("nearest name to %s", (name, known, expected) => {
  expect(nearest(name, known)).toBe(expected);
});

describe("circles", () => {
  test("each is found once", () => {
    const edges = new Map([
      ["a", ["b", "x"]],
      ["b", ["c"]],
      ["c", ["a"]],
      ["d", ["d", "a"]],
      ["x", ["missing"]],
    ]);
    expect(findCycles(edges)).toEqual([["a", "b", "c"], ["d"]]);
  });

  test("a chain longer than the stack has none", () => {
    const chain = new Map(Array.from({ length: 100_000 }, (_, i) => [`r${i}`, [`r${i + 1}`]]));
    expect(findCycles(chain)).toEqual([]);
  });
});
