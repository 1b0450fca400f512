import { expect, test } from "vitest";
import { underNewNames } from "../../../src/facts/renames.js";
import { acl, member, row, serverOf, tables } from "../../support/stage.js";

const PENDING = new Map([["fresh", "old"]]);
const HELD = acl(row("old", "own", ["select"]), row("other", "old", ["select"]));
const OTHER = acl(row("other", "own", ["select"]));

test("everything of a server that names a role says its new name", () => {
  const server = serverOf(["old", "other"], [tables(["t"], HELD, { owner: "old" })], {
    memberships: [member("old", "other", { grantor: "old" }), member("other", "old")],
    databases: new Map([["shop", { name: "shop", owner: "old", acl: HELD }]]),
    dependencies: [{ role: "old", database: null, catalog: "pg_database", type: "owner", count: 1 }],
  });
  const shop = server.inspected.get("shop");
  if (!shop) throw new Error("no shop");
  const schemas = new Map([["old", { name: "old", owner: "old", acl: HELD }]]);
  const defaultAcls = [{ creator: "old", schema: "s", objects: "tables", acl: HELD } as const];
  const whole = { ...server, inspected: new Map([["shop", { ...shop, schemas, defaultAcls }]]) };
  const text = JSON.stringify(underNewNames(whole, PENDING), (_, value: unknown) => (value instanceof Map ? [...value] : value));
  // A schema of that name is no role.
  expect(text.match(/"old"/g)).toHaveLength(2);
  expect(text).toContain('["old",{"name":"old","owner":"fresh"');
});

test("equal ACLs stay one value, and what names none of the roles stays as it is", () => {
  const groups = [tables(["a"], HELD), tables(["b"], HELD, { schema: "z" }), tables(["c"], OTHER)];
  const [a, b, c] = underNewNames(serverOf(["old"], groups), PENDING).inspected.get("shop")?.groups ?? [];
  expect(a?.acl).toBe(b?.acl);
  expect(a?.acl).not.toBe(HELD);
  expect(c?.acl).toBe(OTHER);
  const server = serverOf(["old"], groups);
  expect(underNewNames(server, new Map())).toBe(server);
});
