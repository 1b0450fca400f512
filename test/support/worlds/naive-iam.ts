import { documentOf, doorArn, principalsAsked, type Statement, statementsOf } from "./documents.js";
import { ACCOUNTS, ANYONE, IAM_ROLES, RESOURCE_IDS, USERS } from "./domain.js";

/** One question: may this principal do this to that, with these values about the request? */
interface Request {
  /** null: an identity's policy is asked. */
  readonly principal: { readonly type: "service" | "arn"; readonly name: string } | null;
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string>>;
  readonly text: string;
}

const CONTEXTS: readonly Readonly<Record<string, string>>[] = [
  {},
  { "sts:ExternalId": "x", "aws:PrincipalTag/team": "db", "aws:MultiFactorAuthPresent": "true", "aws:SourceIp": "10.1.2.3" },
  { "sts:ExternalId": "y", "aws:PrincipalTag/team": "web", "aws:MultiFactorAuthPresent": "false", "aws:SourceIp": "8.8.8.8" },
];

const inContexts = (make: (context: Request["context"], number: number) => Request): Request[] => CONTEXTS.map(make);

const TRUST_REQUESTS: readonly Request[] = [...principalsAsked(), { type: "arn", name: ANYONE } as const].flatMap((principal) =>
  inContexts((context, i) => ({ principal, action: "sts:AssumeRole", resource: "", context, text: `by ${principal.name} if ${i}` })),
);

const ASKED: readonly (readonly [string, string])[] = [
  ...ACCOUNTS.flatMap(({ id }) =>
    ["us-east-2", "eu-west-1"].flatMap((region) =>
      RESOURCE_IDS.flatMap((resource) => [...USERS, "app"].map((user) => ["rds-db:connect", doorArn(id, region, resource, user)] as const)),
    ),
  ),
  ["s3:GetObject", "arn:aws:s3:::bucket/key"],
  ...ACCOUNTS.flatMap(({ id }) => IAM_ROLES.map((name) => ["sts:AssumeRole", `arn:aws:iam::${id}:role/${name}`] as const)),
  ["iam:PassRole", "*"],
];

const POLICY_REQUESTS: readonly Request[] = ASKED.flatMap(([action, resource]) =>
  inContexts((context, i) => ({ principal: null, action, resource, context, text: `${action} ${resource} if ${i}` })),
);

/** Answers a document gives by itself, one for each request. */
interface Answers {
  readonly allows: readonly boolean[];
  readonly denies: readonly boolean[];
}

/** Texts of requests that some statement allows, and that some statement denies. */
export interface Verdicts {
  readonly allows: readonly string[];
  readonly denies: readonly string[];
}

/** Sample requests, answered. Documents that were seen are remembered: ask one evaluator for many worlds. */
export interface Evaluator {
  /** Who may assume a role of this trust. */
  readonly assumers: (trust: string) => Verdicts;
  /** Whom it allows by their own ARN: no account stands for them. */
  readonly named: (trust: string) => Verdicts;
  /** What an identity with these policies may do. */
  readonly allowed: (documents: readonly string[]) => Verdicts;
}

export function createEvaluator(): Evaluator {
  const known = new Map<string, Answers>();
  const answers = (document: string, requests: readonly Request[]): Answers => {
    const key = `${requests === TRUST_REQUESTS} ${document}`;
    const found = known.get(key) ?? answer(statementsOf(document), requests);
    known.set(key, found);
    return found;
  };
  const verdicts = (documents: readonly string[], requests: readonly Request[]): Verdicts => {
    const all = documents.map((document) => answers(document, requests));
    const texts = (part: keyof Answers): string[] => requests.filter((_, i) => all.some((a) => a[part][i])).map((r) => r.text);
    return { allows: texts("allows"), denies: texts("denies") };
  };
  return {
    assumers: (trust) => verdicts([trust], TRUST_REQUESTS),
    named: (trust) => verdicts([onlyNamed(trust)], TRUST_REQUESTS),
    allowed: (documents) => verdicts(documents, POLICY_REQUESTS),
  };
}

/** Without the principals that stand for others. */
function onlyNamed(trust: string): string {
  const statements = statementsOf(trust).flatMap((statement): Statement[] => {
    const names = textsOf(mapOf(statement["Principal"])["AWS"] ?? []).filter((name) => /:(?:role|user)\//.test(name));
    return names.length === 0 ? [] : [{ ...statement, Principal: { AWS: names } }];
  });
  return documentOf(statements);
}

function answer(statements: readonly Statement[], requests: readonly Request[]): Answers {
  const of = (effect: string): boolean[] => {
    const own = statements.filter((s) => s["Effect"] === effect);
    return requests.map((request) => own.some((s) => applies(s, request)));
  };
  return { allows: of("Allow"), denies: of("Deny") };
}

const applies = (statement: Statement, request: Request): boolean =>
  named(statement, "Action", (p) => like(p.toLowerCase(), request.action.toLowerCase())) &&
  (request.principal === null ? named(statement, "Resource", (p) => like(p, request.resource)) : trusts(statement, request.principal)) &&
  Object.entries(mapOf(statement["Condition"])).every(([operator, keys]) =>
    Object.entries(mapOf(keys)).every(([key, values]) => holds(operator, textsOf(values), request.context[key])),
  );

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value : [value]).map(String);
const mapOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

/** `Action` names what is meant, `NotAction` everything else. */
function named(statement: Statement, key: string, matches: (pattern: string) => boolean): boolean {
  if (key in statement) return textsOf(statement[key]).some(matches);
  return !textsOf(statement[`Not${key}`] ?? []).some(matches);
}

function trusts(statement: Statement, principal: { readonly type: "service" | "arn"; readonly name: string }): boolean {
  const listed = (value: unknown): boolean => {
    if (value === "*") return principal.type === "arn";
    const names = mapOf(value)[principal.type === "service" ? "Service" : "AWS"];
    return names !== undefined && textsOf(names).some((name) => isPrincipal(name, principal.name));
  };
  return "Principal" in statement ? listed(statement["Principal"]) : "NotPrincipal" in statement && !listed(statement["NotPrincipal"]);
}

/** An account, by number or by its root, stands for everybody in it. */
function isPrincipal(name: string, asked: string): boolean {
  if (name === "*" || name === asked) return true;
  const account = /^(\d{12})$|^arn:aws:iam::(\d{12}):root$/.exec(name);
  return account !== null && asked.split(":")[4] === (account[1] ?? account[2]);
}

const PATTERN = /[.+^${}()|[\]\\]/g;

/** `*` is any text, `?` any character. */
function like(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text;
  return new RegExp(`^${pattern.replace(PATTERN, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(text);
}

/** A key that the request lacks fails a positive operator and meets a negative one. */
function holds(operator: string, values: readonly string[], actual: string | undefined): boolean {
  switch (operator) {
    case "StringEquals":
    case "Bool":
      return actual !== undefined && values.includes(actual);
    case "StringNotEquals":
      return actual === undefined || !values.includes(actual);
    case "StringLike":
      return actual !== undefined && values.some((value) => like(value, actual));
    case "IpAddress":
      return actual?.startsWith("10.") ?? false;
    default:
      throw new Error(`condition operator ${operator} is not known here`);
  }
}
