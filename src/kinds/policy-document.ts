import stringify from "safe-stable-stringify";

/** IAM documents as pgaccord compares and writes them. Pure; all text is JSON. */

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Statement = { readonly [key: string]: Json };

const DEFAULT_VERSION = "2008-10-17";
const VERSION = "2012-10-17";
const LISTS = ["Action", "NotAction", "Resource", "NotResource"] as const;
const PRINCIPALS = ["Principal", "NotPrincipal"] as const;

/**
 * One text for all documents that mean the same: keys sorted, a single string is a list of one, the order of statements, actions,
 * resources and principals does not matter. The order of condition values does (hashicorp/terraform-provider-aws#17556).
 * null: not a document.
 */
export function canonicalDocument(json: string): string | null {
  const document = parse(json);
  if (document === null) return null;
  const statements = listOf(document["Statement"] ?? []).map((s) => (isObject(s) ? canonicalStatement(s) : s));
  const sorted = [...statements].sort((a, b) => compare(text(a), text(b)));
  return text({ ...document, Version: document["Version"] ?? DEFAULT_VERSION, Statement: sorted });
}

function canonicalStatement(statement: Statement): Statement {
  const result: Record<string, Json> = { ...statement };
  for (const key of LISTS) if (key in statement) result[key] = sortedList(statement[key] ?? []);
  for (const key of PRINCIPALS) if (key in statement) result[key] = canonicalPrincipal(statement[key] ?? {});
  return result;
}

/** "*" means the same as {"AWS": "*"}; an account's number the same as its root (IAM user guide, "Principal"). */
function canonicalPrincipal(principal: Json): Json {
  if (!isObject(principal)) return principal === "*" ? { AWS: ["*"] } : principal;
  return Object.fromEntries(
    Object.entries(principal).map(([type, names]) => {
      const list = listOf(names).map((name) => (type === "AWS" && /^\d{12}$/.test(String(name)) ? `arn:aws:iam::${name}:root` : name));
      return [type, sortedList(list)];
    }),
  );
}

/** What both documents allow. null: nothing. A statement that this cannot cut stays only when both have it; a Deny of either stays. */
export function intersectDocuments(a: string, b: string): string | null {
  const left = statementsOf(a);
  const right = statementsOf(b);
  const common = left.flatMap((s) => right.flatMap((t) => intersectStatements(s, t)));
  const denies = [...left, ...right].filter((s) => s["Effect"] === "Deny");
  const distinct = [...new Map([...common, ...denies].map((s) => [text(s), s])).values()];
  if (!distinct.some((s) => s["Effect"] === "Allow")) return null;
  return canonicalDocument(text({ Version: VERSION, Statement: distinct }));
}

function intersectStatements(s: Statement, t: Statement): Statement[] {
  if (s["Effect"] !== "Allow" || t["Effect"] !== "Allow") return [];
  if (text(s) === text(t)) return [s];
  const { Resource: r1, Principal: p1, ...rest1 } = s;
  const { Resource: r2, Principal: p2, ...rest2 } = t;
  if (text(rest1) !== text(rest2)) return [];
  if (p1 === undefined && p2 === undefined && Array.isArray(r1) && Array.isArray(r2)) {
    const both = r1.filter((name: Json) => r2.includes(name));
    return both.length > 0 ? [{ ...rest1, Resource: both }] : [];
  }
  if (r1 !== undefined || r2 !== undefined || !isObject(p1 ?? null) || !isObject(p2 ?? null)) return [];
  return intersectPrincipals(rest1, p1 as Statement, p2 as Statement);
}

function intersectPrincipals(rest: Statement, p: Statement, q: Statement): Statement[] {
  const both = Object.entries(p).flatMap(([type, names]) => {
    const list = listOf(names).filter((name) => listOf(q[type] ?? []).includes(name));
    return list.length > 0 ? [[type, list] as const] : [];
  });
  return both.length > 0 ? [{ ...rest, Principal: Object.fromEntries(both) }] : [];
}

