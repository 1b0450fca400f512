import type { InstanceProfile, PolicyDetail, RoleDetail } from "@aws-sdk/client-iam";
import { foldName } from "../facts/iam-things.js";
import type { AwsActions, AwsRequest } from "../model/aws-call.js";
import { sameDocument } from "../policies/atoms.js";
import { decode, type Sweep } from "./sweep.js";

/** What an account shows of IAM at a moment. */
export interface LiveIam {
  readonly sweep: Sweep;
  readonly profiles: readonly InstanceProfile[];
}
/** Of what a call was to do: `other`: something else is in its place. */
export type Sight = "shown" | "not shown" | "other";

/** What IAM shows of a call's effect; a call that has no row here is not looked for. */
export function sightOf({ service, action, input }: AwsRequest, live: LiveIam): Sight {
  const row = service === "iam" ? ROWS[action as AwsActions["iam"]] : undefined;
  return row ? row(live, (field) => String(input[field] ?? "")) : "shown";
}

type Text = (field: string) => string;
type Row = (live: LiveIam, text: Text) => Sight;

const shown = (is: boolean | undefined, otherwise: Sight = "not shown"): Sight => (is ? "shown" : otherwise);
const same = (a: string | undefined, b: string): boolean => a !== undefined && foldName(a) === foldName(b);

const roleIn = ({ sweep }: LiveIam, name: string): RoleDetail | undefined => sweep.roles.find((role) => same(role.RoleName, name));
const profileIn = ({ profiles }: LiveIam, name: string): InstanceProfile | undefined =>
  profiles.find((profile) => same(profile.InstanceProfileName, name));

const defaultDocument = ({ sweep }: LiveIam, isIt: (arn: string) => boolean): string | null => {
  const policy = sweep.policies.find(({ Arn = "" }) => isIt(Arn));
  const current = policy?.PolicyVersionList?.find((version) => version.IsDefaultVersion);
  return current ? decode(current.Document) : null;
};

const trust: (field: string, otherwise: Sight) => Row = (field, otherwise) => (live, text) => {
  const role = roleIn(live, text("RoleName"));
  return role ? shown(sameDocument(decode(role.AssumeRolePolicyDocument), text(field)), otherwise) : "not shown";
};

const policy: (isIt: (arn: string, text: Text) => boolean, otherwise: Sight) => Row = (isIt, otherwise) => (live, text) => {
  const document = defaultDocument(live, (arn) => isIt(arn, text));
  return document === null ? "not shown" : shown(sameDocument(document, text("PolicyDocument")), otherwise);
};

interface Holder {
  readonly AttachedManagedPolicies?: RoleDetail["AttachedManagedPolicies"];
}
const HOLDERS: Readonly<Record<"Role" | "User" | "Group", (sweep: Sweep, name: string) => Holder | undefined>> = {
  Role: ({ roles }, name) => roles.find((one) => same(one.RoleName, name)),
  User: ({ users }, name) => users.find((one) => same(one.UserName, name)),
  Group: ({ groups }, name) => groups.find((one) => same(one.GroupName, name)),
};
const attached: (kind: keyof typeof HOLDERS, is: boolean) => Row = (kind, is) => (live, text) => {
  const list = HOLDERS[kind](live.sweep, text(`${kind}Name`))?.AttachedManagedPolicies ?? [];
  return shown(list.some((one) => one.PolicyArn === text("PolicyArn")) === is);
};

const inline = (list: readonly PolicyDetail[] | undefined, name: string): boolean => (list ?? []).some((one) => one.PolicyName === name);

const ROWS: { readonly [A in AwsActions["iam"]]?: Row } = {
  CreateRole: trust("AssumeRolePolicyDocument", "other"),
  UpdateAssumeRolePolicy: trust("PolicyDocument", "not shown"),
  CreatePolicy: policy((arn, text) => same(arn.slice(arn.lastIndexOf("/") + 1), text("PolicyName")), "other"),
  CreatePolicyVersion: policy((arn, text) => arn === text("PolicyArn"), "other"),
  AttachRolePolicy: attached("Role", true),
  AttachUserPolicy: attached("User", true),
  DetachRolePolicy: attached("Role", false),
  DetachUserPolicy: attached("User", false),
  DetachGroupPolicy: attached("Group", false),
  DeleteRolePolicy: (live, text) => shown(!inline(roleIn(live, text("RoleName"))?.RolePolicyList, text("PolicyName"))),
  PutRolePermissionsBoundary: (live, text) =>
    shown(roleIn(live, text("RoleName"))?.PermissionsBoundary?.PermissionsBoundaryArn === text("PermissionsBoundary")),
  DeleteRolePermissionsBoundary: (live, text) => shown(!roleIn(live, text("RoleName"))?.PermissionsBoundary?.PermissionsBoundaryArn),
  CreateInstanceProfile: (live, text) => shown(profileIn(live, text("InstanceProfileName")) !== undefined),
  AddRoleToInstanceProfile: (live, text) => {
    const role = profileIn(live, text("InstanceProfileName"))?.Roles?.[0]?.RoleName;
    return role === undefined ? "not shown" : shown(role === text("RoleName"), "other");
  },
  RemoveRoleFromInstanceProfile: (live, text) =>
    shown(!profileIn(live, text("InstanceProfileName"))?.Roles?.some((role) => role.RoleName === text("RoleName"))),
};
