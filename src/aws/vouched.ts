import { ATTACH_TAG, BOUNDARY_TAG, foldName, isCreated, POLICY_TAG, PROFILE_TAG, tagValue } from "../facts/iam-things.js";
import type { Tag } from "../model/resource.js";
import type { AccountSnapshot, IamPolicySnapshot, IamRoleSnapshot } from "../model/snapshot.js";

/** Tags of an IAM role that are about the role itself. */
const ROLES_OWN: ReadonlySet<string> = new Set([POLICY_TAG, PROFILE_TAG, BOUNDARY_TAG]);

export interface Vouching {
  /** IAM roles that carry our owner's mark. */
  readonly ours: readonly IamRoleSnapshot[];
  readonly attachments: AccountSnapshot["attachments"];
  /** Names of policies that the file declares, folded. */
  readonly declared: ReadonlySet<string>;
}

/**
 * The tags of a policy as an IAM role of ours has them: both get the same, the policy first. Only of a policy that the file declares, so
 * that nothing is deleted or released by them, that hangs on the role that names it, and in which every statement is ours: who could
 * forge all that could write the tags, too. null: nobody vouches for it.
 */
export function vouchedTags(policy: IamPolicySnapshot, { ours, attachments, declared }: Vouching): Tag[] | null {
  if (!declared.has(foldName(policy.name)) || !isAllOurs(policy.document)) return null;
  const carries = (role: IamRoleSnapshot): boolean =>
    attachments.some((one) => one.principal === "role" && one.name === role.name && one.policyArn === policy.arn);
  const role = ours.find((one) => tagValue(one.tags, POLICY_TAG) === policy.name && isCreated(one.tags) && carries(one));
  return role ? role.tags.filter(({ key }) => !ROLES_OWN.has(key) && !key.startsWith(ATTACH_TAG)) : null;
}

/** Every statement that pgaccord writes has a Sid that begins so. */
function isAllOurs(document: string): boolean {
  const count = (pattern: RegExp): number => [...document.matchAll(pattern)].length;
  const statements = count(/"Effect"\s*:/g);
  return statements > 0 && count(/"Sid"\s*:\s*"Pgaccord/g) === statements;
}
