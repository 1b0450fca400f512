import type { Change, Subject } from "../../src/model/change.js";
import type { Residue } from "../../src/model/net.js";
import type { Plan } from "../../src/model/plan.js";
import { nameOfPrincipal, type Principal } from "../../src/model/principal.js";
import { warningProblem } from "../../src/model/problem.js";
import type { Key } from "../../src/model/resource.js";
import { countRights, type Delta, type DeltaItem, type Terms } from "../../src/model/right.js";
import type { Server, Thing } from "../../src/model/thing.js";
import { sha256 } from "../../src/reconcile.js";

const TARGET = { type: "cluster", name: "main" } as const;
export const SERVER: Server = { cluster: "main", identity: "1" };

/** A plan value as plan/build.ts makes it, without servers. */
export function fakePlan(changes: readonly Change[], rest: Partial<Plan> = {}): Plan {
  const rights = (effect: "gains" | "loses"): number => changes.reduce((n, c) => n + countRights(c.delta, effect), 0);
  const ops = (op: string): number => changes.filter((c) => c.op === op).length;
  return {
    version: 1,
    tool: "0.1.0",
    owner: "acme/access",
    scope: {},
    asOf: "2026-12-01T00:00:00Z",
    complete: true,
    leftOut: [],
    digest: `sha256:${"0".repeat(64)}`,
    counts: {
      create: ops("create"),
      rename: 0,
      adopt: ops("adopt"),
      update: ops("update"),
      replace: 0,
      release: ops("release"),
      delete: ops("delete"),
      gains: rights("gains"),
      loses: rights("loses"),
    },
    targets: [{ target: TARGET, about: "PostgreSQL 17.10", identity: "1", databases: ["shop"] }],
    changes,
    units: [],
    steps: [],
    problems: [],
    unmanaged: [],
    net: [],
    unheld: { gains: [], loses: [] },
    gaps: [],
    residue: [],
    left: [],
    kept: new Set(),
    expired: new Map(),
    ...rest,
  };
}

/** Of the membership that its rights are about, else of the privileges on the table of its key, unless told otherwise. */
export const fakeChange = (key: string, rest: Partial<Change> = {}): Change => ({
  id: sha256(key),
  op: "update",
  kind: "pg.acl",
  target: TARGET,
  key: key as Key,
  subject: subjectOf(key, rest.delta ?? []),
  risk: ["widens"],
  delta: [],
  sources: [],
  attributes: null,
  ...rest,
});

function subjectOf(key: string, [first]: Delta): Subject {
  if (first?.on?.type !== "membership") return { type: "privileges", on: tableThing(key) };
  return { type: "membership", role: first.on.role, member: nameOfPrincipal(first.who) };
}

export const role = (name: string): Principal => ({ type: "role", cluster: "main", name });

export const tableThing = (name: string, schema?: string): Thing => ({
  type: "object",
  server: SERVER,
  site: { database: "shop" },
  of: { type: "table", ...(schema === undefined ? {} : { schema }), name },
});

export const membershipThing = (group: string): Thing => ({ type: "membership", server: SERVER, role: group });
export const PLAIN_MEMBER: Terms = { membership: { admin: false, inherit: true, set: true } };

/** One right that somebody, or the role of that name, gains or loses. */
export const item = (who: string | Principal, effect: DeltaItem["effect"], verb: string, rest: Partial<DeltaItem> = {}): DeltaItem => ({
  effect,
  who: typeof who === "string" ? role(who) : who,
  verbs: [verb],
  terms: {},
  other: null,
  sources: [],
  ...rest,
});

const LINES = 7;

/** Every role gains select on every table; each role has a line of the file per schema. Tables of a schema share their delta. */
export function grantsOnTables(tables: number, roles: number, schemas: number): Change[] {
  const deltas = Array.from({ length: schemas }, (_, s) =>
    Array.from({ length: roles }, (_, r) => {
      const source = { file: "access.yaml", line: LINES + r * schemas + s, column: 9, pattern: `s${s}.*`, until: null };
      return item(`r${r}`, "gains", "select", { sources: [source] });
    }),
  );
  return Array.from({ length: tables }, (_, t) => {
    const s = t % schemas;
    const delta = deltas[s] ?? [];
    const subject = { type: "privileges", on: tableThing(`t${t}`, `s${s}`) } as const;
    return fakeChange(`pg.acl/main/shop/table/s${s}/t${t}`, { subject, delta, sources: delta.flatMap((one) => one.sources) });
  });
}

/** Select on a table that evil should lose and mallory gave. */
export const fakeResidue = (name: string, rest: Partial<Residue> = {}): Residue => {
  const effects = [{ ...item("evil", "loses", "select"), on: tableThing(name, "s") }];
  return {
    target: TARGET,
    key: `pg.acl/main/shop/table/s/${name}` as Key,
    effects,
    grantor: "mallory",
    statements: ['SET ROLE "mallory"', `REVOKE SELECT ON TABLE "s"."${name}" FROM "evil"`],
    problem: warningProblem("cannot-revoke", "mallory gave it.", { effects, hint: `Let a superuser run once: REVOKE … ${name};` }),
    accepted: null,
    ...rest,
  };
};
