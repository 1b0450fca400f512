import { describe, expect, it } from "vitest";
import type { InstanceSnapshot } from "../../../src/model/aws-things.js";
import type { AccountSnapshot, InstanceProfileSnapshot } from "../../../src/model/snapshot.js";
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
  planOf,
  policy,
  TAGS,
  TRUST,
  titles,
  worldOf,
} from "../../support/stage.js";

const ONE = "i-0000000000000001a";
const TWO = "i-0000000000000002b";
const arnOf = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:instance-profile/${name}`;
const MARK = { key: "pgaccord:instances", value: "declared" };

const instance = (id: string, carries: string | null = null, rest: Partial<InstanceSnapshot> = {}): [string, InstanceSnapshot] => [
  id,
  { id, state: "running", tags: [], association: carries === null ? null : { id: `iip-${id}`, profileArn: arnOf(carries) }, ...rest },
];
const profile = (name: string, tags: InstanceProfileSnapshot["tags"], role: string | null = "r"): [string, InstanceProfileSnapshot] => [
  name,
  { name, path: "/", arn: arnOf(name), role, tags },
];
const OURS = [MARK, ...TAGS].sort((a, b) => (a.key < b.key ? -1 : 1));

/** The IAM role r with its door and its profile p, as an apply leaves them. */
function settled(instances: readonly [string, InstanceSnapshot][], profiles = [profile("p", OURS)], more: Partial<AccountSnapshot> = {}) {
  const tags = [...TAGS, { key: "pgaccord:policy", value: "r-access" }, { key: "pgaccord:profile", value: "p" }].sort((a, b) =>
    a.key < b.key ? -1 : 1,
  );
  const door = policy("r-access", documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) }));
  return emptyAccount({
    roles: new Map([iamRole("r", TRUST, "/", tags)]),
    policies: new Map([door]),
    attachments: [{ principal: "role", name: "r", policyArn: door[1].arn }],
    instanceProfiles: new Map(profiles),
    instances: new Map(instances),
    ...more,
  });
}

const fileWith = (instances: string, rest = ""): string =>
  iamFile(
    `{ r: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }], instance_profile: { name: p${instances} } }${rest} }`,
  );
const plan = (instances: string, account: AccountSnapshot, rest = "") =>
  planOf(fileWith(instances, rest), worldOf([demoCluster()], [account]));
const inputs = (of: ReturnType<typeof plan>) => of.steps.flatMap(({ run }) => ("action" in run ? [run.input] : []));

describe("instances by id", () => {
  it("are given the profile, last of all, in the account's Region", () => {
    const made = plan(`, instances: [${ONE}]`, emptyAccount({ instances: new Map([instance(ONE)]) }));
    expect(codes(made)).toEqual([]);
    expect(callsOf(made)).toEqual([
      "CreateRole",
      "CreatePolicy",
      "CreateInstanceProfile",
      "AddRoleToInstanceProfile",
      "AttachRolePolicy",
      "AssociateIamInstanceProfile",
    ]);
    expect(made.steps.at(-1)?.run).toEqual({
      account: "db",
      service: "ec2",
      action: "AssociateIamInstanceProfile",
      region: "us-east-2",
      input: { InstanceId: ONE, IamInstanceProfile: { Arn: arnOf("p") } },
    });
    expect(effects(made, ({ kind }) => kind === "ec2.association")).toEqual([`EC2 instance ${ONE} gains instance profile ${arnOf("p")}`]);
  });

  it("that have it are left as they are", () => {
    expect(plan(`, instances: [${ONE}]`, settled([instance(ONE, "p"), instance(TWO)])).changes).toEqual([]);
  });

  it("lose it when they are not named any more, before anything is given", () => {
    const made = plan(`, instances: [${TWO}]`, settled([instance(ONE, "p"), instance(TWO)]));
    expect(callsOf(made)).toEqual(["DisassociateIamInstanceProfile", "AssociateIamInstanceProfile"]);
    expect(inputs(made)[0]).toEqual({ AssociationId: `iip-${ONE}` });
  });

  it("must be there, and not be terminated", () => {
    const made = plan(`, instances: [${ONE}, ${TWO}]`, settled([instance(TWO, null, { state: "terminated" })]));
    expect(made.problems.map(({ code, severity }) => [code, severity])).toEqual([
      ["missing-instance", "error"],
      ["instance-terminated", "error"],
    ]);
    expect(callsOf(made)).toEqual([]);
  });
});

describe("instances by tag", () => {
  const TAGGED = { tags: [{ key: "App", value: "App1" }] };
  const BY_TAG = ", instances: { tag: { App: App1 } }";

  it("are those that have it and are not going", () => {
    const instances = [
      instance(ONE, null, TAGGED),
      instance(TWO, null, { tags: [{ key: "App", value: "App2" }] }),
      instance("i-0000000000000003c", null, { ...TAGGED, state: "shutting-down" }),
      instance("i-0000000000000004d", null, { ...TAGGED, state: "stopped" }),
    ];
    expect(inputs(plan(BY_TAG, settled(instances))).map((input) => input["InstanceId"])).toEqual([ONE, "i-0000000000000004d"]);
  });

  it("of which there is none: a warning", () => {
    const made = plan(BY_TAG, settled([instance(ONE)]));
    expect(made.problems.map(({ code, severity }) => [code, severity])).toEqual([["no-instance", "warning"]]);
  });

  it("of which one is claimed by two: an error, and none is touched", () => {
    const other = `, s: { account: db, trust: [{ service: ec2.amazonaws.com }], instance_profile: { name: q, instances: [${ONE}] } }`;
    const made = plan(BY_TAG, settled([instance(ONE, null, TAGGED)]), other);
    expect(codes(made)).toEqual(["instance-claimed-twice"]);
    expect(callsOf(made)).not.toContain("AssociateIamInstanceProfile");
  });
});

describe("another profile on the instance", () => {
  const STRANGER = [profile("p", OURS), profile("web", null, "web")];

  it("is an error, and stays", () => {
    const made = plan(`, instances: [${ONE}]`, settled([instance(ONE, "web")], STRANGER));
    expect(codes(made)).toEqual(["instance-has-profile"]);
    expect(callsOf(made)).toEqual([]);
  });

  it("gives way with replace: true, in one call, and the loss is told", () => {
    const made = plan(`, instances: [${ONE}], replace: true`, settled([instance(ONE, "web")], STRANGER));
    expect(codes(made)).toEqual([]);
    expect(titles(made)).toEqual([`update instance profile of EC2 instance ${ONE}: web to p`]);
    expect(inputs(made)).toEqual([{ AssociationId: `iip-${ONE}`, IamInstanceProfile: { Arn: arnOf("p") } }]);
    expect(effects(made)).toEqual([
      `EC2 instance ${ONE} gains instance profile ${arnOf("p")}`,
      `EC2 instance ${ONE} loses instance profile ${arnOf("web")}`,
    ]);
  });

  it("of ours gives way by itself: a renamed profile leaves no gap", () => {
    const made = planOf(
      fileWith(`, instances: [${ONE}]`).replace("name: p,", "name: q,"),
      worldOf([demoCluster()], [settled([instance(ONE, "p")])]),
    );
    expect(codes(made)).toEqual([]);
    const calls = callsOf(made);
    const at = (action: string): number => calls.indexOf(action);
    expect(at("ReplaceIamInstanceProfileAssociation")).toBeGreaterThan(at("AddRoleToInstanceProfile"));
    expect(at("RemoveRoleFromInstanceProfile")).toBeGreaterThan(at("ReplaceIamInstanceProfileAssociation"));
    expect(at("DeleteInstanceProfile")).toBeGreaterThan(at("RemoveRoleFromInstanceProfile"));
  });
});

describe("whoever else carries the profile", () => {
  it("is left alone where the file does not say who carries it", () => {
    const account = settled([instance(ONE, "p")], [profile("p", TAGS)]);
    expect(plan("", account).changes).toEqual([]);
  });

  it("loses it when the file begins to say so; the tag comes first", () => {
    const made = plan(`, instances: [${TWO}]`, settled([instance(ONE, "p"), instance(TWO)], [profile("p", TAGS)]));
    expect(callsOf(made)).toEqual(["TagInstanceProfile", "DisassociateIamInstanceProfile", "AssociateIamInstanceProfile"]);
  });

  it("loses it when the file says so no more; the tag goes last", () => {
    const made = plan("", settled([instance(ONE, "p")]));
    expect(callsOf(made)).toEqual(["DisassociateIamInstanceProfile", "UntagInstanceProfile"]);
  });

  it("loses it before the profile goes", () => {
    const made = planOf(iamFile("{}"), worldOf([demoCluster()], [settled([instance(ONE, "p")])]));
    const calls = callsOf(made);
    expect(calls[0]).toBe("DisassociateIamInstanceProfile");
    expect(calls).toContain("DeleteInstanceProfile");
  });

  it("keeps a profile of somebody else's that the file does not name", () => {
    expect(
      plan(`, instances: [${ONE}]`, settled([instance(ONE, "p"), instance(TWO, "web")], [profile("p", OURS), profile("web", null)]))
        .changes,
    ).toEqual([]);
  });
});
