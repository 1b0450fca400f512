import type { IAMClient } from "@aws-sdk/client-iam";
import type { IamQuotas } from "../model/snapshot.js";

/** What this account may have, and how much of it it has (IAM API reference, GetAccountSummary). */
export async function readQuotas(iam: IAMClient): Promise<IamQuotas> {
  const { GetAccountSummaryCommand } = await import("@aws-sdk/client-iam");
  const { SummaryMap = {} } = await iam.send(new GetAccountSummaryCommand({}));
  return quotasOf(SummaryMap);
}

/** A number that AWS does not give is left out: then its default counts. */
export function quotasOf(map: Readonly<Record<string, number | undefined>>): IamQuotas {
  const { AssumeRolePolicySizeQuota: trustSize, PolicySizeQuota: policySize, VersionsPerPolicyQuota: versions } = map;
  const { AttachedPoliciesPerRoleQuota: attachedToRole, AttachedPoliciesPerUserQuota: attachedToUser } = map;
  const used = (noun: string): { readonly used: number; readonly most: number } | undefined => {
    const [has, most] = [map[noun], map[`${noun}Quota`]];
    return has === undefined || most === undefined ? undefined : { used: has, most };
  };
  const all = { trustSize, policySize, versions, attachedToRole, attachedToUser };
  const things = { roles: used("Roles"), policies: used("Policies"), profiles: used("InstanceProfiles") };
  return Object.fromEntries(Object.entries({ ...all, ...things }).filter(([, value]) => value !== undefined));
}
