import type { AutoScalingClient, AutoScalingGroup, LaunchTemplateSpecification } from "@aws-sdk/client-auto-scaling";
import type { EC2Client } from "@aws-sdk/client-ec2";
import pLimit from "p-limit";
import type { LaunchSource, ScalingGroupSnapshot } from "../model/aws-things.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Aws } from "./client.js";
import { failureOf } from "./problem.js";

/** So many names one call takes. */
const NAMES_AT_ONCE = 50;
const CALLS_AT_ONCE = 5;

/** Of the named Auto Scaling groups of the account's region those that are there, and what they start instances from. */
export async function readScalingGroups(
  aws: Aws,
  account: DeclaredAccount,
  names: readonly string[],
): Promise<Map<string, ScalingGroupSnapshot>> {
  const scaling = await aws.autoScaling(account, account.region);
  const groups = await readGroups(scaling, [...new Set(names)]);
  const configurations = await readConfigurations(scaling, [...new Set(groups.flatMap((one) => one.LaunchConfigurationName ?? []))]);
  const specifications = new Map(groups.flatMap(templatesOf).map((one) => [keyOf(one), one]));
  const templates = await readTemplates(() => aws.ec2(account, account.region), specifications);
  const launchesOf = (group: AutoScalingGroup): LaunchSource[] => [
    ...(group.LaunchConfigurationName ? [configurations.get(group.LaunchConfigurationName) ?? gone(group.LaunchConfigurationName)] : []),
    ...new Set(templatesOf(group).flatMap((one) => templates.get(keyOf(one)) ?? [])),
  ];
  return new Map(
    groups.map((group) => {
      const name = group.AutoScalingGroupName ?? "";
      return [name, { name, launches: launchesOf(group) }];
    }),
  );
}

/** With a mixed instances policy: its own, and those that stand in for it with single instance types. */
const templatesOf = ({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup): LaunchTemplateSpecification[] => {
  const mixed = MixedInstancesPolicy?.LaunchTemplate;
  const all = [
    LaunchTemplate,
    mixed?.LaunchTemplateSpecification,
    ...(mixed?.Overrides ?? []).map((one) => one.LaunchTemplateSpecification),
  ];
  return all.flatMap((one) => one ?? []);
};

/** A group that names no version takes the default one. */
const versionOf = ({ Version }: LaunchTemplateSpecification): string => Version ?? "$Default";
const keyOf = (one: LaunchTemplateSpecification): string =>
  JSON.stringify([one.LaunchTemplateId ?? one.LaunchTemplateName, versionOf(one)]);

async function readGroups(client: AutoScalingClient, names: readonly string[]): Promise<AutoScalingGroup[]> {
  const { paginateDescribeAutoScalingGroups } = await import("./auto-scaling-sdk.js");
  const found: AutoScalingGroup[] = [];
  for (const AutoScalingGroupNames of slices(names))
    for await (const page of paginateDescribeAutoScalingGroups({ client }, { AutoScalingGroupNames }))
      found.push(...(page.AutoScalingGroups ?? []));
  return found;
}

async function readConfigurations(client: AutoScalingClient, names: readonly string[]): Promise<Map<string, LaunchSource>> {
  const { paginateDescribeLaunchConfigurations } = await import("./auto-scaling-sdk.js");
  const found = new Map<string, LaunchSource>();
  for (const LaunchConfigurationNames of slices(names))
    for await (const page of paginateDescribeLaunchConfigurations({ client }, { LaunchConfigurationNames }))
      for (const { LaunchConfigurationName: name = "", IamInstanceProfile: profile } of page.LaunchConfigurations ?? [])
        found.set(name, { ...gone(name), isThere: true, profile: profile || null });
  return found;
}

const gone = (name: string): LaunchSource => ({ type: "launch configuration", name, version: null, isThere: false, profile: null });

async function readTemplates(
  ec2: () => Promise<EC2Client>,
  specifications: ReadonlyMap<string, LaunchTemplateSpecification>,
): Promise<Map<string, LaunchSource>> {
  if (specifications.size === 0) return new Map();
  const client = await ec2();
  const limit = pLimit(CALLS_AT_ONCE);
  const read = ([key, one]: readonly [string, LaunchTemplateSpecification]): Promise<readonly [string, LaunchSource]> =>
    limit(async () => [key, await readTemplate(client, one)]);
  return new Map(await Promise.all([...specifications].map(read)));
}

/** Each by itself: what answers for $Latest is told by a number, so two versions of one call could not be told apart. */
async function readTemplate(client: EC2Client, specification: LaunchTemplateSpecification): Promise<LaunchSource> {
  const { DescribeLaunchTemplateVersionsCommand } = await import("./ec2-sdk.js");
  const { LaunchTemplateId, LaunchTemplateName } = specification;
  const version = versionOf(specification);
  const which = LaunchTemplateId === undefined ? { LaunchTemplateName } : { LaunchTemplateId };
  const command = new DescribeLaunchTemplateVersionsCommand({ ...which, Versions: [version] });
  const answer = await client.send(command).catch((error: unknown) => {
    if (/^InvalidLaunchTemplate.*NotFound/.test(failureOf(error).name)) return undefined;
    throw error;
  });
  const found = answer?.LaunchTemplateVersions?.[0];
  const { Arn, Name } = found?.LaunchTemplateData?.IamInstanceProfile ?? {};
  const name = found?.LaunchTemplateName ?? LaunchTemplateName ?? LaunchTemplateId ?? "";
  return { type: "launch template", name, version, isThere: found !== undefined, profile: Arn ?? Name ?? null };
}

const slices = (names: readonly string[]): string[][] =>
  Array.from({ length: Math.ceil(names.length / NAMES_AT_ONCE) }, (_, i) => names.slice(i * NAMES_AT_ONCE, (i + 1) * NAMES_AT_ONCE));
