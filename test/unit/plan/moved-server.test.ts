import { describe, expect, it } from "vitest";
import { baseGives } from "../../../src/config/base-gives.js";
import { followBase } from "../../../src/config/from-base.js";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Declared } from "../../../src/model/declared.js";
import type { Plan } from "../../../src/model/plan.js";
import { isError } from "../../../src/model/problem.js";
import type { Snapshot } from "../../../src/model/snapshot.js";
import { unapproved } from "../../../src/plan/approval.js";
import { readRecord, writeRecord } from "../../../src/plan/approval-record.js";
import { planAccess, planBase, sha256 } from "../../../src/reconcile.js";
import { approvalText } from "../../../src/report/approval-text.js";
import { fakeAccount, fakeCluster, fakeRole, fakeSnapshot } from "../../support/fake-snapshot.js";
import { effectsOf as sentencesOf, titlesOf } from "../../support/scene.js";

const BASE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
  own: { address: db.internal:5432, admin: { user: access_admin, auth: none }, tls: { mode: disable }, databases: { shop: {} } }
defaults: { clusters: [demo] }
users:
  ro: { login: iam }
  other: { clusters: [own] }
iam_roles: {}
`;
const DOOR = "iam_roles: { app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }\n";
const now = new Date("2026-12-01T12:00:00Z");
const parse = (text: string): Declared => {
  const { declared, problems } = parseAccess(text, "access.yaml", () => ({ pem: "PEM" }));
  if (!declared) throw new Error(JSON.stringify(problems));
  return declared;
};
const RDS_IAM = fakeRole("rds_iam");
const withIam = (resourceId: string) => {
  const cluster = fakeCluster("demo", resourceId);
  return { ...cluster, roles: new Map([...cluster.roles, ["rds_iam", RDS_IAM] as const]) };
};
const servers = (resourceId: string): Snapshot =>
  fakeSnapshot([withIam(resourceId), { ...fakeCluster("own", "own-1"), rds: null }], [fakeAccount("db", "111122223333")]);
const build = (declared: Declared, snapshot: Snapshot): Plan => {
  const plan = planAccess({ declared, snapshot, now });
  expect(plan.problems.filter(isError)).toEqual([]);
  return plan;
};
const binding = { pull: 1, base: "main", headSha: "a".repeat(40) };
/** What is left to approve on `after` when a pull request was planned on `before`. */
const leftOver = (text: string, before: Snapshot, after: Snapshot): { left: string[]; planned: Plan; byDigest: boolean } => {
  const { declared, notFollowed } = followBase(parse(text), parse(BASE));
  const planned = build(declared, before);
  const record = readRecord(writeRecord(planned, binding, { hash: sha256, room: 65_000, leaveOut: notFollowed }), binding);
  const plan = build(parse(text), after);
  const byDigest = record?.digest === plan.digest;
  const left = unapproved(plan, new Set(record?.ids), null, sha256).map(({ about }) => approvalText(about, plan));
  return { left, planned, byDigest };
};

describe("a pull request that changes a connection and opens a door", () => {
  const moved = `${BASE.replace("demo-aurora", "new-aurora").replace("iam_roles: {}\n", "")}${DOOR}`;

  it("was planned with the door to the old server, so it does not approve the one to the new", () => {
    const { left, planned, byDigest } = leftOver(moved, servers("cluster-OLD"), servers("cluster-NEW"));
    const door = "IAM policy app-access gains rds-db:connect as user ro of cluster demo";
    // The sentence is the same before and after; the resource id behind it is not.
    expect(sentencesOf(planned)).toContain(door);
    expect(left).toContain(door);
    expect(left).toContain("create user ro");
    expect(byDigest).toBe(false);
  });

  it("approves what it does elsewhere", () => {
    const { left, planned } = leftOver(moved, servers("cluster-OLD"), servers("cluster-NEW"));
    expect(titlesOf(planned)).toContain("create user other");
    expect(left).not.toContain("create user other");
  });

  it("approves all of it where the connection stays", () => {
    const kept = `${BASE.replace("iam_roles: {}\n", "")}${DOOR}`;
    expect(leftOver(kept, servers("cluster-OLD"), servers("cluster-OLD"))).toMatchObject({ left: [], byDigest: true });
  });

  it("approves no door alone, nor by its digest, when the users are there already", () => {
    const users = [["ro", fakeRole("ro", { login: true, comment: "[pgaccord:acme/access/demo]" })] as const];
    const row = { role: "rds_iam", member: "ro", grantor: "access_admin", admin: false, inherit: true, set: true };
    const there = (id: string): Snapshot => {
      const { clusters, ...rest } = servers(id);
      const demo = withIam(id);
      return {
        ...rest,
        clusters: new Map([...clusters, ["demo", { ...demo, roles: new Map([...demo.roles, ...users]), memberships: [row] }]]),
      };
    };
    const { left, byDigest } = leftOver(moved.replace("  other: { clusters: [own] }\n", ""), there("cluster-OLD"), there("cluster-NEW"));
    expect(left).toContain("IAM policy app-access gains rds-db:connect as user ro of cluster demo");
    expect(left).not.toContain("create user ro");
    expect(byDigest).toBe(false);
  });
});

describe("the file that was applied last, on the servers of now", () => {
  const trust = (...principals: readonly string[]): string =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: principals } }] });
  const base = (text: string, head: string): Declared | null =>
    baseGives(parse(text), parse(head), servers("cluster-OLD"))?.declared ?? null;

  it("is compared on the same servers and databases only", () => {
    expect([...(base(BASE, BASE)?.clusters.keys() ?? [])]).toEqual(["demo", "own"]);
    expect([...(base(BASE, BASE.replace("demo-aurora", "new-aurora"))?.clusters.keys() ?? [])]).toEqual(["own"]);
    expect([...(base(BASE.replace("db.internal", "was.internal"), BASE)?.clusters.keys() ?? [])]).toEqual(["demo"]);
  });

  it("has taken nothing in databases that it did not name", () => {
    const database = (name: string) => [name, { name, schemas: new Map(), groups: [], defaultAcls: [] }] as const;
    const own = { ...fakeCluster("own", "own-1"), inspected: new Map(["shop", "crm"].map(database)) };
    const wider = BASE.replace("shop: {}", "shop: {}, crm: {}");
    const read = (text: string): string[] => [
      ...(baseGives(parse(text), parse(wider), fakeSnapshot([own]))
        ?.snapshot.clusters.get("own")
        ?.inspected.keys() ?? []),
    ];
    expect([read(BASE), read(wider)]).toEqual([["shop"], ["shop", "crm"]]);
  });

  it.each([
    ["of another owner", BASE.replace("acme/access", "acme/other"), BASE],
    ["with an account that is gone", BASE.replace("accounts: {", 'accounts: { old: { id: "222233334444", region: us-east-2 },'), BASE],
    ["with an account of another id", BASE.replace("111122223333", "999922223333"), BASE],
    ["with an account of another Region", BASE.replace("us-east-2", "us-west-2"), BASE],
  ])("%s is not compared at all", (_, text, head) => {
    expect(base(text, head)).toBeNull();
  });

  it("takes no trust of an account that only it knows: a loss of that is not drift", () => {
    const two = `${BASE.replace("accounts: {", 'accounts: { old: { id: "222233334444", region: us-east-2 },').replace("iam_roles: {}\n", "")}iam_roles:
  caller: { account: old, assume: [app], trust: [{ service: ec2.amazonaws.com }] }
  app: { account: db, trust: [{ role: caller }, { service: ec2.amazonaws.com }] }
`;
    const one = `${BASE.replace("iam_roles: {}\n", "")}iam_roles: { app: { account: db, trust: [{ service: ec2.amazonaws.com }] } }\n`;
    const live = trust("arn:aws:iam::222233334444:role/caller");
    const snapshot = fakeSnapshot([...servers("cluster-OLD").clusters.values()], [fakeAccount("db", "111122223333", [["app", live]])]);
    const plan = build(parse(one), snapshot);
    const given = planBase({ base: parse(two), head: parse(one), snapshot, now });
    const lost = sentencesOf(plan).filter((text) => text.includes(" loses "));
    expect(lost).toHaveLength(1);
    const left = unapproved(plan, new Set(), given, sha256).map(({ about }) => approvalText(about, plan));
    expect(left).toEqual(expect.arrayContaining(lost));
  });
});
