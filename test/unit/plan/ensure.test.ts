import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { ClusterSnapshot, ParameterGroup, RdsSnapshot } from "../../../src/model/snapshot.js";
import { codes, demoCluster, emptyAccount, iamFile, planOf, titles, worldOf } from "../../support/stage.js";

const ROLES = "{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }";
const fileOf = (ensure: string, admin: string, type = "cluster"): string =>
  iamFile(ROLES)
    .replace(
      "rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }",
      `rds: { ${type}: demo-aurora }, ensure: ${ensure}, admin: ${admin}`,
    )
    .replace("ensure: null, ", "");
const [PASSWORD, TOKEN] = ["{ user: access_admin, password_env: DEMO_PASSWORD }", "{ user: access_admin, auth: iam }"];
const OFF: RdsSnapshot = {
  id: "demo-aurora",
  type: "cluster",
  resourceId: "cluster-A",
  endpoint: "x",
  port: 5432,
  iamAuth: false,
  masterUser: "master",
};
/** The user is there, and no member of rds_iam yet. */
const cluster = (rds: Partial<RdsSnapshot> = {}): ClusterSnapshot => demoCluster({ rds: { ...OFF, ...rds }, memberships: [] });
const planned = (ensure: string, rds: Partial<RdsSnapshot> = {}, type = "cluster"): Plan =>
  planOf(fileOf(ensure, PASSWORD, type), worldOf([cluster(rds)], [emptyAccount()]));

describe("ensure.iam_auth", () => {
  it("comes before all else on the cluster, and before the doors to it", () => {
    const plan = planned("{ iam_auth: true }");
    expect(titles(plan)[0]).toBe("turn on IAM authentication of RDS cluster demo-aurora");
    const [first, ...rest] = plan.units;
    expect(first).toMatchObject({ phase: "ensure", site: { account: "db" }, mode: "journal", after: [] });
    expect(rest.length).toBeGreaterThan(2);
    for (const unit of rest) expect(unit.after, `${unit.id} ${unit.phase}`).toContain(first?.id);
    expect(plan.steps[0]?.run).toEqual({
      account: "db",
      service: "rds",
      action: "ModifyDBCluster",
      region: "us-east-2",
      input: { DBClusterIdentifier: "demo-aurora", EnableIAMDatabaseAuthentication: true, ApplyImmediately: true },
    });
    expect(codes(plan)).not.toContain("iam-auth-off");
  });

  it("is a call of its own for an instance", () => {
    const plan = planned("{ iam_auth: true }", { type: "instance", id: "one" }, "instance");
    expect(plan.steps[0]?.run).toMatchObject({ action: "ModifyDBInstance", input: { DBInstanceIdentifier: "one" } });
    expect(titles(plan)[0]).toBe("turn on IAM authentication of RDS instance one");
  });

  it("without it, that it is off stays an error, and nothing is turned on", () => {
    const plan = planned("null");
    expect(codes(plan)).toContain("iam-auth-off");
    expect(plan.units.map(({ phase }) => phase)).not.toContain("ensure");
  });

  it("is nothing to do where it is on, whatever waits for the maintenance window", () => {
    const plan = planned("{ iam_auth: true }", { iamAuth: true, pending: ["EngineVersion"] });
    expect(plan.units.map(({ phase }) => phase)).not.toContain("ensure");
    expect(codes(plan)).not.toContain("pending-modifications");
  });

  it("is refused while modifications of others wait: they would be carried out, too", () => {
    const plan = planned("{ iam_auth: true }", { pending: ["EngineVersion", "MasterUserPassword"] });
    const found = plan.problems.find(({ code }) => code === "pending-modifications");
    expect(found).toMatchObject({ severity: "error" });
    expect(found?.message).toContain("(EngineVersion, MasterUserPassword)");
    expect(found?.hint).toContain("aws rds modify-db-cluster --region us-east-2 --db-cluster-identifier demo-aurora");
  });

  it("is all that is done where nobody can log in yet", () => {
    const unread = { target: { type: "cluster", name: "demo" } as const, problems: [], rds: OFF };
    const plan = planOf(fileOf("{ iam_auth: true }", TOKEN), { ...worldOf([], [emptyAccount()]), unread: [unread] });
    expect(titles(plan)).toEqual(["turn on IAM authentication of RDS cluster demo-aurora"]);
    expect(plan.targets.map(({ target, about, identity }) => [target.name, about, identity])).toContainEqual([
      "demo",
      "RDS cluster demo-aurora",
      "cluster-A",
    ]);
    // The same change as of one that was read: it is the same server.
    expect(plan.changes[0]?.id).toBe(planned("{ iam_auth: true }").changes[0]?.id);
  });
});

