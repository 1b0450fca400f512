import { describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Plan } from "../../../src/model/plan.js";
import type { Tag } from "../../../src/model/resource.js";
import type { AccountSnapshot, IamRoleSnapshot } from "../../../src/model/snapshot.js";
import { renderText } from "../../../src/report/text.js";
import { unmanagedText } from "../../../src/report/unmanaged.js";
import {
  ACCOUNT_ID,
  allow,
  callsOf,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  iamFile,
  iamRole,
  idsOf,
  leftOf,
  planOf,
  policy,
  TAGS,
  TRUST,
  titles as titlesInOrder,
  worldOf,
} from "../../support/stage.js";

const LIMIT = `arn:aws:iam::${ACCOUNT_ID}:policy/limit`;
const ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess";
const READ = "arn:aws:iam::aws:policy/ReadOnlyAccess";
const TRUSTED = "trust: [{ service: ec2.amazonaws.com }]";
const DOOR = "connect: [{ user: ro, clusters: [demo] }]";
const DOOR_DOCUMENT = documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) });

const titles = (plan: Plan): string[] => titlesInOrder(plan).sort();
const world = (of: Partial<AccountSnapshot> = {}) => worldOf([demoCluster()], [emptyAccount(of)]);
const planned = (role: string, of: Partial<AccountSnapshot> = {}, defaults = ""): Plan => planOf(fileWith(role, defaults), world(of));
const fileWith = (role: string, defaults = ""): string =>
  iamFile(role).replace("defaults: { clusters: [demo] }", `defaults: { clusters: [demo]${defaults === "" ? "" : `, iam: ${defaults}`} }`);
const inputs = (plan: Plan, command: string): Readonly<Record<string, unknown>>[] =>
  plan.steps.flatMap(({ run }) => ("action" in run && run.action === command ? [run.input] : []));
const phases = (plan: Plan, command: string): string[] =>
  plan.steps.flatMap(({ run, phase }) => ("action" in run && run.action === command ? [phase] : []));
const message = (plan: Plan, code: string): string | undefined => plan.problems.find((p) => p.code === code)?.message;
const sorted = (tags: readonly Tag[]): Tag[] => [...tags].sort((a, b) => (a.key < b.key ? -1 : 1));
const foreignPolicy = (name: string, document = documentOf(allow("*"))) => {
  const [key, one] = policy(name, document);
  return [key, { ...one, tags: null }] as const;
};
const roleWith = (more: Partial<IamRoleSnapshot> = {}, tags: readonly Tag[] = TAGS): AccountSnapshot["roles"] => {
  const [name, role] = iamRole("r", TRUST);
  return new Map([[name, { ...role, tags: sorted(tags), ...more }]]);
};
const carrying = (attached: readonly string[], inline: readonly string[] = []): Pick<AccountSnapshot, "foreign"> => ({
  foreign: new Map([["role/r", { attached, inline: inline.map((name) => ({ name, document: documentOf(allow("*")) })) }]]),
});

