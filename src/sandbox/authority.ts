import { IAMClient } from "@aws-sdk/client-iam";
import { type Caller, contextOf, contextOfAll, type IamClients, readCaller } from "./caller.js";
import { type AwsKeys, type KeyRing, keepKey } from "./key-ring.js";
import { type LiveRole, readLiveIam } from "./live-iam.js";
import type { LocalAws } from "./local-aws.js";
import { type IamPrincipal, identityVerdict, judge, type Verdict } from "./naive-iam.js";
import { callSts } from "./sts.js";

/** Decides by what the emulator's IAM holds at that moment: the emulator itself lets everybody do everything. */
export interface Authority {
  /** Why the holder of that key may not rds-db:connect; null: it may. */
  readonly connectRefusal: (accessKeyId: string, door: DatabaseUser) => Promise<string | null>;
  /** Why the holder of that key may not take that IAM role, in AWS's words; null: it may. */
  readonly assumeRefusal: (accessKeyId: string, call: AssumeCall) => Promise<string | null>;
  /** Whose key it is; null: nobody's any more. */
  readonly callerOf: (accessKeyId: string) => Promise<Caller | null>;
  /** Takes an IAM role as a service does: for EC2 an instance profile must hold it. */
  readonly assumeAsService: (service: string, roleArn: string) => Promise<AwsKeys>;
  /** What instance metadata answers on an instance with that profile, and the ARN of the IAM role. */
  readonly credentialsOfInstance: (profile: string, accountId?: string) => Promise<InstanceCredentials>;
  readonly stop: () => void;
}

export interface InstanceCredentials extends AwsKeys {
  readonly roleArn: string;
}

/** A user at a cluster's front door. */
export interface DatabaseUser {
  readonly region: string;
  readonly accountId: string;
  readonly resourceId: string;
  readonly user: string;
}

export interface AssumeCall {
  readonly roleArn: string;
  readonly session: string;
  readonly externalId: string | null;
}

const ASSUME = "sts:AssumeRole";
const EC2 = "ec2.amazonaws.com";
/** The one that carries every profile. */
export const INSTANCE = "i-0a1b2c3d4e5f60718";

/** `ring`: the keys that were issued. `aws`: whose IAM decides. `onService`: told before a service takes an IAM role. */
export function createAuthority(
  aws: LocalAws,
  ring: KeyRing,
  onService: (service: string, roleArn: string) => void = () => undefined,
): Authority {
  const { iamOf, stop } = createClients(aws);
  return {
    callerOf: (accessKeyId) => readCaller(aws, ring, iamOf, accessKeyId),
    connectRefusal: async (accessKeyId, door) => {
      const caller = await readCaller(aws, ring, iamOf, accessKeyId);
      return caller === null ? "its access key belongs to nobody" : connectFault(caller, door);
    },
    assumeRefusal: async (accessKeyId, call) => {
      const caller = await readCaller(aws, ring, iamOf, accessKeyId);
      if (caller === null) return "The security token included in the request is invalid.";
      const role = await readRole(iamOf, call.roleArn);
      if (role !== null && mayAssume(caller, role, call)) return null;
      return `User: ${caller.arn} is not authorized to perform: ${ASSUME} on resource: ${call.roleArn}`;
    },
    assumeAsService: async (service, roleArn) => {
      checkService(service, roleArn, await readRole(iamOf, roleArn));
      onService(service, roleArn);
      return issue(aws, ring, roleArn);
    },
    credentialsOfInstance: async (profile, accountId = aws.accountId) => {
      const { roles } = await readLiveIam(await iamOf(accountId));
      const role = [...roles.values()].find((r) => r.profiles.includes(profile));
      if (role === undefined) throw new Error(`No IAM role is in instance profile ${profile} of account ${accountId}.`);
      checkService(EC2, role.arn, role);
      onService(EC2, role.arn);
      return { ...(await issue(aws, ring, role.arn)), roleArn: role.arn };
    },
    stop,
  };
}

