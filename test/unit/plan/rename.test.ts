import { describe, expect, it } from "vitest";
import type { ClusterSnapshot, RoleSnapshot, Snapshot } from "../../../src/model/snapshot.js";
import { planAccess } from "../../../src/reconcile.js";
import { renderText } from "../../../src/report/text.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  codes,
  effects,
  fileOf,
  idsOf,
  leftOf,
  MARK,
  member,
  NOW,
  parse,
  planOf,
  row,
  serverOf,
  sqlOf,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

const GRANTS = "grants: { shop: { tables: { s.*: [select] } } }";
const NEW = fileOf(`{ fresh: { was: old, ${GRANTS} } }`);
const OLD = fileOf(`{ old: { ${GRANTS} } }`);

const later = (role: string) => ({ creator: "own", schema: "s", objects: "tables", acl: [row(role, "own", ["select"])] }) as const;
/** The server with one role of ours, which holds select on s.t and on what comes later. */
function holding(
  role: string,
  rest: Partial<RoleSnapshot> = {},
  more: Partial<ClusterSnapshot> = {},
  others: readonly RoleSnapshot[] = [],
): Snapshot {
  const server = serverOf([], [tables(["t"], acl(row(role, "own", ["select"])))], more);
  const shop = server.inspected.get("shop");
  const roles = new Map([
    ...server.roles,
    [role, fakeRole(role, { comment: MARK, ...rest })],
    ...others.map((one) => [one.name, one] as const),
  ]);
  return worldOf([{ ...server, roles, inspected: new Map(shop ? [["shop", { ...shop, defaultAcls: [later(role)] }]] : []) }]);
}
const problemsOf = (text: string, world: Snapshot): string[] =>
  planOf(text, world).problems.map((p) => `${p.code}: ${p.message} ${p.hint}`);

