import {
  type AttachedPolicy,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsResponse,
  type IAMClient,
  ListAccessKeysCommand,
  type ManagedPolicyDetail,
} from "@aws-sdk/client-iam";
import type { IdentityPolicies } from "./naive-iam.js";

export interface LiveRole {
  readonly arn: string;
  /** JSON text. */
  readonly trust: string;
  /** Names of the instance profiles that hold it. */
  readonly profiles: readonly string[];
  readonly policies: IdentityPolicies;
}

/** What an account's IAM holds right now, by the names of roles and users. */
export interface LiveIam {
  readonly roles: ReadonlyMap<string, LiveRole>;
  readonly users: ReadonlyMap<string, { readonly arn: string; readonly policies: IdentityPolicies }>;
}

interface Holder {
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn?: string | undefined } | undefined;
}

/** Everything that a decision needs, in one call; nothing is remembered. */
export async function readLiveIam(iam: IAMClient): Promise<LiveIam> {
  const pages: GetAccountAuthorizationDetailsResponse[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new GetAccountAuthorizationDetailsCommand({ ...(Marker === undefined ? {} : { Marker }) }));
    pages.push(page);
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  const managed = new Map(pages.flatMap((p) => p.Policies ?? []).map((policy) => [policy.Arn ?? "", defaultDocument(policy)]));
  const groups = new Map(pages.flatMap((p) => p.GroupDetailList ?? []).map((group) => [group.GroupName ?? "", group]));
  const documents = (inline: readonly { PolicyDocument?: string | undefined }[] = [], attached: readonly AttachedPolicy[] = []): string[] =>
    [...inline.map((p) => plain(p.PolicyDocument)), ...attached.map((a) => managed.get(a.PolicyArn ?? "") ?? "")].filter((d) => d !== "");
  // A boundary that is not there allows nothing.
  const boundary = ({ PermissionsBoundary: b }: Holder): string | null =>
    b ? (managed.get(b.PermissionsBoundaryArn ?? "") ?? "{}") : null;
  const roles = pages
    .flatMap((p) => p.RoleDetailList ?? [])
    .map((role): [string, LiveRole] => [
      role.RoleName ?? "",
      {
        arn: role.Arn ?? "",
        trust: plain(role.AssumeRolePolicyDocument),
        profiles: (role.InstanceProfileList ?? []).map((profile) => profile.InstanceProfileName ?? ""),
        policies: { documents: documents(role.RolePolicyList, role.AttachedManagedPolicies), boundary: boundary(role) },
      },
    ]);
  const users = pages
    .flatMap((p) => p.UserDetailList ?? [])
    .map((user) => {
      const of = (user.GroupList ?? []).map((name) => groups.get(name));
      const inGroups = of.flatMap((group) => documents(group?.GroupPolicyList, group?.AttachedManagedPolicies));
      const own = documents(user.UserPolicyList, user.AttachedManagedPolicies);
      return [
        user.UserName ?? "",
        { arn: user.Arn ?? "", policies: { documents: [...own, ...inGroups], boundary: boundary(user) } },
      ] as const;
    });
  return { roles: new Map(roles), users: new Map(users) };
}

/** Whether the user still has that key, and it is switched on. */
export async function isActiveKey(iam: IAMClient, UserName: string, accessKeyId: string): Promise<boolean> {
  const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName }));
  return AccessKeyMetadata.some((key) => key.AccessKeyId === accessKeyId && key.Status === "Active");
}

const defaultDocument = (policy: ManagedPolicyDetail): string =>
  plain(policy.PolicyVersionList?.find((version) => version.IsDefaultVersion)?.Document);

/** IAM percent-encodes its documents; the emulator leaves trusts as they are. */
const plain = (document = ""): string => (document.startsWith("%") ? decodeURIComponent(document) : document);