function createClients(aws: LocalAws): { readonly iamOf: IamClients; readonly stop: () => void } {
  const clients = new Map<string, IAMClient>();
  return {
    iamOf: async (account) => {
      const known = clients.get(account);
      if (known) return known;
      const made = new IAMClient({ endpoint: aws.endpoint, region: "us-east-1", credentials: await aws.rootOf(account) });
      clients.set(account, made);
      return made;
    },
    stop: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}

async function readRole(iamOf: IamClients, arn: string): Promise<LiveRole | null> {
  const { roles } = await readLiveIam(await iamOf(accountOf(arn)));
  const role = roles.get(arn.split("/").at(-1) ?? "");
  return role?.arn === arn ? role : null;
}

/** rds-db has no policy on its side, so the principal is of the database's account (RDS user guide, "IAM policy for database access"). */
function connectFault(caller: Caller, { region, accountId, resourceId, user }: DatabaseUser): string | null {
  if (caller.account !== accountId) return `${caller.arn} is of another account than the database`;
  const resource = `arn:${partitionOf(region)}:rds-db:${region}:${accountId}:dbuser:${resourceId}/${user}`;
  const verdict = identityVerdict(caller.policies, { action: "rds-db:connect", resource, context: contextOf(caller) });
  return verdict === "allow" ? null : `${caller.arn} is not authorized to perform: rds-db:connect on resource: ${resource}`;
}

/**
 * Both halves across accounts. In one account a trust that names the caller itself is enough, within its limits; one that names the
 * account leaves it to the caller's policies (IAM user guide, "Policy evaluation logic").
 */
function mayAssume(caller: Caller, { trust }: LiveRole, { roleArn, session, externalId }: AssumeCall): boolean {
  const context = { ...contextOf(caller), "sts:ExternalId": externalId, "sts:RoleSessionName": session };
  const own = [caller.arn, caller.identityArn];
  const root = `arn:${caller.arn.split(":")[1]}:iam::${caller.account}:root`;
  const trusts = (names: IamPrincipal["names"]): Verdict => judge([trust], { action: ASSUME, principal: { type: "AWS", names }, context });
  if (trusts([...own, root]) !== "allow") return false;
  const request = { action: ASSUME, resource: roleArn, context };
  const identity = identityVerdict(caller.policies, request);
  if (identity !== "silent" || accountOf(roleArn) !== caller.account || trusts(own) !== "allow") return identity === "allow";
  const { boundary, session: sessionPolicy = null } = caller.policies;
  const limits = [caller.user === null ? boundary : null, sessionPolicy].filter((limit) => limit !== null);
  return limits.every((limit) => judge([limit], request) === "allow");
}

function checkService(service: string, roleArn: string, role: LiveRole | null): void {
  if (role === null) throw new Error(`There is no IAM role ${roleArn}.`);
  if (service === EC2 && role.profiles.length === 0) throw new Error(`No instance profile holds ${roleArn}.`);
  const principal = { type: "Service", names: [service] } as const;
  const verdict = judge([role.trust], { action: ASSUME, principal, context: { ...contextOfAll(), "sts:ExternalId": null } });
  if (verdict !== "allow") throw new Error(`${roleArn} does not trust ${service}.`);
}

/** The emulator gives everything to everybody: it is asked only after the decision. */
async function issue(aws: LocalAws, ring: KeyRing, RoleArn: string): Promise<AwsKeys> {
  const root = await aws.rootOf(accountOf(RoleArn));
  const call = { Action: "AssumeRole", RoleArn, RoleSessionName: INSTANCE };
  const keys = keepKey(ring, await callSts(aws.endpoint, root.accessKeyId, call));
  if (keys === null) throw new Error(`The AWS emulator gave no credentials for ${RoleArn}.`);
  return keys;
}

const accountOf = (arn: string): string => arn.split(":")[4] ?? "";

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
