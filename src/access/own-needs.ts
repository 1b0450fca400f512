import type { Declared, DeclaredAccount, DeclaredCluster, DeclaredIamDoor, DeclaredIamRole } from "../model/declared.js";

/** One action that pgaccord itself calls, and on what. */
export interface OwnNeed {
  readonly action: string;
  readonly resource: string;
  /** Of what attaches and detaches: the managed policy that it is about, with wildcards; left out: any. */
  readonly policy?: string;
}

/** Each of the actions on each of the things. */
export const needsOn = (resources: readonly string[], actions: readonly string[], policies?: readonly string[]): OwnNeed[] =>
  actions.flatMap((action) =>
    resources.flatMap((resource) => (policies ?? [undefined]).map((policy) => ({ action, resource, ...(policy ? { policy } : {}) }))),
  );

/**
 * What a plan asks of the account. What it reads of IAM is not narrowed to names: it looks at whatever carries its tags, also at what the
 * file names no more.
 */
export function readNeeds(file: Declared, account: DeclaredAccount, whoLogsIn: "admin" | "reader"): OwnNeed[] {
  const { partition, id } = account;
  const own = (type: string): string[] => [`arn:${partition}:iam::${id}:${type}/*`];
  return [
    ...needsOn(["*"], ["iam:GetAccountAuthorizationDetails", "iam:GetAccountSummary", "iam:ListInstanceProfiles"]),
    ...needsOn(own("policy"), ["iam:ListPolicyTags"]),
    ...needsOn(own("instance-profile"), ["iam:GetInstanceProfile"]),
    ...(rolesOf(file, account).some(saysDetails) ? needsOn(["*"], ["iam:ListRoles"]) : []),
    ...(opensAnyCluster(file, account) ? needsOn(["*"], DESCRIBE) : []),
    ...(rolesOf(file, account).some((role) => role.instances !== null)
      ? needsOn(["*"], ["ec2:DescribeInstances", "ec2:DescribeIamInstanceProfileAssociations"])
      : []),
    ...(rolesOf(file, account).some((role) => role.scalingGroups.length > 0) ? needsOn(["*"], LAUNCHES) : []),
    ...clustersOf(file, account).flatMap((cluster) => [...describeNeeds(cluster), ...loginNeeds(cluster, account, whoLogsIn)]),
  ];
}

/** What an apply changes in the account, besides. */
export const writeNeeds = (file: Declared, account: DeclaredAccount): OwnNeed[] => [
  ...rolesOf(file, account).flatMap((role) => roleNeeds(file, account, role)),
  ...doorsOf(file, account).flatMap((door) => doorNeeds(file, account, door)),
  ...clustersOf(file, account).flatMap((cluster) => ensureNeeds(cluster, account)),
];

/** What an Auto Scaling group starts instances from is a launch configuration or a launch template: which, it says itself. */
const LAUNCHES = [
  "autoscaling:DescribeAutoScalingGroups",
  "autoscaling:DescribeLaunchConfigurations",
  "ec2:DescribeLaunchTemplateVersions",
];
const DESCRIBE = ["rds:DescribeDBClusters", "rds:DescribeDBInstances"];

const rolesOf = (file: Declared, { name }: DeclaredAccount): DeclaredIamRole[] =>
  [...file.iamRoles.values()].filter((role) => role.account === name);
const doorsOf = (file: Declared, { name }: DeclaredAccount): DeclaredIamDoor[] => file.iamDoors.filter((door) => door.account === name);
const clustersOf = (file: Declared, { name }: DeclaredAccount): DeclaredCluster[] =>
  [...file.clusters.values()].filter(({ account, rds }) => account === name && rds !== null);

const saysDetails = ({ description, sessionDuration }: DeclaredIamRole): boolean => description !== null || sessionDuration !== null;

const opensAnyCluster = (file: Declared, account: DeclaredAccount): boolean =>
  [...rolesOf(file, account), ...doorsOf(file, account)].some((one) => one.connect.some(({ clusters }) => clusters === null));

function describeNeeds({ rds, ensure }: DeclaredCluster): OwnNeed[] {
  const isCluster = rds?.type === "cluster";
  return needsOn(
    ["*"],
    [
      isCluster ? "rds:DescribeDBClusters" : "rds:DescribeDBInstances",
      ...(rds?.proxy ? ["rds:DescribeDBProxies"] : []),
      ...(ensure.logConnections ? [isCluster ? "rds:DescribeDBClusterParameters" : "rds:DescribeDBParameters"] : []),
    ],
  );
}

/** RDS alone knows the resource id, so the user is named on every cluster of the region. */
function loginNeeds({ admin, reader, region }: DeclaredCluster, account: DeclaredAccount, who: "admin" | "reader"): OwnNeed[] {
  const login = who === "reader" ? (reader ?? admin) : admin;
  const users = `arn:${account.partition}:rds-db:${region ?? account.region}:${account.id}:dbuser:*/${login.user}`;
  return login.auth.type === "iam" ? needsOn([users], ["rds-db:connect"]) : [];
}

function ensureNeeds({ rds, ensure, region }: DeclaredCluster, { partition, id, region: own }: DeclaredAccount): OwnNeed[] {
  const arn = (type: string, name: string): string[] => [`arn:${partition}:rds:${region ?? own}:${id}:${type}:${name}`];
  const isCluster = rds?.type === "cluster";
  return [
    ...(ensure.iamAuth && rds
      ? needsOn(arn(isCluster ? "cluster" : "db", rds.id), [isCluster ? "rds:ModifyDBCluster" : "rds:ModifyDBInstance"])
      : []),
    ...(ensure.logConnections
      ? needsOn(arn(isCluster ? "cluster-pg" : "pg", "*"), [isCluster ? "rds:ModifyDBClusterParameterGroup" : "rds:ModifyDBParameterGroup"])
      : []),
  ];
}