describe("ensure.log_connections", () => {
  const GROUP: ParameterGroup = { name: "own", engine: "aurora-postgresql", isDefault: false, usedBy: [], value: null, allowed: null };
  const LIST = "receipt,authentication,authorization,setup_durations";
  const logged = (group: Partial<ParameterGroup>, more: Partial<ClusterSnapshot> = {}): Plan => {
    const rds: RdsSnapshot = { ...OFF, iamAuth: true, parameterGroup: { ...GROUP, ...group } };
    const text = fileOf("{ log_connections: true }", TOKEN).replace("clusters:\n", `clusters:\n  other: ${OTHER}\n`);
    const snapshot = worldOf([demoCluster({ rds, ...more })], [emptyAccount()]);
    return planOf(text, { ...snapshot, unread: [{ target: { type: "cluster", name: "other" }, problems: [], rds: null }] });
  };
  const OTHER = "{ account: db, rds: { cluster: Other-One }, admin: { user: access_admin, auth: iam }, databases: {} }";
  const valueIn = (plan: Plan): unknown =>
    plan.steps.flatMap(({ run }) => ("action" in run && run.service === "rds" ? [run.input["Parameters"]] : []))[0];
  const set = (value: string): unknown => [{ ParameterName: "log_connections", ParameterValue: value, ApplyMethod: "immediate" }];

  it.each([
    ["PostgreSQL 17", 170010, null, "1"],
    ["PostgreSQL 18 takes a list", 180001, null, LIST],
    ["PostgreSQL 18, where RDS knows a switch alone", 180001, "0,1", "1"],
  ])("%s", (_, versionNum, allowed, expected) => {
    const plan = logged({ allowed }, { versionNum, logConnections: versionNum < 180000 ? "off" : "" });
    expect(valueIn(plan)).toEqual(set(expected));
    expect(titles(plan)[0]).toBe("turn on log_connections in parameter group own of RDS cluster demo-aurora");
    expect(plan.units[0]).toMatchObject({ phase: "ensure", after: [] });
  });

  it.each([
    ["the group says so", { value: "1" }, "off"],
    ["the group has a list that is enough", { value: "authentication,authorization" }, ""],
    ["the server says so, whatever the group", { name: "default.aurora-postgresql17", isDefault: true }, "on"],
  ])("nothing is done where %s", (_, group, logConnections) => {
    const plan = logged(group, { logConnections });
    expect(valueIn(plan)).toBeUndefined();
    expect(codes(plan).filter((code) => code.startsWith("parameter"))).toEqual([]);
  });

  it("a list without who logs in is not enough", () => {
    expect(valueIn(logged({ value: "receipt,setup_durations" }, { versionNum: 180001 }))).toEqual(set(LIST));
  });

  it("refuses a default group, with the commands for one of its own", () => {
    const plan = logged({ name: "default.aurora-postgresql17", isDefault: true }, { logConnections: "off" });
    const found = plan.problems.find(({ code }) => code === "parameter-group-default");
    expect(found?.severity).toBe("error");
    expect(found?.hint).toContain("--db-parameter-group-family aurora-postgresql17 ");
    expect(found?.hint).toContain(
      "aws rds modify-db-cluster --region us-east-2 --db-cluster-identifier demo-aurora --db-cluster-parameter-group-name demo-aurora-own",
    );
  });

  it("refuses a group of others, but not one of other clusters of the file", () => {
    expect(codes(logged({ usedBy: ["other-one"] }))).not.toContain("parameter-group-shared");
    const found = logged({ usedBy: ["other-one", "stranger"] }).problems.find(({ code }) => code === "parameter-group-shared");
    expect(found?.message).toMatch(/does not name: stranger: log_connections/);
    expect(found?.hint).toContain("copy-db-cluster-parameter-group --region us-east-2 --source-db-cluster-parameter-group-identifier own ");
  });
});
