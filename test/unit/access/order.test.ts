import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { acl, member, planOf, row, worldOf } from "../../support/stage.js";
import { fileOf, grants, serverOfThree } from "../../support/three.js";

/** Units as what they are: phase and database, with what they wait for. */
const order = ({ units }: Plan): string[] =>
  units.map(({ id, phase, site, after }) => `${id} ${phase} ${"database" in site ? site.database : site.account} after ${after.join()}`);
const statements = ({ units, steps }: Plan): string[] =>
  units.map(({ id }) => steps.flatMap((s) => (s.unit === id && "sql" in s.run ? [s.run.sql.replaceAll('"', "")] : [])).join("; "));

describe("the order of an apply", () => {
  it("gives a team its role before it takes what each had", () => {
    const before = serverOfThree(acl(row("carol", "own", ["select"]), row("dave", "own", ["select"])), ["carol", "dave"], ["analyst"]);
    const plan = planOf(
      fileOf(`{ analyst: { ${grants("select")} } }`, "{ carol: { member_of: [analyst] }, dave: { member_of: [analyst] } }"),
      worldOf([before]),
    );
    const text = statements(plan).join(" | ");
    expect(plan.gaps).toEqual([]);
    expect(text).toMatch(/GRANT SELECT ON TABLE s\.t TO analyst.*REVOKE SELECT ON TABLE s\.t FROM carol, dave/);
    expect(order(plan)).toEqual([
      "u1 change d1 after ",
      "u2 change d2 after ",
      "u3 change d3 after ",
      "u4 add postgres after ",
      "u5 change d1 after u1,u4",
      "u6 change d2 after u2,u4",
      "u7 change d3 after u3,u4",
    ]);
  });

  it("says that a membership cannot be turned round while the old one cannot be taken", () => {
    const made = serverOfThree(acl(), [], ["lower", "upper"], [member("upper", "lower", { grantor: "stranger" })]);
    const admin = fakeRole("access_admin", { login: true, createRole: true });
    const memberships = [
      ...made.memberships,
      ...["lower", "upper"].map((role) => member(role, "access_admin", { admin: true, inherit: false, set: false })),
    ];
    const roles = new Map([...made.roles, ["access_admin", admin] as const, ["stranger", fakeRole("stranger")] as const]);
    const file = fileOf("{ lower: {}, upper: { member_of: [lower] } }", "{}").replace("user: postgres", "user: access_admin");
    // Where what stays is accepted, nobody has to wait for it: not even for what cannot be.
    const accepted = "safety: { accept_residue: [{ who: lower, on: upper, until: 2027-03-31, reason: old }] }";
    const plan = planOf(`${file}${accepted}\n`, worldOf([{ ...made, roles, memberships }]));
    expect(plan.residue.map(({ problem }) => problem.code)).toEqual(["cannot-revoke"]);
    expect(plan.problems.filter((p) => p.severity === "error").map((p) => p.code)).toEqual(["membership-circle"]);
  });
});
