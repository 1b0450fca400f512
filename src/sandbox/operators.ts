import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import type { AwsKeys } from "./key-ring.js";

/** Who runs pgaccord: IAM users as a platform team makes them once (docs/setup.md). */
export interface Operators {
  /** Manages IAM, and logs in as access_admin. */
  readonly apply: AwsKeys;
  /** Reads, and logs in as access_reader. */
  readonly plan: AwsKeys;
}

export interface OperatorOptions {
  readonly endpoint: string;
  readonly root: AwsKeys;
  readonly region: string;
  /** ARN of the cluster's database users, up to the name: `arn:aws:rds-db:…:dbuser:cluster-…/`. */
  readonly users: string;
  /** The account that these are in. */
  readonly accountId: string;
  /** Another account that they manage, by IAM roles of it. */
  readonly management: { readonly accountId: string; readonly root: AwsKeys };
}

const READ = ["iam:Get*", "iam:List*", "rds:Describe*", "sts:GetCallerIdentity", "sts:AssumeRole"];

/** Neither may log in as any user of access.yaml. */
export async function makeOperators({ endpoint, root, region, users, accountId, management }: OperatorOptions): Promise<Operators> {
  const iam = new IAMClient({ endpoint, region, credentials: root });
  const other = new IAMClient({ endpoint, region, credentials: management.root });
  try {
    const [apply, plan] = await Promise.all([
      makeUser(iam, "pgaccord-apply", ["iam:*", "rds:Describe*", "sts:*"], `${users}access_admin`),
      makeUser(iam, "pgaccord-plan", READ, `${users}access_reader`),
      // Where the database's account is the same, there is no other.
      ...(management.accountId === accountId
        ? []
        : [
            makeRole(other, "pgaccord-apply", ["iam:*"], [userArn(accountId, "pgaccord-apply")]),
            makeRole(
              other,
              "pgaccord-plan",
              READ,
              ["pgaccord-plan", "pgaccord-apply"].map((name) => userArn(accountId, name)),
            ),
          ]),
    ]);
    return { apply, plan };
  } finally {
    iam.destroy();
    other.destroy();
  }
}

const userArn = (accountId: string, name: string): string => `arn:aws:iam::${accountId}:user/${name}`;

/** Whoever applies plans first. */
async function makeRole(iam: IAMClient, RoleName: string, Action: readonly string[], users: readonly string[]): Promise<void> {
  const document = (statement: object): string => JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", ...statement }] });
  const AssumeRolePolicyDocument = document({ Action: "sts:AssumeRole", Principal: { AWS: users } });
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "pgaccord", PolicyDocument: document({ Action, Resource: "*" }) }));
}

async function makeUser(iam: IAMClient, UserName: string, Action: readonly string[], databaseUser: string): Promise<AwsKeys> {
  const PolicyDocument = JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action, Resource: "*" },
      { Effect: "Allow", Action: "rds-db:connect", Resource: databaseUser },
    ],
  });
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "pgaccord", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? "", secretAccessKey: AccessKey?.SecretAccessKey ?? "" };
}
