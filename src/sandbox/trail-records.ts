import { randomUUID } from "node:crypto";

/** One record as CloudTrail writes it (CloudTrail user guide, "CloudTrail record contents"), and in whose event history it stands. */
export interface TrailRecord {
  readonly account: string;
  readonly region: string;
  readonly record: Readonly<Record<string, unknown>>;
}

/** Somebody who took an IAM role: a session or an IAM user, or a service by itself. */
export type Taker =
  | {
      readonly type: "principal";
      readonly account: string;
      readonly arn: string;
      readonly identityArn: string;
      readonly uniqueId: string;
      readonly user: string | null;
    }
  | { readonly type: "service"; readonly service: string };

export interface Assumption {
  readonly taker: Taker;
  readonly roleArn: string;
  readonly session: string;
  readonly address: string;
  readonly region: string;
  readonly at: Date;
}

/**
 * One record in the caller's account and one in the IAM role's. There a caller from elsewhere has no ARN, only its account and unique id
 * (IAM user guide, "Logging IAM and STS calls with CloudTrail").
 */
export function recordsOf(assumption: Assumption): TrailRecord[] {
  const { taker, roleArn, session, region, at } = assumption;
  const account = accountOf(roleArn);
  const shared = {
    eventVersion: "1.08",
    eventTime: at.toISOString().replace(/\.\d+Z$/, "Z"),
    eventSource: "sts.amazonaws.com",
    eventName: "AssumeRole",
    awsRegion: region,
    sourceIPAddress: taker.type === "service" ? taker.service : assumption.address,
    requestParameters: { roleArn, roleSessionName: session },
    responseElements: { assumedRoleUser: { arn: sessionArn(roleArn, session) } },
    readOnly: true,
    eventType: "AwsApiCall",
    managementEvent: true,
    eventCategory: "Management",
    sharedEventID: randomUUID(),
  };
  const inAccount = (recipient: string, userIdentity: object): TrailRecord => ({
    account: recipient,
    region,
    record: {
      ...shared,
      userIdentity,
      eventID: randomUUID(),
      recipientAccountId: recipient,
      resources: [{ ARN: roleArn, accountId: account, type: "AWS::IAM::Role" }],
    },
  });
  if (taker.type === "service") return [inAccount(account, { type: "AWSService", invokedBy: taker.service })];
  const own = inAccount(taker.account, identityOf(taker));
  if (taker.account === account) return [own];
  return [own, inAccount(account, { type: "AWSAccount", principalId: taker.uniqueId, accountId: taker.account })];
}

function identityOf({ arn, identityArn, account: accountId, uniqueId, user }: Extract<Taker, { type: "principal" }>): object {
  const common = { principalId: uniqueId, arn, accountId };
  if (user !== null) return { type: "IAMUser", ...common, userName: user };
  const issuer = {
    type: "Role",
    principalId: uniqueId.split(":")[0],
    arn: identityArn,
    accountId,
    userName: identityArn.split("/").at(-1),
  };
  return { type: "AssumedRole", ...common, sessionContext: { sessionIssuer: issuer } };
}

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

const sessionArn = (roleArn: string, session: string): string =>
  `${roleArn.replace(":iam:", ":sts:").replace(/:role\/.*$/, "")}:assumed-role/${roleArn.split("/").at(-1)}/${session}`;
