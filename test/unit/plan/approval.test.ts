import { describe, expect, it } from "vitest";
import type { Change, ChangeOp } from "../../../src/model/change.js";
import type { Plan } from "../../../src/model/plan.js";
import type { DeltaItem, MembershipTerms, Source } from "../../../src/model/right.js";
import type { ObjectType, Thing } from "../../../src/model/thing.js";
import { approvalsOf, keptKey, placeOfThing, unapproved } from "../../../src/plan/approval.js";
import { sha256 } from "../../../src/reconcile.js";
import { approvalText } from "../../../src/report/approval-text.js";
import { fakeChange, fakePlan, item, membershipThing, role } from "../../support/fake-plan.js";

const from = (pattern: string | null): Source[] => [{ file: "access.yaml", line: 1, column: 1, pattern, until: null }];

interface At {
  readonly type?: ObjectType;
  readonly database?: string;
  readonly cluster?: string;
  readonly identity?: string;
}
const thing = (name: string, { type = "table", database = "shop", cluster = "main", identity = "1" }: At = {}): Thing => ({
  type: "object",
  server: { cluster, identity },
  site: { database },
  of: { type, schema: "s", name },
});
const acl = (name: string, delta: readonly DeltaItem[], at: At = {}): Change =>
  fakeChange(`acl ${name} ${JSON.stringify(at)}`, { subject: { type: "privileges", on: thing(name, at) }, delta });
const gain = (who: string, verb: string, pattern: string | null = null, rest: Partial<DeltaItem> = {}): DeltaItem =>
  item(who, "gains", verb, { sources: from(pattern), ...rest });
const loss = (who: string, verb: string): DeltaItem => item(who, "loses", verb);
const roleChange = (op: ChangeOp, name: string, rest: Partial<Change> = {}): Change =>
  fakeChange(`pg.role/main/${name}`, { op, kind: "pg.role", subject: { type: "role", name, login: false }, ...rest });
const member = (terms: Partial<MembershipTerms>, other: MembershipTerms | null = null): Change =>
  fakeChange("m", {
    kind: "pg.membership",
    subject: { type: "membership", role: "g", member: "a" },
    delta: [
      item("a", "gains", "member", {
        on: membershipThing("g"),
        terms: { membership: { admin: false, inherit: true, set: true, ...terms } },
        other: other && { membership: other },
      }),
    ],
  });

const approve = (...changes: readonly Change[]): Set<string> => new Set(approvalsOf(fakePlan(changes), sha256).map((a) => a.id));
const textOf = (plan: Plan, approved: ReadonlySet<string>, base: Plan | null = null): string[] =>
  unapproved(plan, approved, base, sha256).map(({ about }) => approvalText(about, plan));
const left = (approved: ReadonlySet<string>, ...changes: readonly Change[]): string[] => textOf(fakePlan(changes), approved);