describe("defaults.iam: path", () => {
  const WHOLE = `{ r: { account: db, ${TRUSTED}, ${DOOR}, instance_profile: { name: p } }, s: { account: db, trust: [{ role: r }] } }`;

  it("is that of all that is created, and stands in what names it", () => {
    const plan = planned(WHOLE, {}, "{ path: /access/ }");
    const paths = ["CreateRole", "CreatePolicy", "CreateInstanceProfile"].flatMap((call) =>
      inputs(plan, call).map((input) => input["Path"]),
    );
    expect(paths).toEqual(["/access/", "/access/", "/access/", "/access/"]);
    const trust = inputs(plan, "CreateRole").map((input) => String(input["AssumeRolePolicyDocument"]));
    expect(trust.filter((text) => text.includes(`arn:aws:iam::${ACCOUNT_ID}:role/access/r`))).toHaveLength(1);
    expect(inputs(plan, "AttachRolePolicy").map((input) => input["PolicyArn"])).toEqual([
      `arn:aws:iam::${ACCOUNT_ID}:policy/access/r-access`,
    ]);
  });

  it("of what is there cannot be changed, and nothing is made anew", () => {
    const plan = planned(`{ r: { account: db, ${TRUSTED} } }`, { roles: roleWith() }, "{ path: /access/ }");
    expect([codes(plan), callsOf(plan)]).toEqual([["iam-path-differs"], []]);
    const [problem] = plan.problems;
    expect(`${problem?.message} ${problem?.hint}`).toBe(
      "IAM role r has the path /, and by the file /access/: AWS changes no path. Give it another name (name: at the IAM role): the new one is made first, and the old one deleted last. Or write path: / in defaults.iam.",
    );
  });

  it("of what was adopted stays", () => {
    const tags = TAGS.map((tag) => (tag.value === "created" ? { ...tag, value: "adopted" } : tag));
    const plan = planned(`{ r: { account: db, ${TRUSTED} } }`, { roles: roleWith({ path: "/own/" }, tags) }, "{ path: /access/ }");
    expect([codes(plan), titles(plan)]).toEqual([[], []]);
  });
});

describe("defaults.iam: boundary", () => {
  const ROLE = `{ r: { account: db, ${TRUSTED} } }`;
  const policies = new Map([foreignPolicy("limit"), foreignPolicy("other")]);
  const NAMED = { key: "pgaccord:boundary", value: LIMIT };

  it("is there from the Create call on, and a name is that of a policy of the account", () => {
    for (const boundary of [`"${LIMIT}"`, "limit"]) {
      const plan = planned(ROLE, { policies }, `{ boundary: ${boundary} }`);
      expect(inputs(plan, "CreateRole").map((input) => input["PermissionsBoundary"])).toEqual([LIMIT]);
      expect(codes(plan)).toEqual([]);
    }
  });

  it("one that comes is a loss, and closes", () => {
    const plan = planned(ROLE, { policies, roles: roleWith() }, "{ boundary: limit }");
    expect(effects(plan)).toEqual([`IAM role r loses what the permissions boundary ${LIMIT} does not allow`]);
    expect(inputs(plan, "PutRolePermissionsBoundary")).toEqual([{ RoleName: "r", PermissionsBoundary: LIMIT }]);
    expect(phases(plan, "PutRolePermissionsBoundary")).toEqual(["close"]);
    // Who put it is written down before it is there.
    expect(phases(plan, "TagRole")).toEqual(["prepare"]);
  });

  it("that somebody took away is put back", () => {
    const plan = planned(ROLE, { policies, roles: roleWith({}, [...TAGS, NAMED]) }, "{ boundary: limit }");
    expect(callsOf(plan)).toEqual(["PutRolePermissionsBoundary"]);
  });

  it("one that goes is a gain that needs approval, and opens", () => {
    const plan = planned(ROLE, { policies, roles: roleWith({ boundary: LIMIT }, [...TAGS, NAMED]) });
    expect(leftOf(plan, new Set())).toContain(`IAM role r gains what the permissions boundary ${LIMIT} does not allow`);
    expect(phases(plan, "DeleteRolePermissionsBoundary")).toEqual(["open"]);
    expect(inputs(plan, "UntagRole")).toEqual([{ RoleName: "r", TagKeys: [NAMED.key] }]);
  });

  it("in place of another is both", () => {
    const other = LIMIT.replace("limit", "other");
    const plan = planned(ROLE, { policies, roles: roleWith({ boundary: other }) }, "{ boundary: limit }");
    expect(effects(plan).map((text) => text.split(" what ")[0])).toEqual(["IAM role r gains", "IAM role r loses"]);
    expect(phases(plan, "PutRolePermissionsBoundary")).toEqual(["open"]);
  });

  it("that somebody else put there stays while the file names none", () => {
    expect(titles(planned(ROLE, { roles: roleWith({ boundary: LIMIT }) }))).toEqual([]);
    const elsewhere = roleWith({ boundary: LIMIT.replace("limit", "other") }, [...TAGS, NAMED]);
    expect(callsOf(planned(ROLE, { roles: elsewhere }))).toEqual(["UntagRole"]);
  });

  it("is never put on an IAM role that was adopted", () => {
    const tags = TAGS.map((tag) => (tag.value === "created" ? { ...tag, value: "adopted" } : tag));
    expect(titles(planned(ROLE, { policies, roles: roleWith({}, tags) }, "{ boundary: limit }"))).toEqual([]);
  });

  it("must be there", () => {
    const plan = planned(ROLE, {}, "{ boundary: limit }");
    expect(message(plan, "missing-iam-policy")).toBe(`There is no IAM policy ${LIMIT} in account db, and defaults.iam.boundary names it.`);
  });

  it("and path and tags of what is created are shown and approved with it: two merges that show only one each do not pass", () => {
    const approved = idsOf(planned(ROLE, { policies }, "{ boundary: limit }"));
    const left = (defaults: string): string[] => leftOf(planned(ROLE, { policies }, defaults), approved);
    expect(left("{ boundary: limit }")).toEqual([]);
    expect(left("")).toEqual(["create IAM role r"]);
    expect(left("{ boundary: other }")).toEqual([`create IAM role r, with permissions boundary ${LIMIT.replace("limit", "other")}`]);
    const all = `create IAM role r, with path /a/, permissions boundary ${LIMIT}, tags team=x`;
    expect(left("{ boundary: limit, path: /a/, tags: { team: x } }")).toEqual([all]);
    const text = renderText(planned(ROLE, { policies }, "{ boundary: limit, path: /a/, tags: { team: x } }"), {
      color: false,
      verbose: false,
    });
    expect(text).toContain(`+ ${all} (access.yaml:`);
  });
});

