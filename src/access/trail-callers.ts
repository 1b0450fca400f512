import { roleArn } from "../facts/iam-things.js";
import { trustText } from "../facts/trust-text.js";
import type { Declared, DeclaredIamRole, TrustEntry } from "../model/declared.js";
import type { AssumeCaller, AssumedRole } from "../model/evidence.js";
import { isObject, type Json, listOf, parseJson } from "../policies/json.js";
import { matches } from "../policies/wildcard.js";

/**
 * Whether the trust of an IAM role, as the file writes it, names who took it. null: not known, because only an id is known, of an account
 * that could not be read and has somebody whom the trust names. Conditions are not looked at: AWS did.
 */
export function isDeclaredCaller(
  declared: Declared,
  role: DeclaredIamRole,
  caller: AssumeCaller,
  isRead: (account: string) => boolean,
): boolean | null {
  const { arn, account } = caller;
  // Its trust is somebody else's.
  if (role.manage === "policy") return null;
  if (role.trust.some((entry) => names(declared, entry, caller))) return true;
  if (arn !== null || account === null || isRead(account)) return false;
  return role.trust.some((entry) => accountsNamed(declared, entry).includes(account)) ? null : false;
}

/** Accounts of those whom an entry names. */
function accountsNamed({ iamRoles, accounts }: Declared, entry: TrustEntry): string[] {
  const arns = entry.type === "arn" ? [entry.arn] : entry.type === "statement" ? principalsOf(entry.statement) : [];
  const other = entry.type === "role" ? accounts.get(iamRoles.get(entry.role)?.account ?? "")?.id : undefined;
  return [...arns.flatMap((arn) => arn.split(":")[4] ?? []), ...(other === undefined ? [] : [other])];
}

/** Entries of the trust that let in nobody of those who came, in words. */
export const neverCame = (declared: Declared, role: DeclaredIamRole, assumed: readonly AssumedRole[]): string[] =>
  role.trust.filter((entry) => lets(entry) && !assumed.some(({ caller }) => names(declared, entry, caller))).map(trustText);

const lets = (entry: TrustEntry): boolean => entry.type !== "statement" || principalsOf(entry.statement).length > 0;

/** Whether each entry that names one caller has come: then a search may end. An entry for many is never done. */
export const allCame = (declared: Declared, role: DeclaredIamRole, callers: readonly AssumeCaller[]): boolean =>
  role.trust.length > 0 && role.trust.every((entry) => isOne(entry) && callers.some((caller) => names(declared, entry, caller)));

const isOne = (entry: TrustEntry): boolean =>
  entry.type === "role" || entry.type === "service" || (entry.type === "arn" && accountOfRoot(entry.arn) === null);

function names(declared: Declared, entry: TrustEntry, caller: AssumeCaller): boolean {
  switch (entry.type) {
    case "service":
      return caller.account === null && caller.arn === entry.service;
    case "role": {
      const other = declared.iamRoles.get(entry.role);
      const of = other && declared.accounts.get(other.account);
      return other !== undefined && of !== undefined && isSame(roleArn(of, other.name), caller);
    }
    case "arn":
      return isNamed(entry.arn, caller);
    case "account":
      return caller.account !== null && declared.accounts.get(entry.account)?.id === caller.account;
    case "oidc": {
      const ends = `:oidc-provider/${entry.provider}`;
      const provider = caller.account === null && (caller.arn === entry.provider || (caller.arn?.endsWith(ends) ?? false));
      return provider && (caller.subject === undefined || entry.subjects.some((subject) => matches(subject, caller.subject ?? "")));
    }
    case "saml":
      return caller.account === null && (caller.arn?.endsWith(`:saml-provider/${entry.provider}`) ?? false);
    default:
      return principalsOf(entry.statement).some((principal) => isNamed(principal, caller));
  }
}

/** A principal of a policy: everybody, an account, an ARN, an id, a service or a provider. */
function isNamed(principal: string, caller: AssumeCaller): boolean {
  if (principal === "*") return true;
  const account = /^\d{12}$/.test(principal) ? principal : accountOfRoot(principal);
  if (account !== null) return caller.account === account;
  return principal === caller.uniqueId || isSame(roleOfSession(principal), caller);
}

const accountOfRoot = (arn: string): string | null => /^arn:[^:]+:iam::(\d{12}):root$/.exec(arn)?.[1] ?? null;

/** The session that a trust names is a session of its IAM role. */
const roleOfSession = (arn: string): string => arn.replace(/^(arn:[^:]+):sts::(\d+):assumed-role\/([^/]+)\/.*$/, "$1:iam::$2:role/$3");

const isSame = (arn: string, caller: AssumeCaller): boolean => caller.arn !== null && plain(arn) === plain(caller.arn);

/** What CloudTrail says of a session has no path. */
const plain = (arn: string): string => arn.replace(/^(arn:[^:]+:iam::\d+:(?:role|user))\/(?:.*\/)?([^/]+)$/, "$1/$2");

function principalsOf(statement: string): string[] {
  const value = parseJson(statement);
  // Whom a Deny names is let in by nothing of it.
  const principal: Json | undefined = isObject(value) && value["Effect"] !== "Deny" ? value["Principal"] : undefined;
  if (principal === undefined) return [];
  const lists = isObject(principal) ? Object.values(principal) : [principal];
  return lists.flatMap((list) => listOf(list)).flatMap((one) => (typeof one === "string" ? [one] : []));
}