describe("what was approved", () => {
  const seen = approve(roleChange("create", "a"), acl("t", [gain("a", "select", "s.*"), gain("a", "insert", "s.*")]));

  it("is the same plan, and each part of it", () => {
    expect(left(seen, roleChange("create", "a"), acl("t", [gain("a", "select", "s.*"), gain("a", "insert", "s.*")]))).toEqual([]);
    expect(left(seen, acl("t", [gain("a", "insert", "s.*")]))).toEqual([]);
    expect(left(seen)).toEqual([]);
  });

  it("is a table that was made under the wildcard meanwhile, wherever the line of the file stands now", () => {
    expect(
      left(
        seen,
        acl("later", [{ ...gain("a", "select", "s.*"), sources: [{ file: "x", line: 9, column: 2, pattern: "s.*", until: null }] }]),
      ),
    ).toEqual([]);
  });

  it("is not the same right without the wildcard, another right, another role, or a loss", () => {
    expect(left(seen, acl("later", [gain("a", "select")]))).toEqual(["a gains select on table s.later"]);
    expect(left(seen, acl("t", [gain("a", "delete", "s.*")]))).toEqual(["a gains delete on tables of s"]);
    expect(left(seen, acl("t", [gain("b", "select", "s.*")]))).toEqual(["b gains select on tables of s"]);
    expect(left(seen, acl("t", [loss("a", "select")]))).toEqual(["a loses select on tables of s"]);
    expect(left(seen, acl("v", [gain("a", "select", "s.*")], { type: "view" }))).toEqual(["a gains select on views of s"]);
  });

  it.each<[string, At]>([
    ["another database, though one alone is declared", { database: "other" }],
    ["another cluster whose server is a file copy", { cluster: "copy" }],
    ["another server of the same name", { identity: "2" }],
  ])("is not the same right in %s", (_, at) => {
    expect(left(seen, acl("t", [gain("a", "select", "s.*")], at))).toHaveLength(1);
    expect(left(approve(acl("t", [gain("a", "select")])), acl("t", [gain("a", "select")], at))).toHaveLength(1);
  });

  it("is not another thing done to the same role", () => {
    expect(left(seen, roleChange("delete", "a"))).toEqual(["delete role a"]);
    expect(left(seen, roleChange("adopt", "a"))).toEqual(["adopt role a"]);
  });

  it("of two pull requests is what both did to one table", () => {
    const both = new Set([...approve(acl("t", [gain("a", "select")])), ...approve(acl("t", [loss("b", "insert")]))]);
    expect(left(both, acl("t", [gain("a", "select"), loss("b", "insert")]))).toEqual([]);
  });

  it("is bound to the server: a clone of the same name is another", () => {
    const plan = fakePlan([roleChange("create", "a")]);
    const clone = { ...plan, targets: plan.targets.map((t) => ({ ...t, identity: "2" })) };
    expect(textOf(clone, seen)).toEqual(["create role a"]);
  });
});

describe("the terms of a right", () => {
  it("a restricted membership approves no full one, and the full one approves no admin option", () => {
    const restricted = approve(member({ inherit: false, set: false }));
    expect(left(restricted, member({}))).toEqual(["a gains membership in role g"]);
    expect(left(approve(member({})), member({ admin: true }))).toEqual(["a gains membership, admin option in role g"]);
    const upgrade = member({}, { admin: false, inherit: false, set: true });
    expect(left(approve(upgrade), member({}))).toEqual(["a gains membership in role g"]);
    expect(left(approve(member({})), upgrade)).toEqual(["a gains inherit option in role g"]);
  });

  it("a privilege approves no grant option", () => {
    const option = acl("t", [gain("a", "select", null, { terms: { grantable: true } })]);
    expect(left(approve(acl("t", [gain("a", "select")])), option)).toEqual(["a gains select with grant option on table s.t"]);
  });

  it("losing an option approves no loss of the whole", () => {
    const full = { admin: true, inherit: true, set: true };
    const loses = (other: MembershipTerms | null): Change =>
      fakeChange("m", {
        kind: "pg.membership",
        subject: { type: "membership", role: "g", member: "a" },
        delta: [
          item("a", "loses", "member", { on: membershipThing("g"), terms: { membership: full }, other: other && { membership: other } }),
        ],
      });
    expect(left(approve(loses({ ...full, admin: false })), loses(null))).toEqual(["a loses membership, admin option in role g"]);
    const option = (other: DeltaItem["other"]): Change => acl("t", [item("a", "loses", "select", { terms: { grantable: true }, other })]);
    expect(left(approve(option({})), option(null))).toHaveLength(1);
  });

  it("a Deny that goes is a gain of its own", () => {
    const policy = (effect: DeltaItem["effect"], deny: boolean): Change =>
      fakeChange("p", {
        kind: "iam.policy",
        subject: { type: "iam-policy", name: "p" },
        target: { type: "account", name: "db" },
        delta: [
          item({ type: "policy", account: "1", name: "p" }, effect, "rds-db:connect", {
            on: { type: "door", resource: "us-east-2:1:c", user: "u" },
            terms: deny ? { deny: true } : {},
          }),
        ],
      });
    expect(left(approve(policy("gains", false)), policy("gains", true))).toHaveLength(1);
    expect(left(approve(policy("loses", true)), policy("gains", true))).toHaveLength(1);
    expect(approvalsOf(fakePlan([policy("gains", true)]), sha256).map((a) => a.needs)).toEqual(["always"]);
  });
});

