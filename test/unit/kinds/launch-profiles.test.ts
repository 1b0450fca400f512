import { describe, expect, it } from "vitest";
import type { LaunchSource } from "../../../src/model/aws-things.js";
import { ACCOUNT_ID, demoCluster, emptyAccount, iamFile, planOf, worldOf } from "../../support/stage.js";

const ARN = `arn:aws:iam::${ACCOUNT_ID}:instance-profile/p`;
const template = (rest: Partial<LaunchSource>): LaunchSource => ({
  type: "launch template",
  name: "t",
  version: "$Latest",
  isThere: true,
  profile: "p",
  ...rest,
});

/** What the plan says of the group g, that starts from these; null: it is not there. */
function saidOf(launches: readonly LaunchSource[] | null, more = ""): string[] {
  const groups = launches === null ? [] : [["g", { name: "g", launches }] as const];
  const account = emptyAccount({ scalingGroups: new Map(groups) });
  const trust = "account: db, trust: [{ service: ec2.amazonaws.com }]";
  const file = iamFile(`{ r: { ${trust}, instance_profile: { name: p, auto_scaling_group: g${more} } } }`);
  return planOf(file, worldOf([demoCluster()], [account])).problems.map(({ code, severity, message, hint, place }) => {
    expect([code, severity, place === null]).toEqual(["launch-template-profile", "warning", false]);
    return `${message} ${hint}`;
  });
}

const SO = `Auto Scaling group g of account db starts instances without profile p: `;

describe("what an Auto Scaling group starts instances from", () => {
  it("may name the profile by name or by ARN", () => {
    expect(saidOf([template({}), template({ profile: ARN })])).toEqual([]);
  });

  it("is warned of where it names another, none, or is gone; each with what to do", () => {
    const keep = "Instances that run already keep what they have.";
    const make = `Make a version of the template that names ${ARN}`;
    expect(saidOf([template({ profile: "other" })])).toEqual([`${SO}launch template t (version $Latest) names other. ${make}. ${keep}`]);
    expect(saidOf([template({ profile: null, version: "$Default" })])).toEqual([
      `${SO}launch template t (version $Default) names none. ${make}, and make it the default version. ${keep}`,
    ]);
    expect(saidOf([template({ profile: null, version: "3", isThere: false })])).toEqual([
      `${SO}launch template t (version 3) is not there. ${make}, and give that to the group. ${keep}`,
    ]);
    expect(saidOf([template({ type: "launch configuration", version: null, profile: null })])).toEqual([
      `${SO}launch configuration t names none. Give the group another one that names ${ARN}: none can be changed. ${keep}`,
    ]);
  });

  it("is not the profile of the same name on another path, or of another account", () => {
    for (const arn of [ARN.replace("/p", "/made/p"), ARN.replace(ACCOUNT_ID, "999988887777")])
      expect(saidOf([template({ profile: arn })])).toHaveLength(1);
  });

  it("all counts, and a group that is not there is said", () => {
    expect(saidOf([template({}), template({ profile: null }), template({ profile: "web" })])).toHaveLength(2);
    expect(saidOf(null)).toEqual([
      "There is no Auto Scaling group g in account db: nothing starts instances with profile p. Correct its name, or the account's region.",
    ]);
  });
});
