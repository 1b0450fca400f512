import {
  type AttachedPolicy,
  GetAccountAuthorizationDetailsCommand,
  type GetAccountAuthorizationDetailsResponse,
  type IAMClient,
  ListAccessKeysCommand,
  type ManagedPolicyDetail,
  type RoleDetail,
  type UserDetail,
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

export interface LiveUser {
  readonly arn: string;
  /** Those of its groups, too. */
  readonly policies: IdentityPolicies;
}

/** What an account's IAM holds right now, by the names of roles and users. */
export interface LiveIam {
  readonly roles: ReadonlyMap<string, LiveRole>;
  readonly users: ReadonlyMap<string, LiveUser>;
}

interface Holder {
  readonly PermissionsBoundary?: { readonly PermissionsBoundaryArn?: string | undefined } | undefined;
}

type Inline = readonly { readonly PolicyDocument?: string | undefined }[];

/** Everything that a decision needs, in one call; nothing is remembered. */
export async function readLiveIam(iam: IAMClient): Promise<LiveIam> {
  const pages = await readPages(iam);
  const managed = new Map(pages.flatMap((p) => p.Policies ?? []).map((policy) => [policy.Arn ?? "", defaultDocument(policy)]));
  const documents = (inline: Inline = [], attached: readonly AttachedPolicy[] = []): string[] =>
    [...inline.map((p) => plain(p.PolicyDocument)), ...attached.map((a) => managed.get(a.PolicyArn ?? "") ?? "")].filter((d) => d !== "");
  // A boundary that is not there allows nothing.
  const boundary = ({ PermissionsBoundary: b }: Holder): string | null =>
    b ? (managed.get(b.PermissionsBoundaryArn ?? "") ?? "{}") : null;
  const groups = new Map(
    pages.flatMap((p) => p.GroupDetailList ?? []).map((g) => [g.GroupName ?? "", documents(g.GroupPolicyList, g.AttachedManagedPolicies)]),
  );
  const roleOf = (role: RoleDetail): LiveRole => ({
    arn: role.Arn ?? "",
    trust: plain(role.AssumeRolePolicyDocument),
    profiles: (role.InstanceProfileList ?? []).map((profile) => profile.InstanceProfileName ?? ""),
    policies: { documents: documents(role.RolePolicyList, role.AttachedManagedPolicies), boundary: boundary(role) },
  });
  const userOf = (user: UserDetail): LiveUser => {
    const own = documents(user.UserPolicyList, user.AttachedManagedPolicies);
    const inGroups = (user.GroupList ?? []).flatMap((name) => groups.get(name) ?? []);
    return { arn: user.Arn ?? "", policies: { documents: [...own, ...inGroups], boundary: boundary(user) } };
  };
  return {
    roles: new Map(pages.flatMap((p) => p.RoleDetailList ?? []).map((role) => [role.RoleName ?? "", roleOf(role)])),
    users: new Map(pages.flatMap((p) => p.UserDetailList ?? []).map((user) => [user.UserName ?? "", userOf(user)])),
  };
}

async function readPages(iam: IAMClient): Promise<readonly GetAccountAuthorizationDetailsResponse[]> {
  const pages: GetAccountAuthorizationDetailsResponse[] = [];
  let Marker: string | undefined;
  do {
    const page = await iam.send(new GetAccountAuthorizationDetailsCommand({ ...(Marker === undefined ? {} : { Marker }) }));
    pages.push(page);
    Marker = page.IsTruncated ? page.Marker : undefined;
  } while (Marker !== undefined);
  return pages;
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