/** @param isElsewhere somebody else made it, so its path is not the file's. */
function arnsOf({ iam }: Declared, { partition, id }: DeclaredAccount, type: string, name: string, isElsewhere: boolean): string[] {
  const arn = (path: string): string => `arn:${partition}:iam::${id}:${type}${path}${name}`;
  return isElsewhere ? [...new Set([arn(iam.path), arn("/"), arn("/*/")])] : [arn(iam.path)];
}

function roleNeeds(file: Declared, account: DeclaredAccount, role: DeclaredIamRole): OwnNeed[] {
  const { name, adopt, policy, attach, exclusive, boundary } = role;
  const isWhole = role.manage === "whole";
  const roles = arnsOf(file, account, "role", name, adopt || !isWhole);
  const names = policy === null ? [] : [policy, ...(mayGoOn(file, role) ? [`${policy}-?`, `${policy}-??`] : [])];
  const made = names.flatMap((one) => arnsOf(file, account, "policy", one, adopt));
  const others = attach.map(({ arn }) => arn);
  return [
    ...(isWhole ? needsOn(roles, ["iam:CreateRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:DeleteRole"]) : []),
    ...(saysDetails(role) ? needsOn(roles, ["iam:UpdateRole"]) : []),
    ...(boundary === null ? [] : needsOn(roles, ["iam:PutRolePermissionsBoundary", "iam:DeleteRolePermissionsBoundary"])),
    ...(exclusive ? needsOn(roles, ["iam:DeleteRolePolicy", "iam:DetachRolePolicy"]) : []),
    ...needsOn(roles, ["iam:AttachRolePolicy"], [...made, ...others]),
    ...needsOn(roles, ["iam:DetachRolePolicy"], others),
    ...policyNeeds(account, made),
    ...profileNeeds(file, account, role, roles),
  ];
}

/** Whether what the file gives may have more characters than a managed policy: then it goes on in NAME-2 … NAME-20. Rather too many. */
function mayGoOn({ clusters }: Declared, { connect, assume }: DeclaredIamRole): boolean {
  const serversOf = (names: readonly string[] | null): number =>
    (names ?? [""]).reduce((sum, name) => sum + 1 + (clusters.get(name)?.rds?.also.length ?? 0), 0);
  const doors = connect.map(({ user, clusters: names }) => serversOf(names) * (DOOR_SIZE + user.length));
  // While a user is renamed a document holds both names.
  return 2 * doors.reduce((sum, one) => sum + one, 0) + assume.length * ROLE_SIZE + REST_SIZE > 6144;
}
/** The longest that an ARN of a door without its user, one of an IAM role, and all around them can be, in characters. */
const [DOOR_SIZE, ROLE_SIZE, REST_SIZE] = [150, 600, 500];

/** A policy that is made is the file's alone: from whoever else carries it, it is detached. */
const policyNeeds = ({ partition, id }: DeclaredAccount, made: readonly string[]): OwnNeed[] => [
  ...needsOn(
    made,
    ["Create", "Tag", "Untag", "Delete"].map((verb) => `iam:${verb}Policy`),
  ),
  ...needsOn(made, ["iam:CreatePolicyVersion", "iam:DeletePolicyVersion"]),
  ...needsOn(
    ["role", "user", "group"].map((type) => `arn:${partition}:iam::${id}:${type}/*`),
    ["Role", "User", "Group"].map((holder) => `iam:Detach${holder}Policy`),
    made,
  ),
];

/** To put an IAM role into a profile, and a profile on an instance, is to pass that IAM role. */
function profileNeeds(file: Declared, account: DeclaredAccount, role: DeclaredIamRole, roles: readonly string[]): OwnNeed[] {
  const { instanceProfile, instances, adopt } = role;
  if (instanceProfile === null) return [];
  const carriers = [`arn:${account.partition}:ec2:${account.region}:${account.id}:instance/*`];
  const EC2 = ["AssociateIamInstanceProfile", "ReplaceIamInstanceProfileAssociation", "DisassociateIamInstanceProfile"];
  const IAM = ["Create", "Tag", "Untag", "Delete"].map((verb) => `iam:${verb}InstanceProfile`);
  return [
    ...needsOn(arnsOf(file, account, "instance-profile", instanceProfile, adopt), [
      ...IAM,
      "iam:AddRoleToInstanceProfile",
      "iam:RemoveRoleFromInstanceProfile",
    ]),
    ...needsOn(roles, ["iam:PassRole"]),
    ...(instances === null
      ? []
      : needsOn(
          carriers,
          EC2.map((action) => `ec2:${action}`),
        )),
  ];
}

function doorNeeds(file: Declared, account: DeclaredAccount, { user, policy, adopt, attach }: DeclaredIamDoor): OwnNeed[] {
  const made = arnsOf(file, account, "policy", policy, adopt);
  const others = attach.map(({ arn }) => arn);
  const users = user === null ? [] : arnsOf(file, account, "user", user, true);
  return [
    ...needsOn(users, ["iam:AttachUserPolicy"], [...made, ...others]),
    ...needsOn(users, ["iam:DetachUserPolicy"], others),
    ...policyNeeds(account, made),
  ];
}
