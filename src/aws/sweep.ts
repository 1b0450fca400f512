import type {
  GetAccountAuthorizationDetailsResponse,
  GroupDetail,
  IAMClient,
  ManagedPolicyDetail,
  RoleDetail,
  Tag as SdkTag,
  UserDetail,
} from "@aws-sdk/client-iam";
import type { IamRoleUse } from "../model/iam-role-details.js";
import type { IamPrincipal } from "../model/principal.js";
import type { Tag } from "../model/resource.js";
import type { AccountSnapshot, IamPolicySnapshot, IamRoleSnapshot, InlinePolicy } from "../model/snapshot.js";
import { withArns } from "../policies/unique-ids.js";

/** All pages of GetAccountAuthorizationDetails. */
export interface Sweep {
  readonly roles: readonly RoleDetail[];
  readonly users: readonly UserDetail[];
  readonly groups: readonly GroupDetail[];
  /** The account's own. */
  readonly policies: readonly ManagedPolicyDetail[];
  readonly awsPolicies: readonly ManagedPolicyDetail[];
}

/** A page may hold fewer things than asked for: only IsTruncated says that there is more (IAM API reference). */
export async function readSweep(iam: IAMClient): Promise<Sweep> {
  const { GetAccountAuthorizationDetailsCommand } = await import("@aws-sdk/client-iam");
  const pages: GetAccountAuthorizationDetailsResponse[] = [];
  let marker: string | undefined;
  do {
    const input = {
      Filter: ["Role", "User", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] as const,
      MaxItems: 1000,
      ...(marker ? { Marker: marker } : {}),
    };
    const page: GetAccountAuthorizationDetailsResponse = await iam.send(
      new GetAccountAuthorizationDetailsCommand({ ...input, Filter: [...input.Filter] }),
    );
    pages.push(page);
    marker = page.IsTruncated ? page.Marker : undefined;
  } while (marker !== undefined);
  const policies = pages.flatMap((p) => p.Policies ?? []);
  return {
    roles: pages.flatMap((p) => p.RoleDetailList ?? []),
    users: pages.flatMap((p) => p.UserDetailList ?? []),
    groups: pages.flatMap((p) => p.GroupDetailList ?? []),
    policies: policies.filter((policy) => !isAwsPolicy(policy)),
    awsPolicies: policies.filter(isAwsPolicy),
  };
}

const isAwsPolicy = ({ Arn: arn }: ManagedPolicyDetail): boolean => /^arn:[^:]+:iam::aws:/.test(arn ?? "");