/** Characters as IAM counts them against its limits: white space outside strings is free, and we write none. */
export const documentSize = (json: string): number => (canonicalOrSame(json) === json ? json.length : json.replace(/\s/g, "").length);
const canonicalOrSame = (json: string): string => canonicalDocument(json) ?? json;

/** The generated policy of an IAM role: the Sid marks it as ours. */
export const connectDocument = (arns: readonly string[]): string =>
  canonical({ Sid: "PgaccordConnect", Effect: "Allow", Action: "rds-db:connect", Resource: [...new Set(arns)] });

export function trustDocument(principals: { readonly services: readonly string[]; readonly roles: readonly string[] }): string {
  const { services, roles } = principals;
  const principal = {
    ...(services.length > 0 ? { Service: [...new Set(services)] } : {}),
    ...(roles.length > 0 ? { AWS: [...new Set(roles)] } : {}),
  };
  return canonical({ Sid: "PgaccordTrust", Effect: "Allow", Action: "sts:AssumeRole", Principal: principal });
}

/** A valid policy that gives nothing: the resource cannot exist. */
export const nothingDocument = (): string =>
  canonical({
    Sid: "PgaccordNothing",
    Effect: "Deny",
    Action: "rds-db:connect",
    Resource: "arn:aws:rds-db:us-east-1:000000000000:dbuser:none/none",
  });

/** A trust that lets nobody in. */
export const nobodyTrust = (): string =>
  canonical({ Sid: "PgaccordNobody", Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: "*" } });

const canonical = (statement: Statement): string => canonicalOrSame(text({ Version: VERSION, Statement: [statement] }));

/** Who may assume the role, one text each: `service ec2.amazonaws.com`, an ARN, with other actions and conditions named. */
export function trustedPrincipals(json: string): string[] {
  return statementsOf(json)
    .filter((s) => s["Effect"] === "Allow")
    .flatMap((s) => {
      const actions = listOf(s["Action"] ?? []).join(", ");
      const suffix = `${actions === "sts:AssumeRole" ? "" : ` (${actions || text(s)})`}${s["Condition"] ? ` if ${text(s["Condition"])}` : ""}`;
      const principal = s["Principal"] ?? null;
      if (!isObject(principal)) return [`anybody but ${text(s["NotPrincipal"] ?? null)}${suffix}`];
      return Object.entries(principal).flatMap(([type, names]) =>
        listOf(names).map((name) => `${type === "AWS" ? "" : `${type.toLowerCase()} `}${String(name)}${suffix}`),
      );
    });
}

export interface Allow {
  readonly action: string;
  readonly resource: string;
  readonly condition?: string;
}

/** Every action and resource that an identity policy allows, as it is written. */
export function describeAllows(json: string): Allow[] {
  return statementsOf(json)
    .filter((s) => s["Effect"] === "Allow")
    .flatMap((s) => {
      const actions = named(s, "Action", "NotAction", "every action but");
      const resources = named(s, "Resource", "NotResource", "everything but");
      const condition = s["Condition"] ? { condition: text(s["Condition"]) } : {};
      return actions.flatMap((action) => resources.map((resource) => ({ action, resource, ...condition })));
    });
}

function named(statement: Statement, key: string, not: string, words: string): string[] {
  if (key in statement) return listOf(statement[key] ?? []).map(String);
  return not in statement ? [`${words} ${listOf(statement[not] ?? []).join(", ")}`] : ["*"];
}

function statementsOf(json: string): Statement[] {
  const document = parse(canonicalOrSame(json));
  return listOf(document?.["Statement"] ?? []).filter(isObject);
}

function parse(json: string): Statement | null {
  try {
    const value: Json = JSON.parse(json);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

const isObject = (value: Json): value is Statement => typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);
const sortedList = (value: Json): Json[] =>
  [...new Map(listOf(value).map((v) => [text(v), v])).values()].sort((a, b) => compare(text(a), text(b)));
const text = (value: Json): string => stringify(value) ?? "null";
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