describe("a wildcard beside a literal entry", () => {
  const mixed = acl("t", [gain("a", "select", "s.*"), gain("a", "insert", null)]);

  it("gives only its own privileges to all objects", () => {
    expect(left(approve(mixed), acl("later", [gain("a", "insert", "s.*")]))).toEqual(["a gains insert on tables of s"]);
    expect(left(approve(mixed), acl("later", [gain("a", "insert", null)]))).toEqual(["a gains insert on table s.later"]);
    expect(left(approve(mixed), acl("later", [gain("a", "select", "s.*")]))).toEqual([]);
  });

  it("is another wildcard when its pattern or its end is another", () => {
    const ends = acl("t", [{ ...gain("a", "select"), sources: [{ file: "f", line: 1, column: 1, pattern: "s.*", until: "2027-01-31" }] }]);
    expect(left(approve(ends), acl("t", [gain("a", "select", "s.*")]))).toHaveLength(1);
    expect(left(approve(acl("t", [gain("a", "select", "*.*")])), acl("t", [gain("a", "select", "s.*")]))).toHaveLength(1);
  });
});

describe("a loss", () => {
  const place = placeOfThing(thing("t")) ?? "";
  const keeps: Partial<Plan> = { kept: new Set([keptKey(role("a"), "select", place)]) };
  const one = fakePlan([acl("t", [loss("a", "select")])], keeps);
  const all = fakePlan([acl("t", [loss("a", "select")])]);
  const idsOf = (plan: Plan): Set<string> => new Set(approvalsOf(plan, sha256).map((a) => a.id));

  it("is of the very object where its holder keeps the privilege on another", () => {
    expect(textOf(fakePlan([acl("u", [loss("a", "select")])], keeps), idsOf(one))).toEqual(["a loses select on table s.u"]);
    expect(textOf(one, idsOf(one))).toEqual([]);
  });

  it("is of all objects of the schema where it keeps it on none", () => {
    expect(textOf(fakePlan([acl("u", [loss("a", "select")])]), idsOf(all))).toEqual([]);
    expect(textOf(all, idsOf(one))).toEqual(["a loses select on tables of s"]);
  });

  it("needs no approval where the file as it was applied last gave it neither: that repairs drift", () => {
    const drift = fakePlan([acl("t", [loss("a", "select"), gain("b", "select")]), roleChange("delete", "old")]);
    const base = fakePlan([acl("t", [loss("a", "select"), gain("b", "select")]), roleChange("delete", "old")]);
    expect(textOf(drift, new Set(), base)).toEqual(["b gains select on table s.t"]);
    expect(textOf(drift, new Set(), fakePlan([]))).toEqual([
      "a loses select on tables of s",
      "b gains select on table s.t",
      "delete role old",
    ]);
    expect(textOf(drift, new Set(), null)).toHaveLength(3);
  });

  it("of one object is not drift because another one is", () => {
    const base = fakePlan([acl("t", [loss("a", "select")])], keeps);
    expect(textOf(fakePlan([acl("t", [loss("a", "select")]), acl("u", [loss("a", "select")])]), new Set(), base)).toHaveLength(1);
  });
});

describe("an attribute", () => {
  const tags = (after: readonly string[]): Change =>
    fakeChange("iam.role/db/r", {
      kind: "iam.role",
      subject: { type: "iam-role", name: "r" },
      attributes: { rights: ["trust"], before: { path: "/", trust: "x", tags: [] }, after: { path: "/", trust: "y", tags: after } },
    });

  it("is approved by what it becomes; what the rights say in full is not said twice", () => {
    expect(approvalsOf(fakePlan([tags(["a"])]), sha256).map(({ about }) => approvalText(about, fakePlan([])))).toEqual([
      "update IAM role r: its tags",
    ]);
    expect(left(approve(tags(["a"])), tags(["a"]))).toEqual([]);
    expect(left(approve(tags(["a"])), tags(["b"]))).toHaveLength(1);
  });
});

describe("many objects that change alike", () => {
  it("are one approval under their wildcard, and one each without", () => {
    const wild = [gain("a", "select", "s.*")];
    const plain = [gain("a", "select")];
    const tables = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    const of = (delta: readonly DeltaItem[]): number => approvalsOf(fakePlan(tables.map((t) => acl(t, delta))), sha256).length;
    expect([of(wild), of(plain)]).toEqual([1, 1000]);
  });
});
