import { describe, expect, it } from "vitest";
import { logKeepingProblems } from "../../../src/doctor/log-keeping.js";
import type { DeclaredCluster } from "../../../src/model/declared.js";
import type { LogSettings } from "../../../src/model/log-settings.js";
import { parse } from "../../support/stage.js";

const FILE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters: { demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { shop: {} } } }
`;
const cluster = parse(FILE).clusters.get("demo") as DeclaredCluster;
const ALL = ["postgresql", "iam-db-auth-error"];

describe("how long logs are kept, as doctor says it", () => {
  it.each<readonly [string, Partial<LogSettings>, readonly string[]]>([
    ["on the hosts alone", { exports: [] }, ["log-not-exported"]],
    ["another log is exported", { exports: ["upgrade"] }, ["log-not-exported"]],
    ["for ever", { exports: ALL, keptDays: Number.POSITIVE_INFINITY }, []],
    ["as long as a review looks back", { exports: ALL, keptDays: 90 }, []],
    ["for a month", { exports: ALL, keptDays: 30 }, ["log-kept-briefly"]],
    ["for a time that may not be read", { exports: ALL, keptDays: null }, []],
    ["without the refusals", { exports: ["postgresql"], keptDays: 7 }, ["log-kept-briefly", "refusals-not-exported"]],
  ])("%s", (_, settings, codes) => {
    const found = logKeepingProblems(cluster, {
      type: "cluster",
      id: "demo-aurora",
      region: "us-east-2",
      exports: [],
      keptDays: null,
      hostDays: null,
      parameters: null,
      ...settings,
    });
    expect(found.map(({ code }) => code)).toEqual(codes);
    // To be known: doctor still exits 0.
    expect(found.every(({ severity, needs }) => severity === "warning" && needs === undefined)).toBe(true);
    for (const { hint } of found)
      expect(hint).toMatch(/aws (rds modify-db-cluster|logs put-retention-policy) --region us-east-2 .*demo-aurora/);
  });

  it("says how long hosts keep it, and how to make that a week where the group is its own", () => {
    const base: LogSettings = {
      type: "cluster",
      id: "demo-aurora",
      region: "us-east-2",
      exports: [],
      keptDays: null,
      hostDays: 3,
      parameters: "own",
    };
    const said = (more: Partial<LogSettings>): string =>
      logKeepingProblems(cluster, { ...base, ...more })
        .map(({ message, hint }) => `${message} ${hint}`)
        .join();
    expect(said({})).toContain("which keep it for 3 days, and a review looks back 90.");
    expect(said({})).toContain(
      "--db-cluster-parameter-group-name own --parameters ParameterName=rds.log_retention_period,ParameterValue=10080",
    );
    expect(said({ parameters: null })).not.toContain("log_retention_period");
    expect(said({ hostDays: 7 })).not.toContain("log_retention_period");
  });
});
