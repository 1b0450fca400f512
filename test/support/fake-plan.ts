import type { Change, Plan } from "../../src/model/plan.js";
import type { Key } from "../../src/model/resource.js";
import { sha256 } from "../../src/reconcile.js";

const TARGET = { type: "cluster", name: "main" } as const;

/** A plan value as plan/build.ts makes it, without servers. */
export function fakePlan(changes: readonly Change[], rest: Partial<Plan> = {}): Plan {
  const effects = changes.flatMap((c) => c.effects);
  const count = (kind: string): number => effects.filter((e) => e.effect === kind).reduce((n, e) => n + e.what.length, 0);
  const ops = (op: string): number => changes.filter((c) => c.op === op).length;
  return {
    version: 1,
    tool: "0.1.0",
    owner: "acme/access",
    scope: {},
    asOf: "2026-12-01T00:00:00Z",
    complete: true,
    digest: `sha256:${"0".repeat(64)}`,
    counts: {
      create: ops("create"),
      adopt: ops("adopt"),
      update: ops("update"),
      replace: 0,
      release: ops("release"),
      delete: ops("delete"),
      gains: count("gains"),
      loses: count("loses"),
    },
    targets: [{ target: TARGET, about: "PostgreSQL 17.10", identity: "1" }],
    changes,
    units: [],
    steps: [],
    problems: [],
    unmanaged: [],
    ...rest,
  };
}

export const fakeChange = (key: string, rest: Partial<Change> = {}): Change => ({
  id: sha256(key),
  op: "update",
  kind: "pg.acl",
  target: TARGET,
  key: key as Key,
  title: `change ${key}`,
  risk: ["widens"],
  effects: [],
  sources: [],
  before: null,
  after: null,
  ...rest,
});

const LINES = 7;

/** Every role gains select on every table; each role has a line of the file per schema. */
export function grantsOnTables(tables: number, roles: number, schemas: number): Change[] {
  const sources = new Map<string, readonly { file: string; line: number; column: number; pattern: string }[]>();
  const sourceOf = (role: number, schema: number) => {
    const key = `${role}/${schema}`;
    const known = sources.get(key) ?? [{ file: "access.yaml", line: LINES + role * schemas + schema, column: 9, pattern: `s${schema}.*` }];
    sources.set(key, known);
    return known;
  };
  return Array.from({ length: tables }, (_, t) => {
    const schema = t % schemas;
    const on = `table s${schema}.t${t}`;
    const fold = { noun: "tables", schema: `s${schema}`, counted: true };
    return fakeChange(`pg.acl/main/shop/table/s${schema}/t${t}`, {
      effects: Array.from(
        { length: roles },
        (_, r) => ({ effect: "gains", who: `r${r}`, what: ["select"], preposition: "on", on, fold }) as const,
      ),
      sources: Array.from({ length: roles }, (_, r) => sourceOf(r, schema)),
    });
  });
}
