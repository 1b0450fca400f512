import { describe, expect, it } from "vitest";
import { declaredDoors, hopsTo } from "../../../src/access/declared-ways.js";
import { awsConfigText } from "../../../src/report/aws-config.js";
import { parse } from "../../support/stage.js";

const DECLARED = parse(`version: 1
owner: acme/access
accounts:
  db: { id: "111122223333", region: us-east-2 }
  tools: { id: "444455556666", region: us-east-2 }
clusters:
  one: { account: db, rds: { cluster: one }, admin: { user: a, auth: iam }, databases: { d: {} } }
  two: { account: db, rds: { cluster: two }, admin: { user: a, auth: iam }, databases: { d: {} } }
  far: { account: db, region: eu-west-1, rds: { cluster: far }, admin: { user: a, auth: iam }, databases: { d: {} } }
defaults: { clusters: [one, two, far] }
users: { reader: { login: iam }, writer: { login: iam } }
iam_roles:
  app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: reader, clusters: [one] }] }
  every: { account: db, trust: [{ role: middle, external_id: ext-1 }], connect: [{ user: writer, any_cluster: true }] }
  middle: { account: db, trust: [{ role: start }], assume: [every] }
  start: { account: tools, trust: [{ service: ec2.amazonaws.com }], assume: [middle], instance_profile: { name: start-profile } }
  named:
    account: db
    trust: [{ arn: "arn:aws:iam::999900001111:role/deep/ci", external_id: ext-2 }, { account: tools, condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }]
    connect: [{ user: reader, clusters: [two] }]
`);

const role = (id: string) => {
  const found = DECLARED.iamRoles.get(id);
  if (!found) throw new Error(id);
  return found;
};
const way = (caller: string, id: string) => hopsTo(DECLARED, role(id), caller)?.map((hop) => [hop.arn.replace(/.*::/, ""), hop.externalId]);
const session = (account: string, name: string): string => `arn:aws:sts::${account}:assumed-role/${name}/i-1`;

describe("the way from a caller to an IAM role", () => {
  it("is empty for the IAM role itself, in its own account only", () => {
    expect(way(session("111122223333", "app"), "app")).toEqual([]);
    expect(way(session("444455556666", "app"), "app")).toBeUndefined();
  });

  it("goes over as many IAM roles as the file says, from wherever the caller stands, each with its external id", () => {
    const last = ["111122223333:role/every", "ext-1"];
    expect(way(session("444455556666", "start"), "every")).toEqual([["111122223333:role/middle", null], last]);
    expect(way(session("111122223333", "middle"), "every")).toEqual([last]);
  });

  it("begins with whom a trust names: an IAM role under a path, an account", () => {
    expect(way(session("999900001111", "ci"), "named")).toEqual([["111122223333:role/named", "ext-2"]]);
    expect(way("arn:aws:iam::444455556666:user/joe", "named")).toEqual([["111122223333:role/named", null]]);
    expect(way("arn:aws:iam::999900001111:user/ci", "named")).toBeUndefined();
    expect(way("arn:aws:iam::444455556666:user/joe", "every")).toBeUndefined();
  });
});

it("a door to any cluster leads to those of the account's Region, as its policy does", () => {
  expect(declaredDoors(DECLARED).map((door) => `${door.role.id} ${door.user}@${door.cluster.name}`)).toEqual([
    "app reader@one",
    "every writer@one",
    "every writer@two",
    "named reader@two",
  ]);
});

describe("profiles", () => {
  const settings = (only?: string): string[] => awsConfigText(DECLARED, only).match(/^(\[|role_arn|source|credential|external).*$/gm) ?? [];

  it("are one for each IAM role on the way, from the machine's or from the caller's own keys", () => {
    expect(settings("writer")).toEqual([
      "[profile pgaccord-every]",
      "role_arn = arn:aws:iam::111122223333:role/every",
      "external_id = ext-1",
      "source_profile = pgaccord-middle",
      "[profile pgaccord-middle]",
      "role_arn = arn:aws:iam::111122223333:role/middle",
      "credential_source = Ec2InstanceMetadata",
    ]);
    expect(settings("named")).toEqual([
      "[profile pgaccord-named]",
      "role_arn = arn:aws:iam::111122223333:role/named",
      "external_id = ext-2",
      "source_profile = default",
    ]);
  });

  it("are those of all where nobody is named", () => {
    expect(settings().filter((line) => line.startsWith("["))).toEqual([
      "[profile pgaccord-app]",
      "[profile pgaccord-every]",
      "[profile pgaccord-middle]",
      "[profile pgaccord-named]",
    ]);
  });
});
