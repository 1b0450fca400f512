import type { IAMClient, InstanceProfile } from "@aws-sdk/client-iam";
import pLimit from "p-limit";
import { foldName, INSTANCES_TAG, OWNER_TAG, POLICY_TAG, PROFILE_TAG, tagValue } from "../facts/iam-things.js";
import type { DeclaredAccount } from "../model/declared.js";
import { type Problem, ProblemsError } from "../model/problem.js";
import type { Tag } from "../model/resource.js";
import type { AccountSnapshot, IamPolicySnapshot, IamRoleSnapshot, InstanceProfileSnapshot } from "../model/snapshot.js";
import type { Aws } from "./client.js";
import { readInstances } from "./instances.js";
import { awsProblem, failureOf } from "./problem.js";
import { readQuotas } from "./quotas.js";
import { readRdsServers } from "./rds-servers.js";
import { withDetails } from "./role-details.js";
import { readScalingGroups } from "./scaling-groups.js";
import { attachmentsOf, peopleOf, policiesOf, readSweep, rolesOf, type Sweep, tagsOf } from "./sweep.js";
import { type Vouching, vouchedTags } from "./vouched.js";

export interface AccountRequest {
  readonly account: DeclaredAccount;
  /** Names in AWS that the file declares. */
  readonly names: { readonly policies: ReadonlySet<string>; readonly profiles: ReadonlySet<string> };
  readonly owner: string;
  /** Whether a door leads to every cluster there is. */
  readonly anyCluster: boolean;
  /** Whether the file says what the sweep does not give of IAM roles. */
  readonly details: boolean;
  /** Whether the file says which EC2 instances carry a profile. */
  readonly instances: boolean;
  /** Names of the Auto Scaling groups that the file is about. */
  readonly scalingGroups: readonly string[];
}
export interface AccountResult {
  /** null: something could not be read; `problems` says what. */
  readonly snapshot: AccountSnapshot | null;
  readonly problems: readonly Problem[];
}

/** Calls to IAM at a time; it throttles an account as a whole. */
const CALLS_AT_ONCE = 5;

/** One sweep over an account's IAM; beyond it only the tags of policies and profiles that may be ours. */
export async function inspectAccount(aws: Aws, request: AccountRequest): Promise<AccountResult> {
  const { account, names, owner, anyCluster, details } = request;
  try {
    await aws.verifyCaller(account);
    const iam = await aws.iam(account);
    const [sweep, profiles, quotas] = await Promise.all([readSweep(iam), readProfiles(iam), readQuotas(iam)]);
    const roles = details ? await withDetails(iam, rolesOf(sweep)) : rolesOf(sweep);
    const ours = [...roles.values()].filter((role) => tagValue(role.tags, OWNER_TAG) === owner);
    const attached = attachmentsOf(sweep);
    const vouching = { ours, attachments: attached.attachments, declared: candidates(names.policies, [], POLICY_TAG) };
    const policies = await withPolicyTags(iam, policiesOf(sweep), candidates(names.policies, ours, POLICY_TAG), vouching);
    const instanceProfiles = await withProfileTags(iam, profiles, sweep, candidates(names.profiles, ours, PROFILE_TAG));
    const rdsServers = anyCluster ? await readRdsServers(aws, account) : null;
    const asksEc2 = request.instances || [...instanceProfiles.values()].some((one) => saysCarriers(one, owner));
    const instances = asksEc2 ? await readInstances(aws, account) : null;
    const scaling = await readScaling(aws, request);
    const caller = aws.callerOf(account);
    const more = { ...attached, ...peopleOf(sweep), ...(caller ? { caller } : {}), rdsServers, quotas, instances, ...scaling };
    return { snapshot: { name: account.name, id: account.id, roles, policies, instanceProfiles, ...more }, problems: [] };
  } catch (error) {
    if (error instanceof ProblemsError) return { snapshot: null, problems: error.problems };
    return { snapshot: null, problems: [awsProblem(error, { call: "iam", account, caller: aws.callerOf(account), place: account.place })] };
  }
}

const readScaling = async (aws: Aws, { account, scalingGroups: names }: AccountRequest): Promise<Pick<AccountSnapshot, "scalingGroups">> =>
  names.length === 0 ? {} : { scalingGroups: await readScalingGroups(aws, account, names) };

