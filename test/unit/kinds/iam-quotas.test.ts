import { describe, expect, it } from "vitest";
import { quotasOf } from "../../../src/aws/quotas.js";
import type { Plan } from "../../../src/model/plan.js";
import type { AccountSnapshot, IamQuotas } from "../../../src/model/snapshot.js";
import { documentSize, nothingDocument } from "../../../src/policies/document.js";
import { demoCluster, emptyAccount, iamFile, iamRole, planOf, policy, TRUST, worldOf } from "../../support/stage.js";

const EC2 = "trust: [{ service: ec2.amazonaws.com }]";
const DOOR = "connect: [{ user: ro, clusters: [demo] }]";
const plan = (roles: string, account: AccountSnapshot): Plan => planOf(iamFile(roles), worldOf([demoCluster()], [account]));
const limits = ({ problems }: Plan): string[] =>
  problems.flatMap(({ code, severity }) => (/^iam-/.test(code) ? [`${severity} ${code}`] : []));

describe("the account's own quotas", () => {
  const ROLE = `{ r: { account: db, ${EC2}, ${DOOR}, instance_profile: { name: p } } }`;
  const quota = (quotas: IamQuotas, rest: Partial<AccountSnapshot> = {}): Plan => plan(ROLE, emptyAccount({ quotas, ...rest }));
  const attached = (count: number): Partial<AccountSnapshot> => ({
    roles: new Map([iamRole("r", TRUST)]),
    foreign: new Map([
      ["role/r", { inline: [], attached: Array.from({ length: count }, (_, i) => `arn:aws:iam::aws:policy/Foreign${i}`) }],
    ]),
  });

  it.each([
    ["roles", 999, []],
    ["roles", 1000, ["error iam-quota"]],
    ["policies", 999, []],
    ["policies", 1000, ["error iam-quota"]],
    ["profiles", 999, []],
    ["profiles", 1000, ["error iam-quota"]],
  ] as const)("%s: %i of 1000, and one more: %j", (noun, used, said) => {
    expect(limits(quota({ [noun]: { used, most: 1000 } }))).toEqual(said);
  });

  it("count what is made once, and what is there not at all", () => {
    const two = `{ r: { account: db, ${EC2} }, s: { account: db, ${EC2} } }`;
    const full = (used: number): AccountSnapshot => emptyAccount({ quotas: { roles: { used, most: 1000 } } });
    expect(limits(plan(two, full(998)))).toEqual([]);
    expect(
      plan(two, full(999))
        .problems.filter(({ code }) => code === "iam-quota")
        .map(({ message }) => message),
    ).toEqual(["Account db has 999 IAM roles of 1000 that its quota allows, and the plan makes 2."]);
    expect(limits(quota({ roles: { used: 1000, most: 1000 } }, { roles: new Map([iamRole("r", TRUST)]) }))).toEqual([]);
  });

  it.each([
    [14, []],
    [15, ["error iam-too-many-policies"]],
  ])("a policy beside %i foreign ones where 15 are allowed: %j", (count, said) => {
    expect(limits(quota({ attachedToRole: 15 }, attached(count)))).toEqual(said);
  });

  const sizes = (): { readonly trust: number; readonly policy: number } => {
    const { steps } = quota({});
    const input = (action: string) => steps.flatMap(({ run }) => ("action" in run && run.action === action ? [run.input] : []))[0] ?? {};
    return {
      trust: documentSize(String(input("CreateRole")["AssumeRolePolicyDocument"])),
      policy: documentSize(String(input("CreatePolicy")["PolicyDocument"])),
    };
  };
  it("sizes: at the quota, and one over it", () => {
    const { trust, policy } = sizes();
    expect(trust).toBeGreaterThan(50);
    expect(limits(quota({ trustSize: trust, policySize: policy }))).toEqual([]);
    expect(limits(quota({ trustSize: trust - 1 }))).toEqual(["error iam-trust-too-large"]);
    expect(limits(quota({ policySize: policy - 1 }))).toEqual(["error iam-policy-too-large"]);
  });

  it("versions: of three that are allowed, the third makes way, and the new one is the default at once", () => {
    const versions = [3, 1, 2].map((n) => ({ id: `v${n}`, isDefault: n === 1 }));
    const live = { ...policy("r-access", nothingDocument())[1], versions };
    const { steps } = quota({ versions: 3 }, { policies: new Map([["r-access", live]]) });
    const inputs = steps.flatMap(({ run }) => ("action" in run && /PolicyVersion$/.test(run.action) ? [run] : []));
    expect(inputs.map(({ action, input }) => [action, input["VersionId"] ?? input["SetAsDefault"]])).toEqual([
      ["DeletePolicyVersion", "v2"],
      ["CreatePolicyVersion", true],
    ]);
  });

  it("are those of GetAccountSummary; what AWS does not say is left out", () => {
    expect(quotasOf({ AssumeRolePolicySizeQuota: 4096, Roles: 7, RolesQuota: 5000, Policies: 3, VersionsPerPolicyQuota: 5 })).toEqual({
      trustSize: 4096,
      versions: 5,
      roles: { used: 7, most: 5000 },
    });
  });
});
