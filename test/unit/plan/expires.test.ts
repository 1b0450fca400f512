import { describe, expect, it } from "vitest";
import { staleProblem } from "../../../src/cli/saved-plan.js";
import { asOf } from "../../../src/config/as-of.js";
import { expiredProblems } from "../../../src/config/expiry.js";
import type { Plan } from "../../../src/model/plan.js";
import { planAccess, planBase, sha256 } from "../../../src/reconcile.js";
import { renderJson } from "../../../src/report/json.js";
import { parsePlanFile } from "../../../src/report/plan-file.js";
import { renderText } from "../../../src/report/text.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  allow,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  leftOf,
  MARK,
  member,
  parse,
  policy,
  serverOf,
  TRUST,
  tables,
  titles,
  worldOf,
} from "../../support/stage.js";

const at = (day: string): Date => new Date(`${day}T12:00:00Z`);
const LAST = "2026-12-10";
const NEXT = "2026-12-11";

const FILE = fileOf(
  `{ g: { grants: { shop: { tables: { s.t: { privileges: [select], expires: ${LAST} }, s.*: [insert] } } } } }`,
  `users: { u: { member_of: [g], expires: "${LAST}" }, v: { member_of: [{ role: g, expires: ${LAST} }] } }`,
);
const world = worldOf([serverOf(["g"], [tables(["t"], acl())], {}, [])]);
const plan = (text: string, day: string, snapshot = world): Plan => planAccess({ declared: parse(text), snapshot, now: at(day) });

describe("what expires in PostgreSQL", () => {
  it("is given until the end of its day, and no longer", () => {
    expect(effects(plan(FILE, LAST)).join("\n")).toContain("g gains select on table s.t");
    expect(titles(plan(FILE, LAST))).toContain("create user u");
    const after = plan(FILE, NEXT);
    expect(effects(after).join("\n")).not.toContain("select");
    expect(titles(after)).not.toContain("create user u");
    expect(effects(after).join("\n")).not.toContain("member of");
    expect(titles(after)).toContain("create user v");
  });

  it("gives the plan of the file without it", () => {
    const without = fileOf("{ g: { grants: { shop: { tables: { s.*: [insert] } } } } }", "users: { v: {} }");
    expect(plan(FILE, NEXT).digest).toBe(plan(without, NEXT).digest);
    expect(plan(FILE, LAST).digest).not.toBe(plan(without, LAST).digest);
  });

  it("is the same bytes on the same day, and says when it ends", () => {
    const json = (now: string): string => renderJson(planAccess({ declared: parse(FILE), snapshot: world, now: new Date(now) }), sha256);
    expect(json(`${LAST}T00:00:00Z`)).toBe(json(`${LAST}T23:59:59Z`));
    expect(json(`${LAST}T23:59:59Z`)).not.toBe(json(`${NEXT}T00:00:00Z`));
    expect(JSON.parse(json(`${LAST}T00:00:00Z`)).as_of).toBe(`${LAST}T00:00:00Z`);
    expect(renderText(plan(FILE, LAST), { color: false, verbose: false })).toContain(`until ${LAST}`);
  });

  it("is warned of seven days ahead, a line for each day, and once it is over", () => {
    const of = (day: string): string[] => codes(plan(FILE, day)).filter((code) => code.startsWith("expire"));
    expect(of("2026-12-02")).toEqual([]);
    expect(of("2026-12-03")).toEqual(["expires-soon"]);
    expect(of(LAST)).toEqual(["expires-soon"]);
    expect(of(NEXT)).toEqual(["expired"]);
    const [soon] = plan(FILE, LAST).problems.filter(({ code }) => code === "expires-soon");
    expect(soon?.message).toContain("user u (access.yaml:");
    expect(soon?.message).toContain("membership of v in g");
    expect(soon?.message).toContain("select of g on s.t");
    expect(expiredProblems(parse(FILE), NEXT)).toHaveLength(1);
  });

  it("goes with what it has, and needs no approval where the last applied file lets it expire", () => {
    const mark = (name: string) => [name, fakeRole(name, { comment: MARK, login: name !== "g" })] as const;
    const server = serverOf([], [tables(["t"], acl())], { memberships: [member("g", "u"), member("g", "v")] });
    const live = worldOf([{ ...server, roles: new Map([...server.roles, mark("g"), mark("u"), mark("v")]) }]);
    const after = plan(FILE, NEXT, live);
    expect(titles(after)).toContain("delete user u");
    expect(effects(after).join("\n")).toContain("v loses membership in role g");
    const declared = parse(FILE);
    const base = planBase({ base: declared, head: declared, snapshot: live, now: at(NEXT) });
    const losses = (of: Plan | null): string[] => leftOf(after, new Set(), of).filter((text) => /loses|delete/.test(text));
    expect(losses(base)).toEqual([]);
    const unending = parse(FILE.replaceAll(LAST, "2027-12-10"));
    expect(losses(planBase({ base: unending, head: declared, snapshot: live, now: at(NEXT) }))).toContain("delete user u");
  });

  it("makes a plan that was saved the day before another one, and says why", () => {
    const saved = parsePlanFile(renderJson(plan(FILE, LAST), sha256), "x.plan", sha256);
    if ("code" in saved) throw new Error(saved.message);
    expect(staleProblem(plan(FILE, LAST), saved, undefined)).toBeNull();
    const stale = staleProblem(plan(FILE, NEXT), saved, undefined);
    expect(stale?.code).toBe("plan-stale");
    expect(stale?.message).toContain(`made as of ${LAST}, and now it is ${NEXT}`);
  });

  it("is no default privilege: objects that are made later come at the next apply", () => {
    const ending = FILE.replace("s.*: [insert]", `s.*: { privileges: [insert], expires: ${LAST} }`);
    expect(effects(plan(FILE, LAST)).join("\n")).toContain("later");
    expect(effects(plan(ending, LAST)).join("\n")).not.toContain("later");
    expect(codes(plan(ending, LAST))).toContain("later-objects-not-covered");
  });

  it("does not leave it to VALID UNTIL, which ends no login by IAM", () => {
    const rds = demoCluster();
    const of = (validUntil: string | null): string[] => {
      const roles = new Map([...rds.roles, ["ro", fakeRole("ro", { login: true, validUntil })] as const]);
      return codes(
        planAccess({
          declared: parse(iamFile("{}")),
          snapshot: worldOf([{ ...rds, roles }], [emptyAccount()]),
          now: at(LAST),
        }),
      );
    };
    expect(of("2020-01-01")).toContain("valid-until-iam");
    expect(of(null)).not.toContain("valid-until-iam");
  });
});

