import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

type Schema = Record<string, unknown>;

const SCHEMA: Schema = JSON.parse(readFileSync(new URL("../../../schema/access.schema.json", import.meta.url), "utf8"));
const ALL = schemasIn(SCHEMA, "#");

test("every key has a description", () => {
  const without = properties().filter(([, schema]) => typeof schema["description"] !== "string");
  expect(without.map(([path]) => path)).toEqual([]);
});

test("every key that is needed has an example, which its hint shows", () => {
  const needed = ALL.flatMap(([path, schema]) => [schema["required"] ?? []].flat().map((key) => [path, String(key), schema] as const));
  const without = needed.filter(([, key, schema]) => !/ Example: ./.test(String(propertyOf(schema, key)["description"])));
  expect(without.map(([path, key]) => `${path} ${key}`)).toEqual([]);
});

test("a key is either accepted or announced for later", () => {
  const both = ALL.flatMap(([path, schema]) =>
    [schema["x-later"] ?? []]
      .flat()
      .filter((key) => String(key) in Object(schema["properties"]))
      .map((key) => `${path} ${key}`),
  );
  expect(both).toEqual([]);
});

test("no oneOf, anyOf or propertyNames: one mistake is one problem", () => {
  expect(ALL.filter(([, schema]) => "oneOf" in schema || "anyOf" in schema || "propertyNames" in schema).map(([path]) => path)).toEqual([]);
});

function schemasIn(value: unknown, path: string): [string, Schema][] {
  if (typeof value !== "object" || value === null) return [];
  const inner = Object.entries(value).flatMap(([key, child]) => schemasIn(child, `${path}/${key}`));
  return [[path, { ...value }], ...inner];
}

function properties(): [string, Schema][] {
  return ALL.filter(([path]) => /\/properties\/[^/]+$/.test(path));
}

function propertyOf(schema: Schema, key: string): Schema {
  return { ...Object(Object(schema["properties"])[key]) };
}
