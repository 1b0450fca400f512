import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { planAccess } from "../../../src/reconcile.js";
import { renderText } from "../../../src/report/text.js";
import { acl, effects, member, NOW, parse, row, sqlOf, titles, worldOf } from "../../support/stage.js";
import { fileOf, grants, serverOfThree } from "../../support/three.js";

const takes = (roles: string, users: string, server: ReturnType<typeof serverOfThree>): Plan =>
  planAccess({ declared: parse(fileOf(roles, users)), snapshot: worldOf([server]), revokeOnly: true, now: NOW });

describe("an apply that only takes", () => {
  const analyst = `{ analyst: { ${grants("select")} } }`;

  it("takes a leaver's login, memberships and privileges, drops nothing and gives nothing", () => {
    const server = serverOfThree(acl(row("leaver", "own", ["insert"])), ["leaver"], ["analyst"], [member("analyst", "leaver")]);
    const plan = takes(analyst, "{ new: { member_of: [analyst] } }", server);
    expect(effects(plan)).toEqual([
      "leaver loses login to cluster main",
      "leaver loses membership in role analyst",
      ...["d1", "d2", "d3"].map((d) => `leaver loses insert on table s.t in ${d}`),
    ]);
    expect(sqlOf(plan).join("; ")).not.toMatch(/\bGRANT\b|CREATE|DROP| LOGIN/);
    expect(plan.left.length).toBe(6);
    const text = renderText(plan, { color: false, verbose: false });
    expect(text).toContain("Left for an apply without --revoke-only:\n  · delete user leaver\n  · create user new\n");
  });

  it("leaves what somebody keeps by a way that is not there yet", () => {
    const server = serverOfThree(acl(row("carol", "own", ["select", "insert"])), ["carol"], ["analyst"]);
    const plan = takes(analyst, "{ carol: { member_of: [analyst] } }", server);
    expect(effects(plan)).toEqual([]);
    expect(plan.left.length).toBeGreaterThan(0);
    expect(renderText(plan, { color: false, verbose: false })).toContain("Nothing can be taken by itself.");
  });

  it("takes nothing twice: what it took is no longer in the next plan", () => {
    const server = serverOfThree(acl(), [], ["analyst"]);
    expect(titles(takes(`{ analyst: {} }`, "{}", server))).toEqual([]);
  });
});
