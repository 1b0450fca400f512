import { describe, expect, it } from "vitest";
import { ORIGIN_TAG, OWNER_TAG } from "../../../src/facts/iam-things.js";
import type { Plan } from "../../../src/model/plan.js";
import type { Tag } from "../../../src/model/resource.js";
import type { AccountSnapshot } from "../../../src/model/snapshot.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  acl,
  allow,
  callsOf,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  effects,
  emptyAccount,
  fileOf,
  iamFile,
  iamRole,
  planOf,
  policy,
  row,
  serverOf,
  sqlOf,
  TAGS,
  TRUST,
  tables,
  titles as titlesInOrder,
  worldOf,
} from "../../support/stage.js";

const titles = (plan: Plan): string[] => titlesInOrder(plan).sort();
const OWNER = { key: OWNER_TAG, value: "acme/access" };
const ADOPTED: readonly Tag[] = [{ key: ORIGIN_TAG, value: "adopted" }, OWNER];
const NO_ORIGIN: readonly Tag[] = [OWNER];
const ARN = "arn:aws:iam::111122223333";

interface Origins {
  readonly role?: readonly Tag[];
  readonly policy?: readonly Tag[];
  readonly profile?: readonly Tag[];
}

/** The IAM role r, which carries the policy r-access and is in the profile r-profile, as an apply leaves them. */
function account({ role = TAGS, policy: ofPolicy = TAGS, profile = TAGS }: Origins, rest: Partial<AccountSnapshot> = {}): AccountSnapshot {
  const [name, live] = policy("r-access", documentOf({ Sid: "PgaccordConnect", ...allow(DOOR_ARN) }));
  const belongs = [
    { key: "pgaccord:policy", value: "r-access" },
    { key: "pgaccord:profile", value: "r-profile" },
  ];
  const tags = [...role, ...belongs].sort((a, b) => (a.key < b.key ? -1 : 1));
  return emptyAccount({
    roles: new Map([iamRole("r", TRUST, "/", tags)]),
    policies: new Map([[name, { ...live, tags: ofPolicy }]]),
    instanceProfiles: new Map([
      ["r-profile", { name: "r-profile", path: "/", arn: `${ARN}:instance-profile/r-profile`, role: "r", tags: profile }],
    ]),
    attachments: [{ principal: "role", name: "r", policyArn: live.arn }],
    ...rest,
  });
}

const DECLARED = `
  r: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }], instance_profile: { name: r-profile } }`;
const world = (of: AccountSnapshot) => worldOf([demoCluster()], [of]);
const gone = (of: AccountSnapshot) => planOf(iamFile("{}"), world(of));

