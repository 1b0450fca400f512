import { childrenOf } from "./paging.js";
import { type Answer, type Ask, type Call, errorOf } from "./upstream.js";

/** What must be empty before AWS deletes the thing; the emulator does not look everywhere. */
const HOLDS: Readonly<Record<string, readonly (readonly [action: string, list: string, most: number])[]>> = {
  DeleteRole: [
    ["ListAttachedRolePolicies", "AttachedPolicies", 0],
    ["ListRolePolicies", "PolicyNames", 0],
    ["ListInstanceProfilesForRole", "InstanceProfiles", 0],
  ],
  // The emulator's AttachmentCount counts a policy twice that is attached twice.
  DeletePolicy: [
    ["ListPolicyVersions", "Versions", 1],
    ["ListEntitiesForPolicy", "PolicyRoles", 0],
    ["ListEntitiesForPolicy", "PolicyUsers", 0],
    ["ListEntitiesForPolicy", "PolicyGroups", 0],
  ],
  DeleteInstanceProfile: [["GetInstanceProfile", "Roles", 0]],
};

/** DeleteConflict while something hangs on it. */
export async function conflictOf(ask: Ask, call: Call): Promise<Answer | null> {
  for (const [action, list, most] of HOLDS[call.action] ?? []) {
    const { Action: _, Version: __, ...parameters } = Object.fromEntries(call.body);
    const { text } = await ask(call, action, parameters);
    const [, inner = ""] = new RegExp(`<${list}>([\\s\\S]*)</${list}>`).exec(text) ?? [];
    if (childrenOf(inner).length > most) return errorOf(409, "DeleteConflict", `Cannot delete entity, ${list} must be removed first.`);
  }
  return null;
}
