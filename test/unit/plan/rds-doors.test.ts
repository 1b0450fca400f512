import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { RdsSnapshot } from "../../../src/model/snapshot.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  ACCOUNT_ID,
  allow,
  codes,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  member,
  parse,
  planOf,
  policy,
  TRUST,
  worldOf,
} from "../../support/stage.js";

const FILE = iamFile("{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }");
const RDS: RdsSnapshot = {
  id: "demo-aurora",
  type: "cluster",
  resourceId: "cluster-A",
  endpoint: "x",
  port: 5432,
  iamAuth: true,
  masterUser: "master",
};
const doorTo = (id: string): string => DOOR_ARN.replace("cluster-A", id);
/** `app` is there with a door to each of these. */
const account = (...doors: readonly string[]) =>
  emptyAccount({
    roles: new Map([iamRole("app", TRUST)]),
    policies: new Map([policy("app-access", documentOf(allow(...doors)))]),
    attachments: [{ principal: "role", name: "app", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/app-access` }],
  });
const planned = (rds: Partial<RdsSnapshot>, doors: readonly string[], text = FILE): Plan =>
  planOf(text, worldOf([demoCluster({ rds: { ...RDS, ...rds }, identity: rds.resourceId ?? "cluster-A" })], [account(...doors)]));
/** The resources that the last document written names. */
const written = (plan: Plan): unknown => {
  const inputs = plan.steps.flatMap(({ run }) => ("action" in run && run.action === "CreatePolicyVersion" ? [run.input] : []));
  const last = inputs.at(-1)?.["PolicyDocument"];
  return last === undefined ? undefined : JSON.parse(String(last)).Statement[0].Resource;
};

describe("rds.also", () => {
  const ALSO = FILE.replace("cluster: demo-aurora }", "cluster: demo-aurora, also: [Demo-Green] }");
  const also = [{ id: "demo-green", resourceId: "cluster-G" }];

  it("doors name each resource id while both are there, and the other no more when it is gone", () => {
    expect(written(planned({ also }, [DOOR_ARN], ALSO))).toEqual([DOOR_ARN, doorTo("cluster-G")]);
    expect(written(planned({ also }, [DOOR_ARN, doorTo("cluster-G")], ALSO))).toBeUndefined();
    expect(written(planned({}, [DOOR_ARN, doorTo("cluster-G")]))).toEqual([DOOR_ARN]);
  });

  it("whoever else has a door to what stands in has a leak", () => {
    const stranger = { inline: [{ name: "own", document: documentOf(allow(doorTo("cluster-G"))) }], attached: [] };
    const foreign = new Map([["role/app", stranger]]);
    const text = ALSO.replace("connect: [{ user: ro, clusters: [demo] }]", "connect: []").replace(", connect: []", "");
    const plan = planOf(text, worldOf([demoCluster({ rds: { ...RDS, also } })], [{ ...account(DOOR_ARN), foreign }]));
    expect(plan.problems.find(({ code }) => code === "leak")?.message).toContain("ro of cluster demo");
  });

  it("is a list of others", () => {
    expect(parse(ALSO).clusters.get("demo")?.rds).toEqual({ type: "cluster", id: "demo-aurora", also: ["Demo-Green"], proxy: null });
    expect(() => parse(ALSO.replace("Demo-Green", "Demo-Aurora"))).toThrow(/is the cluster itself/);
    expect(() => parse(ALSO.replace("cluster: demo-aurora, ", ""))).toThrow(/neither cluster nor instance/);
    expect(() => parse(ALSO.replace("also: [Demo-Green]", "instance: one"))).toThrow(/both cluster and instance/);
  });
});

describe("via: proxy", () => {
  const VIA = FILE.replace("cluster: demo-aurora }", "cluster: demo-aurora, proxy: demo-proxy }").replace(
    "[demo] }]",
    "[demo], via: proxy }]",
  );
  const proxy = { name: "demo-proxy", id: "prx-1", endpoint: "p", keepsSecrets: false };

  it("the door names the proxy, and not what is behind it", () => {
    expect(written(planned({ proxy }, [DOOR_ARN], VIA))).toEqual([doorTo("prx-1")]);
    expect(written(planned({ proxy }, [doorTo("prx-1")], VIA))).toBeUndefined();
    expect(codes(planned({ proxy }, [doorTo("prx-1")], VIA))).not.toContain("resource-id-moved");
  });

  it("who comes through it comes in as the user: the net says so, and what others have is a leak", () => {
    const plan = planOf(VIA, worldOf([demoCluster({ rds: { ...RDS, proxy } })], [emptyAccount()]));
    expect(plan.net.map(({ who, items }) => [JSON.stringify(who), items.length > 0])).toContainEqual([
      JSON.stringify({ type: "iam", account: ACCOUNT_ID, kind: "role", name: "app" }),
      true,
    ]);
  });

  it("logs in as the user does: by IAM, or with a password that the proxy keeps", () => {
    const external = VIA.replace("login: iam", "login: external");
    const keeping = { ...proxy, keepsSecrets: true };
    expect(codes(planned({ proxy }, [], VIA))).toEqual(expect.not.arrayContaining(["proxy-keeps-secrets", "proxy-logs-in-by-iam"]));
    expect(codes(planned({ proxy: keeping }, [], VIA))).toContain("proxy-keeps-secrets");
    expect(codes(planned({ proxy }, [], external))).toContain("proxy-logs-in-by-iam");
    const plan = planned({ proxy: keeping }, [], external);
    expect(codes(plan)).toEqual(expect.not.arrayContaining(["proxy-keeps-secrets", "proxy-logs-in-by-iam"]));
    expect(written(plan)).toEqual([doorTo("prx-1")]);
    expect(() => parse(external.replace(", via: proxy", ""))).toThrow(/does not log in by IAM/);
  });

  it("one that keeps secrets lets in whoever is not of rds_iam: what that one loses is gone before the door opens", () => {
    const text = VIA.replace("login: iam", "login: external").replace(
      "users:",
      "roles: { team: { grants: { demo: { database: [connect] } } } }\nusers:",
    );
    const keeping = { ...RDS, proxy: { ...proxy, keepsSecrets: true } };
    const roles = new Map([...demoCluster().roles, ["team", fakeRole("team", { comment: "[pgaccord:acme/access/demo]" })] as const]);
    const live = demoCluster({ rds: keeping, roles, memberships: [member("team", "ro", { grantor: "access_admin" })] });
    const { units, steps } = planOf(text, worldOf([live], [emptyAccount()]));
    const unitOf = (word: string): string => steps.find(({ run }) => JSON.stringify(run).includes(word))?.unit ?? "";
    expect(units.find(({ id }) => id === unitOf("AttachRolePolicy"))?.after).toContain(unitOf("REVOKE"));
  });

  it("needs a proxy, and clusters that are named", () => {
    expect(() => parse(VIA.replace(", proxy: demo-proxy", ""))).toThrow(/has no proxy in its rds/);
    expect(() => parse(VIA.replace("clusters: [demo], via", "any_cluster: true, via"))).toThrow(/leads through every proxy/);
  });
});

describe("resource-id-moved", () => {
  it("says that live doors name another id than the cluster has now, and gives them the new one", () => {
    const plan = planned({ resourceId: "cluster-B" }, [DOOR_ARN]);
    const found = plan.problems.filter(({ code }) => code === "resource-id-moved");
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: "warning", attention: true });
    expect(found[0]?.message).toContain("(cluster demo) has the resource id cluster-B, and live doors to it name cluster-A");
    expect(written(plan)).toEqual([doorTo("cluster-B")]);
  });

  it.each([
    ["the doors are right", {}, [DOOR_ARN]],
    ["a door of another cluster goes besides", {}, [DOOR_ARN, doorTo("cluster-Z")]],
    ["the door of another user goes", { resourceId: "cluster-B" }, [DOOR_ARN.replace("/ro", "/other")]],
    ["the other one stands in", { resourceId: "cluster-B", also: [{ id: "old", resourceId: "cluster-A" }] }, [DOOR_ARN]],
  ])("is not said where %s", (_, rds, doors) => {
    expect(codes(planned(rds, doors))).not.toContain("resource-id-moved");
  });

  it("nor while a cluster could not be read that they may lead to", () => {
    const snapshot = worldOf([demoCluster({ rds: { ...RDS, resourceId: "cluster-B" } })], [account(DOOR_ARN)]);
    const unread = [{ target: { type: "cluster", name: "other" } as const, problems: [], rds: null }];
    expect(codes(planOf(FILE, { ...snapshot, unread }))).not.toContain("resource-id-moved");
  });
});

it.each([
  ["us-east-2", "aws"],
  ["cn-north-1", "aws-cn"],
  ["us-gov-west-1", "aws-us-gov"],
  ["eusc-de-east-1", "aws-eusc"],
])("in %s every ARN is of partition %s", (region, partition) => {
  const text = FILE.replace("us-east-2", region);
  const plan = planOf(text, worldOf([demoCluster({ rds: RDS })], [emptyAccount()]));
  const arns = JSON.stringify(plan.steps).match(/arn:[^:"\\]*:/g) ?? [];
  expect(arns.length).toBeGreaterThan(1);
  expect([...new Set(arns)]).toEqual([`arn:${partition}:`]);
  expect(JSON.stringify(plan.steps)).toContain(`arn:${partition}:rds-db:${region}:${ACCOUNT_ID}:dbuser:cluster-A/ro`);
});