describe("defaults.iam: tags", () => {
  const ROLE = `{ r: { account: db, ${TRUSTED}, ${DOOR}, instance_profile: { name: p } } }`;
  const TEAM = "{ tags: { team: platform } }";

  it("are on all that is created, beside our own", () => {
    const plan = planned(ROLE, {}, TEAM);
    for (const call of ["CreateRole", "CreatePolicy", "CreateInstanceProfile"])
      for (const input of inputs(plan, call)) expect(input["Tags"]).toContainEqual({ Key: "team", Value: "platform" });
  });

  it("a missing and a changed one are put back; one in another case is the same for IAM", () => {
    const one = (tag: Tag[]): Plan => planned(`{ r: { account: db, ${TRUSTED} } }`, { roles: roleWith({}, [...TAGS, ...tag]) }, TEAM);
    expect(callsOf(one([]))).toEqual(["TagRole"]);
    expect(callsOf(one([{ key: "team", value: "x" }]))).toEqual(["TagRole"]);
    expect(callsOf(one([{ key: "Team", value: "platform" }]))).toEqual([]);
  });

  it("that the file does not name are left alone, those that it named once, too", () => {
    const plan = planned(`{ r: { account: db, ${TRUSTED} } }`, { roles: roleWith({}, [...TAGS, { key: "team", value: "x" }]) });
    expect(callsOf(plan)).toEqual([]);
  });

  it("are forty at most: pgaccord needs some of the fifty", () => {
    const many = (count: number): string => `{ tags: { ${Array.from({ length: count }, (_, i) => `t${i}: x`).join(", ")} } }`;
    const found = (count: number) =>
      parseAccess(fileWith("{}", many(count)), "access.yaml", () => ({ pem: "" })).problems.map(({ code }) => code);
    expect([found(40), found(41)]).toEqual([[], ["iam-too-many-tags"]]);
  });

  it("stay on what is released", () => {
    const tags = [...TAGS.map((t) => (t.value === "created" ? { ...t, value: "adopted" } : t)), { key: "team", value: "platform" }];
    const plan = planned("{}", { roles: roleWith({}, tags) }, TEAM);
    expect(inputs(plan, "UntagRole")).toEqual([{ RoleName: "r", TagKeys: ["pgaccord:origin", "pgaccord:owner"] }]);
  });
});

