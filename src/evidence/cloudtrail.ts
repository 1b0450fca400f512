import type { AssumeCaller } from "../model/evidence.js";
import { type Fields, isFields, parseObject } from "../model/json.js";

/** One taking of an IAM role, as one record of CloudTrail tells it. */
export interface AssumeEvent {
  /** Both records of a call from another account have the same. */
  readonly id: string;
  /** The account whose trail holds the record. */
  readonly recipient: string | null;
  /** ARN of the IAM role that was taken. */
  readonly role: string;
  readonly caller: AssumeCaller;
  readonly at: number;
  readonly sessions: readonly string[];
  readonly addresses: readonly string[];
  /** More than one where they were counted already. */
  readonly count: number;
  /** Of the first of them. */
  readonly first: number;
}

/** AssumeRole and what becomes of it for a token or an assertion. */
export const ASSUME_EVENTS = ["AssumeRole", "AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"] as const;

/** The use that a record tells of; null: another event, or one that was refused. Names of fields may be in lower case, as Athena has them. */
export function assumeEvent(record: Fields): AssumeEvent | null {
  const name = textAt(record, "eventName");
  if (!ASSUME_EVENTS.some((one) => one === name) || textAt(record, "errorCode") !== null) return null;
  const request = objectAt(record, "requestParameters");
  const role = textAt(request, "roleArn") ?? resourceOf(record);
  const at = Date.parse(textAt(record, "eventTime") ?? "");
  const id = textAt(record, "sharedEventID") ?? textAt(record, "eventID");
  if (role === null || id === null || Number.isNaN(at)) return null;
  const identity = objectAt(record, "userIdentity");
  const address = textAt(record, "sourceIPAddress");
  return {
    id,
    recipient: textAt(record, "recipientAccountId"),
    role,
    caller: callerOf(identity, textAt(request, "principalArn")),
    at,
    sessions: [textAt(request, "roleSessionName"), textAt(request, "sourceIdentity")].flatMap((one) => one ?? []),
    // A service that calls by itself stands there by its name.
    addresses: address === null || !/^[\d.]+$|:/.test(address) ? [] : [address],
    count: 1,
    first: at,
  };
}

/** AWS's own example of a record in the role's account has no resources, and others have no parameters. */
function resourceOf(record: Fields): string | null {
  const resources = fieldOf(record, "resources");
  if (!Array.isArray(resources)) return null;
  const arns = resources.filter(isFields).flatMap((one) => textAt(one, "ARN") ?? []);
  return arns.find((arn) => /^arn:[^:]+:iam::\d{12}:role\//.test(arn)) ?? null;
}

/** @param assertedBy the ARN of the SAML provider: the identity itself holds a hash of it alone */
function callerOf(identity: Fields, assertedBy: string | null): AssumeCaller {
  const type = textAt(identity, "type");
  const account = textAt(identity, "accountId");
  if (type === "AWSService") return { account: null, arn: textAt(identity, "invokedBy"), uniqueId: null };
  if (type === "WebIdentityUser" || type === "SAMLUser") {
    const provider = type === "SAMLUser" ? assertedBy : textAt(identity, "identityProvider");
    const subject = textAt(identity, "userName");
    return {
      account: null,
      arn: provider ?? textAt(identity, "identityProvider"),
      uniqueId: null,
      ...(subject === null ? {} : { subject }),
    };
  }
  const issuer = objectAt(objectAt(identity, "sessionContext"), "sessionIssuer");
  const arn = textAt(issuer, "arn") ?? roleOfSession(textAt(identity, "arn"));
  return {
    account: account ?? accountOf(arn),
    arn,
    uniqueId: uniqueIdOf(textAt(issuer, "principalId") ?? textAt(identity, "principalId")),
  };
}

/** A session's ARN holds the name of its IAM role, not the path. */
function roleOfSession(arn: string | null): string | null {
  const [, partition, account, name] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(arn ?? "") ?? [];
  return name === undefined ? arn : `arn:${partition}:iam::${account}:role/${name}`;
}

const accountOf = (arn: string | null): string | null => /^arn:[^:]+:(?:iam|sts)::(\d{12}):/.exec(arn ?? "")?.[1] ?? null;

/** AROA…:session; a root user has its account's digits. */
const uniqueIdOf = (principal: string | null): string | null => /^(A[A-Z]{3}[A-Z0-9]{12,})(?::|$)/.exec(principal ?? "")?.[1] ?? null;

function fieldOf(fields: Fields, name: string): unknown {
  if (name in fields) return fields[name];
  const folded = name.toLowerCase();
  return Object.entries(fields).find(([key]) => key.toLowerCase() === folded)?.[1];
}

function textAt(fields: Fields, name: string): string | null {
  const value = fieldOf(fields, name);
  return typeof value === "string" && value !== "" ? value : null;
}

/** Athena has requestparameters as JSON in a text. */
function objectAt(fields: Fields, name: string): Fields {
  const value = fieldOf(fields, name);
  const object = typeof value === "string" ? parseObject(value) : value;
  return isFields(object) ? object : {};
}
