import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from "@aws-sdk/client-iam";
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
}

const READ = ["iam:Get*", "iam:List*", "rds:Describe*", "sts:GetCallerIdentity"];

/** Neither may log in as any user of access.yaml. */
export async function makeOperators({ endpoint, root, region, users }: OperatorOptions): Promise<Operators> {
  const iam = new IAMClient({ endpoint, region, credentials: root });
  try {
    const [apply, plan] = await Promise.all([
      makeUser(iam, "pgaccord-apply", ["iam:*", "rds:Describe*", "sts:*"], `${users}access_admin`),
      makeUser(iam, "pgaccord-plan", READ, `${users}access_reader`),
    ]);
    return { apply, plan };
  } finally {
    iam.destroy();
  }
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
