import type { IAMClient } from "@aws-sdk/client-iam";
import type { KeyRing } from "./key-ring.js";
import { isActiveKey, readLiveIam } from "./live-iam.js";
import type { LocalAws } from "./local-aws.js";
import type { IdentityPolicies } from "./naive-iam.js";
import type { IamContext } from "./naive-pattern.js";
import { callSts, xmlText } from "./sts.js";

/** An IAM user, or a session of an IAM role, with what its policies are at this moment. */
export interface Caller {
  readonly account: string;
  /** As errors name it: of the user or of the session. */
  readonly arn: string;
  /** Of the user or of the IAM role. */
  readonly identityArn: string;
  /** As CloudTrail calls it: `AROA…:SESSION` or `AIDA…`. */
  readonly uniqueId: string;
  /** null: a session of an IAM role. */
  readonly user: string | null;
  readonly policies: IdentityPolicies;
}

/** Clients of an account's IAM, as its root. */
export type IamClients = (account: string) => Promise<IAMClient>;

/** Who holds that key; null: nobody any more. Root keys are in no ring. */
export async function readCaller(aws: LocalAws, ring: KeyRing, iamOf: IamClients, accessKeyId: string): Promise<Caller | null> {
  const key = ring.get(accessKeyId);
  if (key === undefined) return null;
  const identity = await callSts(aws.endpoint, accessKeyId, { Action: "GetCallerIdentity" });
  const [arn, uniqueId] = [xmlText(identity, "Arn"), xmlText(identity, "UserId")];
  const [, account = "", kind = "", path = ""] = /^arn:[^:]+:(?:iam|sts)::(\d+):([^/]+)\/(.+)$/.exec(arn) ?? [];
  const names = path.split("/");
  const iam = await iamOf(account);
  const { roles, users } = await readLiveIam(iam);
  const session = key.sessionPolicy;
  const role = kind === "assumed-role" ? roles.get(names[0] ?? "") : undefined;
  if (role) return { account, arn, identityArn: role.arn, uniqueId, user: null, policies: { ...role.policies, session } };
  const name = names.at(-1) ?? "";
  const user = kind === "user" ? users.get(name) : undefined;
  if (user?.arn !== arn || !(await isActiveKey(iam, name, accessKeyId))) return null;
  return { account, arn, identityArn: arn, uniqueId, user: name, policies: { ...user.policies, session } };
}

/** What conditions may ask about the caller. */
export const contextOf = (caller: Caller): IamContext => ({
  ...contextOfAll(),
  "aws:PrincipalArn": caller.identityArn,
  "aws:PrincipalAccount": caller.account,
  "aws:PrincipalType": caller.user === null ? "AssumedRole" : "User",
  "aws:username": caller.user,
});

/** What is true of every call. */
export const contextOfAll = (): IamContext => ({ "aws:CurrentTime": new Date().toISOString(), "aws:SecureTransport": "true" });
