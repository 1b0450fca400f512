import type { TrailRecord } from "./trail-front.js";

export const DB = "111122223333";
export const MANAGEMENT = "444455556666";
export const MONITOR = `arn:aws:iam::${DB}:role/pg-monitor-role`;
export const MGMT = `arn:aws:iam::${MANAGEMENT}:role/pg-mgmt-role`;
export const MGMT_ID = "AROAMGMTMGMTMGMTMGMT";

/** What a test says of one call. */
export interface Told {
  readonly at: string;
  readonly id: string;
  readonly role?: string;
  readonly session?: string;
  readonly address?: string;
  /** Fields of the record that are otherwise. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const common = (
  { at, id, role = MONITOR, session = "pgmonitor", address = "10.0.0.7", more = {} }: Told,
  recipient: string,
): TrailRecord => ({
  eventVersion: "1.08",
  eventTime: at,
  eventSource: "sts.amazonaws.com",
  eventName: "AssumeRole",
  awsRegion: "us-east-2",
  sourceIPAddress: address,
  requestParameters: { roleArn: role, roleSessionName: session },
  eventID: `${id}-${recipient}`,
  sharedEventID: id,
  recipientAccountId: recipient,
  ...more,
});

/** As the caller's account has it (CloudTrail user guide, "AWS STS information in log files"). */
export const callerRecord = (told: Told, caller = { arn: MGMT, id: MGMT_ID, account: MANAGEMENT }): TrailRecord => ({
  ...common(told, caller.account),
  userIdentity: {
    type: "AssumedRole",
    principalId: `${caller.id}:i-0123`,
    arn: `${caller.arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/i-0123`,
    accountId: caller.account,
    sessionContext: { sessionIssuer: { type: "Role", principalId: caller.id, arn: caller.arn, accountId: caller.account } },
  },
  resources: [{ ARN: told.role ?? MONITOR, accountId: DB, type: "AWS::IAM::Role" }],
});

/** As the account of the IAM role has it: no name of the caller, and no resources. */
export const ownerRecord = (told: Told, caller = { id: MGMT_ID, account: MANAGEMENT }): TrailRecord => ({
  ...common(told, DB),
  userIdentity: { type: "AWSAccount", principalId: `${caller.id}:i-0123`, accountId: caller.account },
});

/** An instance of EC2 takes its IAM role. */
export const instanceRecord = (told: Told): TrailRecord => ({
  ...common(told, told.role?.split(":")[4] ?? DB),
  userIdentity: { type: "AWSService", invokedBy: "ec2.amazonaws.com" },
  sourceIPAddress: "ec2.amazonaws.com",
});