const doors = (role: string, user: string): string =>
  iamFile(`{ x: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }]${role} } }`).replace(
    "{ login: iam }",
    `{ login: iam${user} }`,
  );

describe("what expires in AWS", () => {
  const snapshot = worldOf(
    [demoCluster()],
    [
      emptyAccount({
        roles: new Map([iamRole("x", TRUST)]),
        policies: new Map([policy("x-access", documentOf(allow(DOOR_ARN)))]),
      }),
    ],
  );

  it("is a door on both of its sides when its user goes", () => {
    const declared = asOf(parse(doors("", `, expires: ${LAST}`)), NEXT);
    expect(declared.roles.has("ro")).toBe(false);
    expect(declared.iamRoles.get("x")).toMatchObject({ connect: [], policy: null });
    expect(asOf(declared, NEXT)).toEqual(declared);
  });

  it("is an IAM role with its policy, which no approval is needed for, unless the applied file kept it", () => {
    const text = doors(`, expires: ${LAST}`, "");
    const after = plan(text, NEXT, snapshot);
    expect(titles(after)).toEqual(expect.arrayContaining(["delete IAM role x", "delete IAM policy x-access"]));
    const declared = parse(text);
    const base = planBase({ base: declared, head: declared, snapshot, now: at(NEXT) });
    const left = (of: Plan | null): string[] => leftOf(after, new Set(), of).filter((one) => one.includes("delete"));
    expect(left(base)).toEqual([]);
    const kept = planBase({ base: parse(doors("", "")), head: declared, snapshot, now: at(NEXT) });
    expect(left(kept)).toContain("delete IAM role x");
    // Of a file that never named it nothing follows: whoever may tag it made it look like ours.
    const tagged = plan(iamFile("{}"), NEXT, snapshot);
    const never = parse(iamFile("{}"));
    expect(leftOf(tagged, new Set(), planBase({ base: never, head: never, snapshot, now: at(NEXT) }))).toContain("delete IAM role x");
  });
});
