import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/change.js";
import { keyOf } from "../../../src/model/key.js";
import type { Delta } from "../../../src/model/right.js";
import { changeId, createDeltaHash, planDigest } from "../../../src/plan/digest.js";
import { sha256 } from "../../../src/reconcile.js";
import { fakeChange, item, membershipThing } from "../../support/fake-plan.js";

const hashDelta = createDeltaHash(sha256);
const idOf = (change: Change, identity = "1"): string => changeId(sha256, identity, change, hashDelta(change.delta));

const PLAIN = { admin: false, inherit: true, set: true };
const member = (cluster: string, terms: object = {}): Change =>
  fakeChange(keyOf("pg.membership", { cluster, role: "r", member: "m" }), {
    kind: "pg.membership",
    target: { type: "cluster", name: cluster },
    delta: [item("m", "gains", "member", { on: membershipThing("r"), terms: { membership: { ...PLAIN, ...terms } } })],
  });

const on = { type: "table", schema: "s", name: "t" } as const;
const cell = {
  database: "d",
  type: "table",
  family: "table",
  schema: "s",
  schemas: ["s"],
  owner: "o",
  acl: [],
  extension: false,
  literal: false,
  objects: [on],
} as const;
const acl = (database: string, delta: Delta): Change => fakeChange(keyOf("pg.acl", { cluster: "main", database, on, cell }), { delta });
const select = item("a", "gains", "select");

const policy = (after: string, before = "old"): Change =>
  fakeChange(keyOf("iam.policy", { account: "db", name: "p" }), {
    kind: "iam.policy",
    subject: { type: "iam-policy", name: "p" },
    target: { type: "account", name: "db" },
    attributes: { rights: ["document"], before: { document: before, path: "/" }, after: { document: after, path: "/" } },
  });

describe("the id of a change", () => {
  it.each<[string, string, string]>([
    ["the server that proves to be another", idOf(member("main")), idOf(member("main"), "2")],
    ["the cluster of the file, though a copy proves to be the same server", idOf(member("main")), idOf(member("copy"))],
    ["the name of the target alone", idOf(member("main")), idOf({ ...member("main"), target: { type: "cluster", name: "copy" } })],
    ["the terms of a right", idOf(member("main")), idOf(member("main", { inherit: false }))],
    ["the database", idOf(acl("d", [select])), idOf(acl("e", [select]))],
    ["what the right was before", idOf(acl("d", [select])), idOf(acl("d", [{ ...select, other: { grantable: true } }]))],
    ["the grant option", idOf(acl("d", [select])), idOf(acl("d", [{ ...select, terms: { grantable: true } }]))],
    ["the holder", idOf(acl("d", [select])), idOf(acl("d", [item("b", "gains", "select")]))],
    ["a document as it shall be", idOf(policy("new")), idOf(policy("newer"))],
    ["a document as it is", idOf(policy("new")), idOf(policy("new", "older"))],
    ["what is done", idOf(policy("new")), idOf({ ...policy("new"), op: "adopt" })],
  ])("changes with %s", (_, one, other) => {
    expect(one).not.toBe(other);
  });

  it("does not change with the lines of the file, with risks, or with the order of keys", () => {
    const source = { file: "access.yaml", line: 3, column: 1, pattern: "s.*", until: null };
    const moved = { ...acl("d", [{ ...select, sources: [source] }]), sources: [source], risk: ["safe"] };
    expect(idOf(moved)).toBe(idOf(acl("d", [select])));
    const { before } = policy("new").attributes ?? { before: null };
    const turned = { ...policy("new"), attributes: { rights: ["document"], after: { path: "/", document: "new" }, before } };
    expect(idOf(turned)).toBe(idOf(policy("new")));
  });
});

describe("the digest of a plan", () => {
  const plan = { version: 1, owner: "acme/access", scope: {}, ids: ["a", "b"] } as const;
  const digest = planDigest(sha256, plan);

  it("is over all that is bound, in any order", () => {
    expect(digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(planDigest(sha256, { ...plan, ids: ["b", "a"] })).toBe(digest);
  });

  it.each([
    ["a change less", { ids: ["a"] }],
    ["another change", { ids: ["a", "c"] }],
    ["another owner", { owner: "acme/other" }],
    ["a narrower scope", { scope: { cluster: ["main"] } }],
  ])("is another with %s", (_, rest) => {
    expect(planDigest(sha256, { ...plan, ...rest })).not.toBe(digest);
  });
});
