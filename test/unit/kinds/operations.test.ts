import { describe, expect, it } from "vitest";
import { batchKeyOf, renderBatch } from "../../../src/kinds/operations.js";
import { THINGS } from "../../../src/kinds/things.js";
import type { Cell } from "../../../src/model/cell.js";
import type { Operation, Operations } from "../../../src/model/operation.js";
import { privilegeSet } from "../../../src/model/privileges.js";
import type { Key } from "../../../src/model/resource.js";

const operation = <T extends Exclude<keyof Operations, "aws">>(type: T, args: Operations[T]) =>
  ({ type, args, change: "k" as Key, phase: "change", site: { cluster: "c", database: "d" }, as: null, rank: 0 }) as Exclude<
    Operation,
    { type: "aws" }
  >;
const cell: Cell = {
  database: "d",
  type: "table",
  family: "table",
  schema: "S x",
  schemas: ["S x"],
  owner: "own",
  acl: [],
  extension: false,
  literal: false,
  objects: [],
};
const table = (name: string) => ({ type: "table", schema: "S x", name }) as const;
const select = privilegeSet(["select", "insert"]);

describe("rendering", () => {
  it("puts many objects and many grantees into one GRANT, names quoted, never ALL", () => {
    const to = [{ role: "Z" }, { role: "y" }];
    const ops = ["a", 'b"c'].map((name) => operation("grant", { cell, on: table(name), privileges: select, grantable: false, to }));
    expect(new Set(ops.map(batchKeyOf)).size).toBe(1);
    expect(renderBatch(ops, THINGS)).toEqual(['GRANT SELECT, INSERT ON TABLE "S x"."a", "S x"."b""c" TO "Z", "y"']);
  });

  it("keeps objects with other grantees apart", () => {
    const ops = [
      operation("grant", { cell, on: table("a"), privileges: select, grantable: true, to: [{ role: "x" }] }),
      operation("grant", { cell, on: table("b"), privileges: select, grantable: true, to: [{ role: "y" }] }),
    ];
    expect(renderBatch(ops, THINGS)).toEqual([
      'GRANT SELECT, INSERT ON TABLE "S x"."a" TO "x" WITH GRANT OPTION',
      'GRANT SELECT, INSERT ON TABLE "S x"."b" TO "y" WITH GRANT OPTION',
    ]);
  });

  it.each([
    [
      operation("revoke", {
        cell,
        grantor: "own",
        on: table("a"),
        privileges: select,
        from: [{ role: "PUBLIC" }],
        optionOnly: true,
        cascade: true,
      }),
      'REVOKE GRANT OPTION FOR SELECT, INSERT ON TABLE "S x"."a" FROM "PUBLIC" CASCADE',
    ],
    [
      operation("revoke", {
        cell,
        grantor: "own",
        on: { type: "column", schema: "s", name: "t", column: "c d" },
        privileges: select,
        from: ["PUBLIC"],
        optionOnly: false,
        cascade: false,
      }),
      'REVOKE SELECT ("c d"), INSERT ("c d") ON TABLE "s"."t" FROM PUBLIC',
    ],
    [
      operation("grant", {
        cell,
        on: { type: "routine", schema: "s", name: "f", args: "integer, text" },
        privileges: privilegeSet(["execute"]),
        grantable: false,
        to: [{ role: "r" }],
      }),
      'GRANT EXECUTE ON ROUTINE "s"."f"(IN integer, text) TO "r"',
    ],
    [
      operation("grant-membership", { role: "r", member: "m", admin: false, inherit: true, set: true, options: true }),
      'GRANT "r" TO "m" WITH ADMIN FALSE, INHERIT TRUE, SET TRUE',
    ],
    [
      operation("grant-membership", { role: "r", member: "m", admin: true, inherit: true, set: true, options: false }),
      'GRANT "r" TO "m" WITH ADMIN OPTION',
    ],
    [operation("revoke-membership", { role: "r", member: "m", grantor: "g", cascade: false }), 'REVOKE "r" FROM "m" GRANTED BY "g"'],
    [operation("revoke-membership", { role: "r", member: "m", grantor: null, cascade: false }), 'REVOKE "r" FROM "m"'],
    [
      operation("grant-default", { creator: "o", schema: "s", objects: "tables", privileges: privilegeSet(["select"]), to: { role: "r" } }),
      'ALTER DEFAULT PRIVILEGES FOR ROLE "o" IN SCHEMA "s" GRANT SELECT ON TABLES TO "r"',
    ],
    [operation("comment-role", { role: "r", comment: "it's \\ [x]" }), `COMMENT ON ROLE "r" IS  E'it''s \\\\ [x]'`],
  ])("renders %#", (op, sql) => {
    expect(renderBatch([op], THINGS)).toEqual([sql]);
  });
});
