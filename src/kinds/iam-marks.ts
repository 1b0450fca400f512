import {
  ATTACH_TAG,
  BOUNDARY_TAG,
  byKey,
  INSTANCES_TAG,
  isMadeHere,
  ORIGIN_TAG,
  OWNER_TAG,
  POLICY_TAG,
  PROFILE_TAG,
  tagValue,
  USER_TAG,
} from "../facts/iam-things.js";
import type { Declared, DeclaredAttach, DeclaredIamDoor, DeclaredIamRole } from "../model/declared.js";
import type { Tag } from "../model/resource.js";
import type { IamRoleSnapshot } from "../model/snapshot.js";

/** What an IAM thing of the file carries beside what it gives: tags, path, boundary. */

type Tagged = { readonly tags: readonly Tag[] | null } | undefined;

/** @param live what is there and ours: it keeps its origin, and one that says none was not made here */
export function marks(declared: Declared, live: Tagged, more: readonly Tag[] = []): Tag[] {
  const origin = isMadeHere(live) ? "created" : "adopted";
  const own = [{ key: OWNER_TAG, value: declared.owner }, { key: ORIGIN_TAG, value: origin }, ...more];
  return [...own, ...declared.iam.tags].sort(byKey);
}

/** The sweep gives no tags of policies and no empty profiles: the IAM role names what belongs to it. */
export const roleTags = (declared: Declared, role: DeclaredIamRole, live: Tagged): Tag[] =>
  marks(declared, live, [
    ...(role.policy === null ? [] : [{ key: POLICY_TAG, value: role.policy }]),
    ...(role.instanceProfile === null ? [] : [{ key: PROFILE_TAG, value: role.instanceProfile }]),
    ...(role.boundary === null || !isMadeHere(live) ? [] : [{ key: BOUNDARY_TAG, value: role.boundary }]),
    ...role.attach.map(attachTag),
  ]);

/** One in which a generated policy goes on names that. */
export const partTags = (declared: Declared, { policy }: DeclaredIamRole, name: string, live: Tagged): Tag[] =>
  marks(declared, live, policy === null || policy === name ? [] : [{ key: POLICY_TAG, value: policy }]);

export const profileTags = (declared: Declared, { instances }: DeclaredIamRole, live: Tagged): Tag[] =>
  marks(declared, live, instances === null ? [] : [{ key: INSTANCES_TAG, value: "declared" }]);

/** IAM users are not ours: what was attached to one stands on the policy that was made for it. */
export function doorTags(declared: Declared, { user, attach }: DeclaredIamDoor, live: Tagged): Tag[] {
  return marks(declared, live, user === null || attach.length === 0 ? [] : [{ key: USER_TAG, value: user }, ...attach.map(attachTag)]);
}

/** Names of policies are unique in an account, whatever their path. A key has 128 characters at most. */
const attachTag = ({ arn }: DeclaredAttach): Tag => {
  const [, , , , account = ""] = arn.split(":");
  return { key: `${ATTACH_TAG}${account}/${arn.slice(arn.lastIndexOf("/") + 1)}`.slice(0, 128), value: arn };
};

/** ARNs of what the file once named in `attach`. */
export const attachedByUs = (tags: readonly Tag[] | null): string[] =>
  (tags ?? []).filter(({ key }) => key.startsWith(ATTACH_TAG)).map(({ value }) => value);

/** What was there before stays where it is. */
export const createdPath = (declared: Declared, live: (Tagged & { readonly path: string }) | undefined): string =>
  live && !isMadeHere(live) ? live.path : declared.iam.path;

/** Only what the file gave is taken: one that somebody else put on it stays. */
export function wantedBoundary({ boundary }: DeclaredIamRole, live: IamRoleSnapshot | undefined): { readonly boundary?: string } {
  if (boundary !== null && isMadeHere(live)) return { boundary };
  const kept = live?.boundary;
  return kept === undefined || kept === tagValue(live?.tags ?? null, BOUNDARY_TAG) ? {} : { boundary: kept };
}