describe("an IAM thing that leaves the file", () => {
  it("is deleted where pgaccord made it", () => {
    const plan = gone(account({}));
    expect(titles(plan)).toEqual([
      "delete IAM policy r-access",
      "delete IAM role r",
      "delete attachment of IAM policy r-access to IAM role r",
      "delete instance profile r-profile",
    ]);
    expect(callsOf(plan).filter((call) => call.startsWith("Untag"))).toEqual([]);
  });

  it.each([
    ["adopted", ADOPTED],
    ["marked without an origin", NO_ORIGIN],
  ])("is released where it was %s: all of it stays but the mark", (_, tags) => {
    const plan = gone(account({ role: tags, policy: tags, profile: tags }));
    expect(titles(plan)).toEqual(["release IAM policy r-access", "release IAM role r", "release instance profile r-profile"]);
    expect(callsOf(plan).sort()).toEqual(["UntagInstanceProfile", "UntagPolicy", "UntagRole"]);
    expect([effects(plan), codes(plan), plan.counts.release, plan.counts.delete]).toEqual([[], [], 3, 0]);
  });

  it("whatever else hangs on it is no obstacle to a release, and one to a deletion", () => {
    const foreign = new Map([["role/r", { inline: [{ name: "own", document: "{}" }], attached: [] }]]);
    expect(codes(gone(account({ role: ADOPTED }, { foreign })))).toEqual([]);
    expect(codes(gone(account({}, { foreign })))).toEqual(["iam-role-in-use"]);
  });

  it("takes its marks along, and no tag of others", () => {
    const foreign = { key: "team", value: "x" };
    const plan = gone(account({ role: [...ADOPTED, foreign], policy: [...ADOPTED, foreign], profile: ADOPTED }));
    const keys = plan.steps.flatMap(({ run }) => ("action" in run ? [run.input["TagKeys"]] : []));
    const own = [ORIGIN_TAG, OWNER_TAG];
    expect(keys).toEqual([own, own, [ORIGIN_TAG, OWNER_TAG, "pgaccord:policy", "pgaccord:profile"]]);
  });

  it("an IAM role: what pgaccord made of it is deleted, the role stays", () => {
    const plan = gone(account({ role: ADOPTED }));
    expect(titles(plan)).toEqual([
      "delete IAM policy r-access",
      "delete attachment of IAM policy r-access to IAM role r",
      "delete instance profile r-profile",
      "release IAM role r",
    ]);
    expect(callsOf(plan)).not.toContain("DeleteRole");
    expect(codes(plan)).toEqual([]);
  });

  it("a policy: taken off the role that goes, and left on whoever else carries it", () => {
    const attachments = ["r", "stranger"].map((name) => ({ principal: "role", name, policyArn: `${ARN}:policy/r-access` }) as const);
    const plan = gone(account({ policy: ADOPTED }, { attachments }));
    expect(titles(plan)).toEqual([
      "delete IAM role r",
      "delete attachment of IAM policy r-access to IAM role r",
      "delete instance profile r-profile",
      "release IAM policy r-access",
    ]);
    expect(callsOf(plan).filter((call) => call === "DetachRolePolicy")).toHaveLength(1);
    expect(callsOf(plan)).not.toContain("DeletePolicy");
    expect(codes(plan)).toEqual([]);
  });

  it("a policy that its IAM role no longer names is no door of that role any more", () => {
    const renamed = DECLARED.replace("connect:", "policy: other-access, connect:");
    const plan = planOf(iamFile(renamed), world(account({ policy: ADOPTED })));
    expect(titles(plan)).toContain("delete attachment of IAM policy r-access to IAM role r");
    expect(titles(plan)).toContain("release IAM policy r-access");
  });

  it("an instance profile: emptied of the role that goes", () => {
    const plan = gone(account({ profile: ADOPTED }));
    expect(titles(plan)).toContain("release instance profile r-profile");
    expect(callsOf(plan).filter((call) => call.includes("InstanceProfile"))).toEqual([
      "RemoveRoleFromInstanceProfile",
      "UntagInstanceProfile",
    ]);
    expect(codes(plan)).toEqual([]);
  });
});

describe("an IAM thing of the file", () => {
  it.each([[ADOPTED], [TAGS]])("keeps its origin", (...[tags]) => {
    expect(titles(planOf(iamFile(DECLARED), world(account({ role: tags, policy: tags, profile: tags }))))).toEqual([]);
  });

  it("of which nobody knows who made it counts as adopted from then on", () => {
    const plan = planOf(iamFile(DECLARED), world(account({ role: NO_ORIGIN, policy: NO_ORIGIN, profile: NO_ORIGIN })));
    const inputs = plan.steps.flatMap(({ run }) => ("action" in run ? [run] : []));
    expect(inputs.map(({ action }) => action).sort()).toEqual(["TagInstanceProfile", "TagPolicy", "TagRole"]);
    for (const { input } of inputs) expect(input["Tags"]).toContainEqual({ Key: ORIGIN_TAG, Value: "adopted" });
  });
});

describe("a PostgreSQL role that leaves the file", () => {
  const gone = (comment: string): Plan => {
    const server = serverOf([], [tables(["t"], acl(row("r", "own", ["select"])))], {}, ["r"]);
    const roles = new Map([...server.roles, ["r", fakeRole("r", { login: true, comment })] as const]);
    return planOf(fileOf("{}"), worldOf([{ ...server, roles }]));
  };

  it("is released where it was adopted: it keeps LOGIN and what it holds, and its own comment", () => {
    const plan = gone("weekly reports [pgaccord:acme/access/main adopted]");
    expect([titles(plan), effects(plan)]).toEqual([["release user r"], []]);
    expect(sqlOf(plan)).toEqual([`COMMENT ON ROLE "r" IS 'weekly reports'`]);
  });

  it("is dropped where pgaccord made it", () => {
    const plan = gone("[pgaccord:acme/access/main]");
    expect(titles(plan)).toEqual(["change privileges on table s.t in shop", "delete user r"]);
    expect(sqlOf(plan)).toContain('DROP ROLE "r"');
  });
});