describe("attach", () => {
  const attach = (list: string, more = ""): string => `{ r: { account: db, ${TRUSTED}, attach: [${list}]${more} } }`;
  const NOTE = { key: "pgaccord:attach/aws/ReadOnlyAccess", value: READ };

  it("gives a policy that is there already: one approval each, noted on the IAM role before", () => {
    const plan = planned(attach(`"${READ}", "${ADMIN}"`), { roles: roleWith() });
    expect(leftOf(plan, new Set()).filter((text) => text.includes("gains IAM policy"))).toEqual([
      `IAM role r gains IAM policy ${ADMIN}`,
      `IAM role r gains IAM policy ${READ}`,
    ]);
    expect(phases(plan, "AttachRolePolicy")).toEqual(["open", "open"]);
    expect(phases(plan, "TagRole")).toEqual(["prepare"]);
    expect(inputs(plan, "TagRole")[0]?.["Tags"]).toContainEqual({ Key: NOTE.key, Value: NOTE.value });
    const approved = idsOf(planned(attach(`"${READ}"`), { roles: roleWith() }));
    expect(leftOf(plan, approved).filter((text) => text.includes("gains IAM policy"))).toEqual([`IAM role r gains IAM policy ${ADMIN}`]);
  });

  it("is no change while it is attached, and taken when the file names it no more", () => {
    const of = { roles: roleWith({}, [...TAGS, NOTE]), ...carrying([READ]) };
    expect(titles(planned(attach(`"${READ}"`), of))).toEqual([]);
    const plan = planned(`{ r: { account: db, ${TRUSTED} } }`, of);
    expect(effects(plan)).toEqual([`IAM role r loses IAM policy ${READ}`]);
    expect(callsOf(plan)).toEqual(["DetachRolePolicy", "UntagRole"]);
    const gone = planned("{}", of);
    expect([callsOf(gone), codes(gone)]).toEqual([["DetachRolePolicy", "DeleteRole"], []]);
    // What somebody else attached is in the way.
    expect(codes(planned("{}", { ...of, ...carrying([READ, ADMIN]) }))).toEqual(["iam-role-in-use"]);
  });

  it("of an adopted IAM role that leaves the file stays", () => {
    const tags = [...TAGS.map((tag) => (tag.value === "created" ? { ...tag, value: "adopted" } : tag)), NOTE];
    expect(callsOf(planned("{}", { roles: roleWith({}, tags), ...carrying([READ]) }))).toEqual(["UntagRole"]);
  });

  it("what somebody else attached is left alone and said", () => {
    const plan = planned(`{ r: { account: db, ${TRUSTED} } }`, { roles: roleWith(), ...carrying([READ], ["own"]) });
    expect(titles(plan)).toEqual([]);
    expect(plan.unmanaged.map((one) => unmanagedText(one, plan))).toEqual([
      `IAM role r of account db carries IAM policy ${READ} and more; it is not in the file`,
    ]);
  });

  it("counts with all the others", () => {
    const ten = Array.from({ length: 10 }, (_, i) => `arn:aws:iam::aws:policy/P${i}`);
    const plan = planned(attach(`"${READ}"`), { roles: roleWith(), ...carrying(ten) });
    expect(message(plan, "iam-too-many-policies")).toMatch(/^IAM role r would carry 11 policies/);
    expect(codes(planned(attach(`"${ten[0]}"`), { roles: roleWith(), ...carrying(ten) }))).not.toContain("iam-too-many-policies");
    const many = Array.from({ length: 11 }, (_, i) => `"arn:aws:iam::aws:policy/P${i}"`).join();
    expect(codes(planned(attach(many))).filter((code) => code === "iam-too-many-policies")).toHaveLength(1);
  });

  it("of a policy that is not there is an error", () => {
    expect(message(planned(attach("nothing")), "missing-iam-policy")).toBe(
      `There is no IAM policy arn:aws:iam::${ACCOUNT_ID}:policy/nothing in account db, and attach of IAM role r names it.`,
    );
  });

  it("what opens a declared cluster is said before it is attached, and the net knows it", () => {
    const plan = planned(attach(`"${ADMIN}"`));
    expect(message(plan, "leak")).toMatch(
      /^IAM role r of account db can log in as access_admin of cluster demo.* by policy .*AdministratorAccess/,
    );
    expect(plan.net.map(({ who }) => ("name" in who ? who.name : "")).sort()).toContain("r");
    const own = new Map([foreignPolicy("opens", documentOf(allow(DOOR_ARN)))]);
    expect(message(planned(attach("opens"), { policies: own }), "leak")).toMatch(
      /can log in as ro of cluster demo by policy opens \(statement 1\): attach gives that, and no connect\.$/,
    );
    expect(codes(planned(attach(`"${READ}"`)))).toEqual(["policy-not-read"]);
  });

  describe("of an IAM user", () => {
    const users = (more: string): string => iamFile("{}", `iam_users: { ci: { account: db, ${DOOR}${more} } }`);
    const foreign = (attached: readonly string[]) => new Map([["user/ci", { inline: [], attached }]]);
    const made = (tags: readonly Tag[]): AccountSnapshot["policies"] => {
      const [name, one] = policy("ci-access", DOOR_DOCUMENT);
      return new Map([[name, { ...one, tags: sorted([...TAGS, ...tags]) }]]);
    };
    const attachments = [{ principal: "user", name: "ci", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/ci-access` }] as const;
    const USER = { key: "pgaccord:user", value: "ci" };
    const live = (tags: readonly Tag[], attached: readonly string[]) =>
      world({ policies: made(tags), attachments, foreign: foreign(attached) });

    it("is noted on the policy that was made for it: the user itself gets no tag, and no boundary", () => {
      const plan = planOf(users(`, attach: ["${READ}"]`), live([], []));
      expect(callsOf(plan)).toEqual(["TagPolicy", "AttachUserPolicy"]);
      expect(inputs(plan, "TagPolicy")[0]?.["Tags"]).toContainEqual({ Key: USER.key, Value: USER.value });
    });

    it("what opens a declared cluster to it is said, too", () => {
      const plan = planOf(users(`, attach: ["${ADMIN}"]`), live([], []));
      expect(message(plan, "leak")).toBe(
        `IAM user ci of account db can log in as access_admin of cluster demo by policy ${ADMIN} (statement 1): attach gives that, and no connect.`,
      );
      expect(message(planOf(users(`, attach: ["${READ}"]`), live([], [])), "policy-not-read")).toMatch(/ReadOnlyAccess of ci\./);
    });

    it("goes with its line, and with the entry; foreign ones stay", () => {
      const noted = live([NOTE, USER], [READ, ADMIN]);
      expect(callsOf(planOf(users(`, attach: ["${READ}"]`), noted))).toEqual([]);
      expect(callsOf(planOf(users(""), noted))).toEqual(["DetachUserPolicy", "UntagPolicy"]);
      const gone = planOf(iamFile("{}"), noted);
      expect(callsOf(gone)).toEqual(["DetachUserPolicy", "DetachUserPolicy", "DeletePolicy"]);
      expect(inputs(gone, "DetachUserPolicy").map((input) => input["PolicyArn"])).not.toContain(ADMIN);
    });
  });

  describe("exclusive", () => {
    const EXCLUSIVE = `{ r: { account: db, ${TRUSTED}, attach: ["${READ}"], exclusive: true } }`;
    const of = { roles: roleWith({}, [...TAGS, NOTE]), ...carrying([READ, ADMIN], ["own"]) };

    it("takes what others attached or wrote into it, behind a guard that names it", () => {
      const plan = planned(EXCLUSIVE, of);
      expect(callsOf(plan).sort()).toEqual(["DeleteRolePolicy", "DetachRolePolicy"]);
      expect(effects(plan)).toEqual([`IAM role r loses IAM policy ${ADMIN}`, "IAM role r loses rds-db:connect on *"]);
      const [guard] = plan.problems.filter((p) => p.code === "detach-foreign");
      expect([guard?.message, guard?.refuses, guard?.name]).toEqual([
        `IAM role r would lose what somebody else gave it: ${ADMIN}, inline policy own.`,
        true,
        "r",
      ]);
      expect(plan.unmanaged).toEqual([]);
    });

    it("the file may let it pass for a while", () => {
      const safety = "safety: { allow: [{ code: detach-foreign, name: r, target: db, until: 2026-12-31, reason: cleaned up }] }";
      const plan = planOf(iamFile(EXCLUSIVE, safety), world(of));
      expect(plan.problems.filter((p) => p.refuses)).toEqual([]);
      expect(message(plan, "guard-allowed")).toMatch(/^IAM role r would lose .* Allowed until 2026-12-31: cleaned up\.$/);
    });

    it("what the file attached once goes without it", () => {
      const plan = planned(EXCLUSIVE.replace(`attach: ["${READ}"], `, ""), { roles: of.roles, ...carrying([READ]) });
      expect([callsOf(plan), codes(plan)]).toEqual([["DetachRolePolicy", "UntagRole"], ["policy-not-read"]]);
    });
  });
});

describe("adopt: true", () => {
  const ROLE = `r: { account: db, ${TRUSTED}, ${DOOR}, instance_profile: { name: p }`;
  const WIDE = TRUST.replace('"ec2.amazonaws.com"', '["ec2.amazonaws.com","lambda.amazonaws.com"]');
  const of = (tags: readonly Tag[]): Partial<AccountSnapshot> => ({ roles: roleWith({ trust: WIDE, path: "/own/" }, tags) });

  it("takes over what is there and nobody's; without it that is an error which says so", () => {
    const refused = planned(`{ ${ROLE} } }`, of([]));
    expect(refused.problems.find((p) => p.code === "not-ours")).toMatchObject({
      message: "IAM role r exists already in account db, and pgaccord did not make it: it is left alone.",
      hint: "Choose another name in the file, take it over with adopt: true, or leave the IAM role itself alone with manage: policy.",
    });
    const plan = planned(`{ ${ROLE}, adopt: true } }`, of([{ key: "team", value: "x" }]));
    expect(titles(plan)).toContain("adopt IAM role r");
    expect(plan.counts.adopt).toBe(1);
    expect(inputs(plan, "TagRole")[0]?.["Tags"]).toContainEqual({ Key: "pgaccord:origin", Value: "adopted" });
    expect(message(plan, "adopt-narrows")).toBe("Adopting IAM role r would take 1 right that the file does not give.");
  });

  it("of a policy and a profile of these names likewise; the document becomes the file's", () => {
    const [name, one] = policy("r-access", documentOf(allow("*")));
    const instanceProfiles = new Map([
      ["p", { name: "p", path: "/own/", arn: `arn:aws:iam::${ACCOUNT_ID}:instance-profile/own/p`, role: null, tags: [] }],
    ]);
    const plan = planned(`{ ${ROLE}, adopt: true } }`, { ...of([]), policies: new Map([[name, { ...one, tags: [] }]]), instanceProfiles });
    expect(titles(plan).filter((title) => title.startsWith("adopt"))).toEqual([
      "adopt IAM policy r-access",
      "adopt IAM role r",
      "adopt instance profile p",
    ]);
    expect(plan.problems.filter((p) => p.code === "adopt-narrows").map((p) => p.name)).toEqual(["r", "r-access"]);
    const attachments = ["r", "stranger"].map((holder) => ({ principal: "role", name: holder, policyArn: one.arn }) as const);
    const policies = new Map([[name, { ...one, document: DOOR_DOCUMENT, tags: [] }]]);
    const shared = planned(`{ ${ROLE}, adopt: true } }`, { roles: roleWith({}, []), policies, attachments });
    expect(effects(shared).filter((text) => text.includes("loses"))).toEqual(["IAM role stranger loses IAM policy r-access in account db"]);
    expect(message(shared, "adopt-narrows")).toBe("Adopting IAM policy r-access would take 1 right that the file does not give.");
  });

  it("is no way around another owner's tags, another case, or AWS's own", () => {
    const adopt = `{ ${ROLE}, adopt: true } }`;
    const others = planned(adopt, of([{ key: "pgaccord:owner", value: "acme/other" }]));
    expect([codes(others), titles(others).filter((title) => /^(adopt|update)/.test(title))]).toEqual([["other-owner"], []]);
    const named = (more: Partial<IamRoleSnapshot>, key = "r"): Partial<AccountSnapshot> => {
      const [, role] = iamRole(key, TRUST);
      return { roles: new Map([[key, { ...role, tags: [], ...more }]]) };
    };
    expect(message(planned(adopt, named({}, "R")), "not-ours")).toBe(
      "IAM role R exists already in account db, and pgaccord did not make it: it is left alone.",
    );
    expect(message(planned(adopt, named({ path: "/aws-service-role/x/" })), "not-ours")).toMatch(/and AWS keeps it for itself/);
  });

  it("is approved with the tags that the file puts on it", () => {
    const adopting = (defaults: string): Plan =>
      planned(`{ r: { account: db, ${TRUSTED}, adopt: true } }`, { roles: roleWith({ path: "/own/", boundary: LIMIT }, []) }, defaults);
    expect(leftOf(adopting("{ tags: { team: x } }"), idsOf(adopting("")))).toEqual(["adopt IAM role r, with tags team=x"]);
    expect(leftOf(adopting("{ path: /access/, boundary: limit }"), idsOf(adopting("")))).toEqual([]);
  });

  it("an origin that says created is no proof without an owner: what is adopted is never deleted", () => {
    const plan = planned(`{ ${ROLE}, adopt: true } }`, of([{ key: "pgaccord:origin", value: "created" }]));
    expect(inputs(plan, "TagRole")[0]?.["Tags"]).toContainEqual({ Key: "pgaccord:origin", Value: "adopted" });
  });

  it("of iam_policies takes over a policy by itself, with what it says", () => {
    const file = (adopt: string): string => iamFile("{}", `iam_policies: { door: { account: db, ${DOOR}${adopt} } }`);
    const [name, one] = policy("door", DOOR_DOCUMENT);
    const there = world({ policies: new Map([[name, { ...one, tags: [] }]]) });
    expect(planOf(file(""), there).problems.map(({ code, hint }) => [code, hint])).toEqual([
      ["not-ours", "Choose another name in the file, or take it over with adopt: true."],
    ]);
    const plan = planOf(file(", adopt: true"), there);
    expect([titles(plan), callsOf(plan), codes(plan)]).toEqual([["adopt IAM policy door"], ["TagPolicy"], []]);
  });
});

describe("manage: policy", () => {
  const HOST = `{ r: { account: db, manage: policy, ${DOOR} } }`;
  const foreign = { roles: roleWith({ boundary: LIMIT, path: "/own/" }, []), ...carrying([READ], ["own"]) };

  it("makes the policy and attaches it; the IAM role is not touched", () => {
    const plan = planned(HOST, foreign, "{ path: /access/, boundary: limit, tags: { team: x } }");
    expect([titles(plan), callsOf(plan), codes(plan)]).toEqual([
      ["create IAM policy r-access", "create attachment of IAM policy r-access to IAM role r"],
      ["CreatePolicy", "AttachRolePolicy"],
      ["policy-not-read", "leak"],
    ]);
  });

  it("takes away just that when it leaves the file", () => {
    const [name, one] = policy("r-access", DOOR_DOCUMENT);
    const attachments = [{ principal: "role", name: "r", policyArn: one.arn }] as const;
    const live = { ...foreign, policies: new Map([[name, one]]), attachments };
    expect(titles(planned(HOST, live))).toEqual([]);
    expect(callsOf(planned("{}", live))).toEqual(["DetachRolePolicy", "DeletePolicy"]);
  });

  it("needs the IAM role, and one that AWS does not keep for itself", () => {
    const plan = planned(HOST);
    expect([message(plan, "missing-iam-role"), callsOf(plan)]).toEqual(["There is no IAM role r in account db.", []]);
    expect(codes(planned(HOST, { roles: roleWith({ path: "/aws-reserved/sso.amazonaws.com/" }, []) }))).toContain("not-ours");
  });

  it("an IAM role that was ours stays as it is", () => {
    const plan = planned(HOST, { roles: roleWith({ trust: documentOf() }) });
    expect(callsOf(plan)).toEqual(["CreatePolicy", "AttachRolePolicy"]);
  });

  it("another IAM role may trust it, where it is", () => {
    const file = `{ r: { account: db, manage: policy, ${DOOR} }, s: { account: db, trust: [{ role: r }] } }`;
    const [, role] = iamRole("r", TRUST, "/own/");
    const plan = planned(file, { roles: new Map([["r", { ...role, tags: [] }]]) }, "{ path: /access/ }");
    expect(inputs(plan, "CreateRole").map((input) => String(input["AssumeRolePolicyDocument"]))).toEqual([
      expect.stringContaining(`"arn:aws:iam::${ACCOUNT_ID}:role/own/r"`),
    ]);
  });
});

describe("in a list of accounts", () => {
  const two = (role: string, defaults: string): string =>
    fileWith(role, defaults).replace("accounts: {", 'accounts: { ops: { id: "444455556666", region: us-east-2 },');
  const names = (text: string): string[] => parseAccess(text, "access.yaml", () => ({ pem: "" })).problems.map(({ code }) => code);

  it("names are policies of each, AWS's own are the same in all", () => {
    const text = two(`{ r: { account: [db, ops], ${TRUSTED}, attach: ["${READ}", own] } }`, "{ boundary: limit }");
    const { declared } = parseAccess(text, "access.yaml", () => ({ pem: "" }));
    const found = [...(declared?.iamRoles.values() ?? [])].map(({ boundary, attach }) => [boundary, attach.map(({ arn }) => arn)]);
    const of = (id: string) => [`arn:aws:iam::${id}:policy/limit`, [`arn:aws:iam::${id}:policy/own`, READ]];
    expect(found).toEqual([of(ACCOUNT_ID), of("444455556666")]);
  });

  it("an IAM user gets nothing where it has no door: that is an error, not silence", () => {
    const users = `iam_users: { ci: { account: [db, ops], ${DOOR}, attach: ["${READ}"] } }`;
    const text = iamFile("{}", users).replace("accounts: {", 'accounts: { ops: { id: "444455556666", region: us-east-2 },');
    expect(names(text)).toEqual(["wrong-value"]);
    expect(names(text.replace(`, attach: ["${READ}"]`, ""))).toEqual([]);
  });

  it("an ARN of one of them does not fit the other", () => {
    expect(names(two(`{ r: { account: [db, ops], ${TRUSTED}, attach: ["${LIMIT}"] } }`, ""))).toEqual(["other-account"]);
    expect(names(two(`{ r: { account: [db, ops], ${TRUSTED} } }`, `{ boundary: "${LIMIT}" }`))).toEqual(["other-account"]);
  });
});
