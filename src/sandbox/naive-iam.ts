import { allOf, anyOf, asRecord, conditionMet, not, texts } from "./naive-condition.js";
import { fits, fitsResource, type IamContext, type Truth } from "./naive-pattern.js";

/**
 * IAM's decision in the simplest words (IAM user guide, "Policy evaluation logic"). It shares nothing with the rest of pgaccord: it is what
 * the rest is tested against. What it cannot judge never allows, and always denies.
 */
export interface IamRequest {
  readonly action: string;
  /** Left out for a trust: its resource is the role that carries it. */
  readonly resource?: string;
  /** Whom a Principal element must name. Left out for the policies of an identity: they are about their bearer. */
  readonly principal?: IamPrincipal;
  readonly context?: IamContext;
}

export interface IamPrincipal {
  readonly type: "AWS" | "Service" | "Federated";
  /** All names that mean this principal, such as a session's ARN, its IAM role's ARN, and the ARN of the account's root. */
  readonly names: readonly string[];
}

export type Verdict = "allow" | "deny" | "silent";

/** What limits an identity, as JSON texts. */
export interface IdentityPolicies {
  readonly documents: readonly string[];
  /** The permissions boundary; null: there is none. */
  readonly boundary: string | null;
  /** The session's own policy; null: there is none. */
  readonly session?: string | null;
}

/** What the documents say together: a Deny anywhere wins. */
export function judge(documents: readonly string[], request: IamRequest): Verdict {
  const verdicts = documents.flatMap((document) => statementVerdicts(document, request));
  if (verdicts.includes("deny")) return "deny";
  return verdicts.includes("allow") ? "allow" : "silent";
}

/** Whether an identity may do it: allowed by its policies, and by the boundary and the session's policy where there are such. */
export function identityVerdict({ documents, boundary, session = null }: IdentityPolicies, request: IamRequest): Verdict {
  const limits = [boundary, session].filter((limit) => limit !== null).map((limit) => judge([limit], request));
  const verdicts = [judge(documents, request), ...limits];
  if (verdicts.includes("deny")) return "deny";
  return verdicts.includes("silent") ? "silent" : "allow";
}

/** A document that nobody can read denies everything. */
function statementVerdicts(document: string, request: IamRequest): readonly Verdict[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    return ["deny"];
  }
  const { Version = "2008-10-17", Statement } = asRecord(parsed);
  return [Statement].flat().map((statement) => {
    const { Effect, ...rest } = asRecord(statement);
    const truth = applies(rest, String(Version), request);
    if (Effect === "Deny") return truth === false ? "silent" : "deny";
    return Effect === "Allow" && truth === true ? "allow" : "silent";
  });
}

function applies(statement: Readonly<Record<string, unknown>>, version: string, request: IamRequest): Truth {
  const { action, resource, principal, context = {} } = request;
  // An asterisk in an action is no policy variable's business, and case does not count.
  const named = either(statement, "Action", (list) => anyOf(list.map((a) => fits(action.toLowerCase(), a.toLowerCase(), "", context))));
  const on = (list: readonly string[]): Truth => anyOf(list.map((r) => fitsResource(resource ?? "", r, version, context)));
  return allOf([
    named,
    resource === undefined ? true : either(statement, "Resource", on),
    principal === undefined ? true : principalNamed(statement, principal),
    conditionMet(statement["Condition"], version, context),
  ]);
}

/** The element, or its Not form; a statement without either is about nothing. */
function either(statement: Readonly<Record<string, unknown>>, element: string, matches: (list: readonly string[]) => Truth): Truth {
  const [plain, negated] = [statement[element], statement[`Not${element}`]];
  if (plain !== undefined) return matches(texts(plain));
  return negated === undefined ? false : not(matches(texts(negated)));
}

function principalNamed(statement: Readonly<Record<string, unknown>>, principal: IamPrincipal): Truth {
  const [plain, negated] = [statement["Principal"], statement["NotPrincipal"]];
  if (plain !== undefined) return isNamed(plain, principal);
  return negated === undefined ? false : !isNamed(negated, principal);
}

/** "*" is everybody, in both of its forms; other wildcards are no principals. An account's id means its root. */
function isNamed(element: unknown, { type, names }: IamPrincipal): boolean {
  if (element === "*" || texts(asRecord(element)["AWS"]).includes("*")) return true;
  return texts(asRecord(element)[type]).some((named) => names.some((name) => name === named || (type === "AWS" && isRootOf(name, named))));
}

const isRootOf = (arn: string, account: string): boolean => /^\d{12}$/.test(account) && arn.endsWith(`:iam::${account}:root`);