describe("a role that was called something else", () => {
  it("is renamed, and nothing else changes: grants, default privileges and the mark stay", () => {
    const plan = planOf(NEW, holding("old"));
    expect(titles(plan)).toEqual(["rename role old to fresh"]);
    expect(sqlOf(plan)).toEqual(['ALTER ROLE "old" RENAME TO "fresh"']);
    expect(effects(plan)).toEqual([]);
    expect([plan.counts.rename, plan.counts.create, plan.counts.delete, codes(plan)]).toEqual([1, 0, 0, ["public-has-it"].slice(1)]);
  });

  it("keeps its memberships, as a group and as a member, whoever granted them", () => {
    const file = fileOf(`{ fresh: { was: old, ${GRANTS} }, group: {} }`, "users: { ann: { member_of: [fresh] } }").replace(
      "{ was: old,",
      "{ was: old, member_of: [group],",
    );
    const rows = [member("old", "ann"), member("group", "old")];
    const others = [fakeRole("ann", { login: true, comment: MARK }), fakeRole("group", { comment: MARK })];
    expect(sqlOf(planOf(file, holding("old", {}, { memberships: rows }, others)))).toEqual(['ALTER ROLE "old" RENAME TO "fresh"']);
  });

  it("is named for what it is in text, net and counts; who logs in is told so", () => {
    const plan = planOf(
      fileOf("{}", "users: { fresh: { was: old } }"),
      worldOf([serverOf([], [], { roles: withRole(fakeRole("old", { login: true, comment: MARK })) })]),
    );
    const text = renderText(plan, { color: false, verbose: false });
    expect(text).toContain("rename user old to fresh; who logs in must give the new name from then on");
    expect(text).toContain("fresh: unchanged, was old");
    expect(text).toContain("1 to rename");
    expect(codes(plan)).toContain("rename-clears-md5");
  });

  it("loses and gains what else its entry changes, by its new name, after the rename", () => {
    const file = fileOf("{ fresh: { was: old, grants: { shop: { tables: { s.t: [insert] } } } } }");
    const plan = planOf(file, holding("old"));
    const sql = sqlOf(plan);
    expect(sql[0]).toBe('ALTER ROLE "old" RENAME TO "fresh"');
    expect(sql.slice(1).join()).not.toContain('"old"');
    expect(effects(plan).join("; ")).toContain("fresh loses select");
    const [first] = plan.units;
    expect(plan.units.slice(1).every((unit) => unit.after.includes(first?.id ?? ""))).toBe(true);
  });

  it("owns what it owned: statements run as it by its new name", () => {
    const owned = tables(["t"], [row("old", "old", ["select"])], { owner: "old" });
    const plan = planOf(
      fileOf("{ fresh: { was: old }, reads: { grants: { shop: { tables: { s.t: [select] } } } } }"),
      worldOf([serverOf(["old", "reads"], [owned])]),
    );
    expect(sqlOf(plan)).toEqual(['ALTER ROLE "old" RENAME TO "fresh"', 'GRANT SELECT ON TABLE "s"."t" TO "reads"']);
  });

  it("is a creator of later objects by its new name", () => {
    const file = fileOf(`{ fresh: { was: old }, reads: { ${GRANTS} } }`).replace("creators: [own]", "creators: [fresh]");
    const plan = planOf(file, holding("old", {}, {}, [fakeRole("reads", { comment: MARK })]));
    expect(sqlOf(plan).join("; ")).toContain('ALTER DEFAULT PRIVILEGES FOR ROLE "fresh"');
    expect(sqlOf(plan)[0]).toBe('ALTER ROLE "old" RENAME TO "fresh"');
  });

  it("is done when only the new name is there, and made when neither is", () => {
    expect(planOf(NEW, holding("fresh")).changes).toEqual([]);
    expect(codes(planOf(NEW, holding("fresh")))).toEqual([]);
    expect(titles(planOf(fileOf("{ fresh: { was: old } }"), worldOf([serverOf([], [])])))).toEqual(["create role fresh"]);
  });

  it("of both names refuses, and drops neither; a stranger's role of the former name keeps nothing from being done", () => {
    const both = holding("fresh", {}, {}, [fakeRole("old", { comment: MARK })]);
    const plan = planOf(NEW, both);
    expect(problemsOf(NEW, both).join()).toMatch(/rename-both-exist: fresh was old, but cluster main has both.*Drop fresh.*take was out/);
    expect(titles(plan)).toEqual([]);
    expect(planOf(NEW, holding("fresh", {}, {}, [fakeRole("old")])).problems).toEqual([]);
    expect(codes(planOf(NEW, holding("fresh", { comment: null }, {}, [fakeRole("old")])))).toContain("rename-both-exist");
  });

  it.each([
    ["unmarked", { comment: null }, "does not manage it yet"],
    ["of another owner", { comment: "[pgaccord:beta/access/main]" }, "the mark of beta/access"],
    ["of another cluster", { comment: "[pgaccord:acme/access/other]" }, "for cluster other"],
  ])("that is %s is refused", (_, rest, why) => {
    const found = problemsOf(NEW, holding("old", rest));
    expect(found.join()).toContain("rename-refused: old on cluster main cannot become fresh");
    expect(found.join()).toContain(why);
    expect(sqlOf(planOf(NEW, holding("old", rest))).join()).not.toContain("RENAME");
  });

  it("of an owner that is taken over is renamed and marked anew", () => {
    const plan = planOf(
      NEW.replace("owner: acme/access", "owner: acme/access\nowner_was: [beta/access]"),
      holding("old", { comment: "[pgaccord:beta/access/main]" }),
    );
    expect(titles(plan)).toEqual(["rename role old to fresh"]);
    expect(leftOf(plan, new Set())).toEqual(["rename role old to fresh", "rename role old to fresh: its owner"]);
    expect(sqlOf(plan)).toEqual(['ALTER ROLE "old" RENAME TO "fresh"', `COMMENT ON ROLE "fresh" IS '${MARK}'`]);
  });

  it("keeps that it was adopted: it is released, not dropped, when it leaves the file", () => {
    const plan = planOf(NEW, holding("old", { comment: MARK.replace("]", " adopted]") }));
    expect(titles(plan)).toEqual(["rename role old to fresh"]);
    expect(sqlOf(plan)).toHaveLength(1);
  });

  it("that is protected, the bootstrap superuser or RDS's master user is refused", () => {
    const protect = `${NEW}safety: { protect: [ol*] }\n`;
    expect(problemsOf(protect, holding("old")).join()).toContain("safety.protect names it");
    expect(problemsOf(NEW, holding("old", {}, { bootstrap: "old" })).join()).toContain("the bootstrap superuser");
    const rds = { id: "x", type: "cluster", resourceId: "cluster-X", endpoint: "x", port: 5432, iamAuth: true, masterUser: "old" } as const;
    expect(problemsOf(NEW, holding("old", {}, { rds })).join()).toContain("RDS's master user");
  });

  it("that the admin may not alter is refused with the statement, by the name that it has", () => {
    const file = NEW.replace("user: postgres", "user: boss");
    const worldFor = (rest: Partial<RoleSnapshot>, more: Partial<ClusterSnapshot> = {}) =>
      holding("old", {}, more, [fakeRole("boss", { login: true, ...rest })]);
    const found = problemsOf(file, worldFor({ createRole: true })).join();
    expect(found).toContain("role-not-administered");
    expect(found).toContain('GRANT "old" TO "boss" WITH ADMIN OPTION');
    // PostgreSQL asks for both (user.c, RenameRole).
    const memberships = [member("old", "boss", { admin: true })];
    expect(problemsOf(file, worldFor({}, { memberships })).join()).toContain("may not rename role old: it lacks CREATEROLE");
    expect(codes(planOf(file, worldFor({ createRole: true }, { memberships })))).not.toContain("role-not-administered");
    expect(codes(planOf(file, worldFor({ createRole: true }, { versionNum: 150000 })))).not.toContain("role-not-administered");
  });

  it("needs one approval, bound to both names", () => {
    const [id, ...more] = idsOf(planOf(NEW, holding("old")));
    expect(more).toEqual([]);
    expect(idsOf(planOf(NEW.replace("was: old", "was: elder"), holding("elder"))).has(id ?? "")).toBe(false);
  });

  it("has a digest of its own: a saved plan of another rename is stale", () => {
    expect(planOf(NEW, holding("old")).digest).not.toBe(planOf(NEW.replace("was: old", "was: elder"), holding("elder")).digest);
  });

  it("waits in a plan that only takes, with the takes that name it; other takes go", () => {
    const file = fileOf("{ fresh: { was: old }, other: {} }");
    const world = holding("old", {}, {}, [fakeRole("other", { comment: MARK })]);
    const [server] = world.clusters.values();
    const shop = server?.inspected.get("shop");
    if (!server || !shop) throw new Error("no server");
    const groups = [tables(["t"], acl(row("old", "own", ["select"]), row("other", "own", ["select"])))];
    const plan = planAccess({
      declared: parse(file),
      snapshot: worldOf([{ ...server, inspected: new Map([["shop", { ...shop, groups }]]) }]),
      now: NOW,
      revokeOnly: true,
    });
    expect(sqlOf(plan)).toEqual(['REVOKE SELECT ON TABLE "s"."t" FROM "other"']);
    expect(plan.left.map(({ op }) => op)).toContain("rename");
  });

  it("is not touched where a narrowed run does not write", () => {
    const narrowing = { scope: { cluster: ["other"] }, includes: () => false };
    const plan = planAccess({ declared: parse(NEW), snapshot: holding("old"), now: NOW, narrowing });
    expect([plan.changes, plan.problems]).toEqual([[], []]);
    const both = holding("fresh", {}, {}, [fakeRole("old", { comment: MARK })]);
    for (const snapshot of [both, holding("old", { comment: null })])
      expect(planAccess({ declared: parse(NEW), snapshot, now: NOW, narrowing }).problems).toEqual([]);
  });

  it("that somebody renamed by hand since is a role of ours that the file does not name: it is not dropped while it owns things", () => {
    const owner = { role: "moved", database: "shop", catalog: "pg_class", type: "owner", count: 3 } as const;
    const plan = planOf(NEW, holding("moved", {}, { dependencies: [owner] }));
    expect(titles(plan)).toContain("create role fresh");
    expect(problemsOf(NEW, holding("moved", {}, { dependencies: [owner] })).join()).toMatch(/role-has-dependents.*was: moved/);
    expect(titles(planOf(NEW.replace("was: old", "was: moved"), holding("moved", {}, { dependencies: [owner] })))).toEqual([
      "rename role moved to fresh",
    ]);
  });

  it("goes back by the same way", () => {
    const back = OLD.replace("{ old: {", "{ old: { was: fresh,");
    expect(titles(planOf(back, holding("fresh")))).toEqual(["rename role fresh to old"]);
  });
});

function withRole(...more: readonly RoleSnapshot[]): Map<string, RoleSnapshot> {
  return new Map([...serverOf([], []).roles, ...more.map((role) => [role.name, role] as const)]);
}
