import { describe, expect, test } from "vitest";
import { parseAddress } from "../../../src/config/address.js";
import { findCycles } from "../../../src/config/cycles.js";
import { nearest } from "../../../src/config/nearest.js";
import { parseObjectName } from "../../../src/config/object-name.js";
import type { GrantSection } from "../../../src/config/source-file.js";

const on = (text: string, section: GrantSection): unknown => {
  const parsed = parseObjectName(text, section);
  return parsed.ok ? parsed.value : parsed.fault.code;
};

describe("names of objects", () => {
  test.each<[GrantSection, string, string, string | null]>([
    ["tables", "pgdemo.orders", "pgdemo", "orders"],
    ["tables", "pgdemo.*", "pgdemo", null],
    ["tables", '"Odd Name".t', "Odd Name", "t"],
    ["tables", '"a.b"."c""d"', "a.b", 'c"d'],
    ["tables", 'sales."*"', "sales", "*"],
    ["tables", "größe.tÄ_$1", "größe", "tÄ_$1"],
    ["sequences", "s.q", "s", "q"],
  ])("%s: %s", (section, text, schema, name) => {
    expect(on(text, section)).toMatchObject({ schema, name, args: null });
  });

  test.each([
    ["s.f()", ""],
    ["s.f(int,text)", "integer, text"],
    ["s.f( VARCHAR(10)[] , numeric(10,2) )", "character varying[], numeric"],
    ["s.f(timestamptz, double  precision)", "timestamp with time zone, double precision"],
    ['s.f("Odd"."T,y", s.t)', '"Odd"."T,y", s.t'],
    ['s."f(x)"(int8)', "bigint"],
  ])("routine %s", (text, args) => {
    expect(on(text, "routines")).toMatchObject({ type: "routine", schema: "s", args });
  });

  test.each<[GrantSection, string, string]>([
    ["schemas", "Pgdemo", "upper-case-name"],
    ["schemas", "a.b", "wrong-object-name"],
    ["schemas", "*", "globs-not-supported"],
    ["tables", "*.*", "globs-not-supported"],
    ["tables", "s.t?", "globs-not-supported"],
    ["tables", "orders", "wrong-object-name"],
    ["tables", "a.b.c", "wrong-object-name"],
    ["tables", "a.", "wrong-object-name"],
    ["tables", ".t", "wrong-object-name"],
    ["tables", '"x.t', "wrong-object-name"],
    ["tables", '"".t', "wrong-object-name"],
    ["tables", "s.1t", "wrong-object-name"],
    ["tables", "s.f()", "wrong-object-name"],
    ["tables", `s.${"x".repeat(64)}`, "name-too-long"],
    ["routines", "s.f", "wrong-object-name"],
    ["routines", "s.f(int", "wrong-object-name"],
  ])("%s: %s is refused", (section, text, code) => {
    expect(on(text, section)).toBe(code);
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