/** The sweep gives no tags of policies, and no profiles that hold no role: an IAM role of ours names what belongs to it. */
const candidates = (declared: ReadonlySet<string>, roles: readonly IamRoleSnapshot[], tag: string): Set<string> =>
  new Set([...declared, ...roles.flatMap((role) => tagValue(role.tags, tag) ?? [])].map(foldName));

/** A file of ours said once which instances carry it. */
const saysCarriers = ({ tags }: InstanceProfileSnapshot, owner: string): boolean =>
  tagValue(tags, OWNER_TAG) === owner && tagValue(tags, INSTANCES_TAG) !== undefined;

export async function readProfiles(iam: IAMClient): Promise<InstanceProfile[]> {
  const { paginateListInstanceProfiles } = await import("@aws-sdk/client-iam");
  const profiles: InstanceProfile[] = [];
  for await (const page of paginateListInstanceProfiles({ client: iam, pageSize: 1000 }, {}))
    profiles.push(...(page.InstanceProfiles ?? []));
  return profiles;
}

/** In statements that pgaccord writes. */
const OUR_SID = /"Sid"\s*:\s*"Pgaccord/;

/** So many policies are asked for their tags one by one; of more, only those for which no IAM role of ours vouches. */
const MOST_ASKED = 25;

async function withPolicyTags(
  iam: IAMClient,
  policies: ReadonlyMap<string, IamPolicySnapshot>,
  names: ReadonlySet<string>,
  vouching: Vouching,
): Promise<Map<string, IamPolicySnapshot>> {
  const limit = pLimit(CALLS_AT_ONCE);
  const maybeOurs = [...policies.values()].filter(
    ({ name, document }) => names.has(foldName(name).replace(/-\d+$/, "")) || names.has(foldName(name)) || OUR_SID.test(document),
  );
  const tagged = await Promise.all(
    maybeOurs.map(async (policy) => {
      const known = maybeOurs.length > MOST_ASKED ? vouchedTags(policy, vouching) : null;
      return { ...policy, tags: known ?? (await limit(() => readPolicyTags(iam, policy.arn))) };
    }),
  );
  return new Map([...policies, ...tagged.map((policy) => [policy.name, policy] as const)]);
}

export async function readPolicyTags(iam: IAMClient, PolicyArn: string): Promise<Tag[]> {
  const { paginateListPolicyTags } = await import("@aws-sdk/client-iam");
  const tags: Tag[] = [];
  for await (const page of paginateListPolicyTags({ client: iam }, { PolicyArn })) tags.push(...tagsOf(page.Tags));
  return tags;
}

async function withProfileTags(
  iam: IAMClient,
  profiles: readonly InstanceProfile[],
  sweep: Sweep,
  names: ReadonlySet<string>,
): Promise<Map<string, InstanceProfileSnapshot>> {
  const limit = pLimit(CALLS_AT_ONCE);
  const swept = new Map(sweep.roles.flatMap((r) => r.InstanceProfileList ?? []).map((p) => [p.InstanceProfileName, tagsOf(p.Tags)]));
  const read = async (profile: InstanceProfile): Promise<InstanceProfileSnapshot[]> => {
    const name = profile.InstanceProfileName ?? "";
    const base = { name, path: profile.Path ?? "/", arn: profile.Arn ?? "", role: profile.Roles?.[0]?.RoleName ?? null };
    const known = swept.get(name);
    if (known || !names.has(foldName(name))) return [{ ...base, tags: known ?? null }];
    const tags = await readProfileTags(iam, name);
    return tags === null ? [] : [{ ...base, tags }];
  };
  const list = await Promise.all(profiles.map((profile) => limit(() => read(profile))));
  return new Map(list.flat().map((profile) => [profile.name, profile]));
}

/** null: it was deleted since it was listed. */
export async function readProfileTags(iam: IAMClient, name: string): Promise<Tag[] | null> {
  const { GetInstanceProfileCommand } = await import("@aws-sdk/client-iam");
  try {
    return tagsOf((await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name }))).InstanceProfile?.Tags);
  } catch (error) {
    if (/NoSuchEntity/.test(failureOf(error).name)) return null;
    throw error;
  }
}