/** Documents come percent-encoded, and this SDK leaves them so; a brace is one that does not, whose `%` are its own. */
export function decode(text = ""): string {
  if (text.includes("{")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const tagsOf = (tags: readonly SdkTag[] | undefined): Tag[] => (tags ?? []).map((t) => ({ key: t.Key ?? "", value: t.Value ?? "" }));

/** Principals of the account itself that a trust names by unique ids are called by their ARNs. */
export function rolesOf(sweep: Sweep): Map<string, IamRoleSnapshot> {
  const arns = arnsById(sweep);
  return new Map(
    sweep.roles.map((role) => {
      const name = role.RoleName ?? "";
      const boundary = role.PermissionsBoundary?.PermissionsBoundaryArn;
      const own = { name, path: role.Path ?? "/", arn: role.Arn ?? "", ...(boundary ? { boundary } : {}), ...useOf(role) };
      return [name, { ...own, trust: withArns(decode(role.AssumeRolePolicyDocument), arns), tags: tagsOf(role.Tags) }];
    }),
  );
}

const useOf = ({ RoleId, RoleLastUsed }: RoleDetail): IamRoleUse => {
  const at = RoleLastUsed?.LastUsedDate?.getTime();
  return {
    ...(RoleId ? { uniqueId: RoleId } : {}),
    ...(at === undefined ? {} : { lastUsed: { at, region: RoleLastUsed?.Region ?? null } }),
  };
};

/** Names of IAM roles and users by their unique ids. */
export const arnsById = ({ roles, users }: Sweep): ReadonlyMap<string, string> =>
  new Map(
    [...roles.map(({ RoleId, Arn }) => [RoleId, Arn] as const), ...users.map(({ UserId, Arn }) => [UserId, Arn] as const)].flatMap(
      ([id, arn]) => (id && arn ? [[id, arn] as const] : []),
    ),
  );

/** Names are taken from the ARN, where they always are. */
export function policiesOf(sweep: Sweep): Map<string, IamPolicySnapshot> {
  return new Map(
    sweep.policies.map((policy) => {
      const arn = policy.Arn ?? "";
      const name = arn.slice(arn.lastIndexOf("/") + 1);
      const versions = (policy.PolicyVersionList ?? []).map((v) => ({ id: v.VersionId ?? "", isDefault: v.IsDefaultVersion ?? false }));
      const current = policy.PolicyVersionList?.find((v) => v.IsDefaultVersion);
      const path = policy.Path ?? arn.slice(arn.indexOf(":policy/") + ":policy".length, arn.lastIndexOf("/") + 1);
      const boundaryUses = policy.PermissionsBoundaryUsageCount ?? 0;
      return [name, { name, path, arn, document: decode(current?.Document), versions, tags: null, boundaryUses }];
    }),
  );
}

interface Principal {
  readonly type: IamPrincipal;
  readonly name: string;
  readonly attached: readonly string[];
  readonly inline: readonly InlinePolicy[];
}

function principalsOf(sweep: Sweep): Principal[] {
  const arns = (list: RoleDetail["AttachedManagedPolicies"]): string[] => (list ?? []).flatMap((p) => p.PolicyArn ?? []);
  const inline = (list: RoleDetail["RolePolicyList"]): InlinePolicy[] =>
    (list ?? []).map((p) => ({ name: p.PolicyName ?? "", document: decode(p.PolicyDocument) }));
  return [
    ...sweep.roles.map((r) => ({
      type: "role" as const,
      name: r.RoleName ?? "",
      attached: arns(r.AttachedManagedPolicies),
      inline: inline(r.RolePolicyList),
    })),
    ...sweep.users.map((u) => ({
      type: "user" as const,
      name: u.UserName ?? "",
      attached: arns(u.AttachedManagedPolicies),
      inline: inline(u.UserPolicyList),
    })),
    ...sweep.groups.map((g) => ({
      type: "group" as const,
      name: g.GroupName ?? "",
      attached: arns(g.AttachedManagedPolicies),
      inline: inline(g.GroupPolicyList),
    })),
  ];
}

/** Attachments of the account's own policies, and per principal what else hangs on it. */
export function attachmentsOf(sweep: Sweep): Pick<AccountSnapshot, "attachments" | "foreign"> {
  const own = new Set(sweep.policies.map((p) => p.Arn ?? ""));
  const principals = principalsOf(sweep);
  return {
    attachments: principals.flatMap((p) =>
      p.attached.filter((arn) => own.has(arn)).map((policyArn) => ({ principal: p.type, name: p.name, policyArn })),
    ),
    foreign: new Map(
      principals.map((p) => [`${p.type}/${p.name}`, { inline: p.inline, attached: p.attached.filter((arn) => !own.has(arn)) }]),
    ),
  };
}

/** Who else is there, and what AWS's own policies say that are in use. */
export function peopleOf(sweep: Sweep): Required<Pick<AccountSnapshot, "users" | "groups" | "awsPolicies">> {
  const users = sweep.users.map((user) => {
    const boundary = user.PermissionsBoundary?.PermissionsBoundaryArn;
    const own = { ...headOf(user.UserName, user), groups: user.GroupList ?? [] };
    return { ...own, ...(boundary ? { boundary } : {}) };
  });
  const bounds = [...sweep.roles, ...sweep.users].flatMap((one) => one.PermissionsBoundary?.PermissionsBoundaryArn ?? []);
  const used = new Set([...principalsOf(sweep).flatMap(({ attached }) => attached), ...bounds]);
  return {
    users: new Map(users.map((user) => [user.name, user])),
    groups: new Map(sweep.groups.map((group) => [group.GroupName ?? "", headOf(group.GroupName, group)])),
    awsPolicies: new Map(
      sweep.awsPolicies.flatMap(({ Arn: arn = "", PolicyVersionList: versions = [] }) => {
        const document = versions.find((v) => v.IsDefaultVersion)?.Document;
        return used.has(arn) && document ? [[arn, decode(document)] as const] : [];
      }),
    ),
  };
}

const headOf = (name: string | undefined, { Path: path, Arn: arn }: UserDetail | GroupDetail) => ({
  name: name ?? "",
  path: path ?? "/",
  arn: arn ?? "",
});
