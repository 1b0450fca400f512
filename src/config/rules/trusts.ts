import type { Problem } from "../../model/problem.js";
import { isObject, type Json, type JsonObject, listOf } from "../../policies/json.js";
import { iamReference } from "../iam-reference.js";
import { partitionOf } from "../partition.js";
import type { SourceFile, SourceIamRole, SourceTrust, TrustForm, Word } from "../source-file.js";
import { isLimiting, pinnedBy, unknownOperators } from "../trust-condition.js";
import { errorAt, type Rule, unknownAt, warningAt } from "./rule.js";

type Check = (trust: SourceTrust, iamRole: SourceIamRole, file: SourceFile) => Problem[];

const eachTrust =
  (check: Check): Rule =>
  (file) =>
    [...file.iamRoles.values()].flatMap((iamRole) => iamRole.trust.flatMap((trust) => check(trust, iamRole, file)));

const FORMS = "service, role, arn, account, oidc, saml, statement";

/** Which forms each of the other keys goes with. */
const GOES_WITH: readonly { readonly key: "source_account" | "external_id"; readonly forms: readonly TrustForm[] }[] = [
  { key: "source_account", forms: ["service"] },
  { key: "external_id", forms: ["role", "arn", "account"] },
];

export const oneFormEach = eachTrust((trust) => {
  const { forms, place } = trust;
  if (forms.length === 0) return [errorAt({ place }, "missing-key", "The entry names nobody.", `Add one of ${FORMS}.`)];
  if (forms.length > 1)
    return [errorAt({ place }, "one-of", `The entry has ${forms.join(" and ")}.`, "Make an entry of its own for each of them.")];
  const problems = GOES_WITH.flatMap(({ key, forms: fitting }) => {
    const word = key === "source_account" ? trust.sourceAccount : trust.externalId;
    const fits = word === null || fitting.some((form) => forms.includes(form));
    return fits ? [] : [errorAt(word, "wrong-value", `"${key}" means nothing with ${forms[0]}.`, `It goes with ${fitting.join(", ")}.`)];
  });
  const whole = trust.statement !== null && trust.condition !== null;
  return whole
    ? [...problems, errorAt({ place }, "one-of", "The entry has a statement and a condition.", "Write the condition inside the statement.")]
    : problems;
});

export const trustedNamesAreThere = eachTrust(({ role, account, sourceAccount }, iamRole, file) => [
  ...(role ? unknownRole(role, iamRole, file) : []),
  ...[account, sourceAccount].flatMap((word) =>
    word && !file.names.accounts.has(word.text) ? [unknownAt(word, "account", file.names.accounts)] : [],
  ),
]);

/** Also of `assume`. */
export function unknownRole(word: Word, from: SourceIamRole, file: SourceFile): Problem[] {
  const found = iamReference(file, word.text, from);
  if (found.ok || (found.several.length === 0 && file.names.iam_roles.has(word.text))) return [];
  if (found.several.length === 0) return [unknownAt(word, "IAM role", file.names.iam_roles)];
  const names = found.several.map((account) => `${account}/${word.text}`).join(", ");
  return [errorAt(word, "unknown-iam-role", `There is an IAM role "${word.text}" in several accounts.`, `Write which: ${names}.`)];
}

/** A trust that lets anybody in is never meant (design: refused everywhere). */
export const noOpenTrust = eachTrust(({ statement, oidc, place }) => [
  ...(statement ? statementFaults(statement).map(({ code, message, hint }) => errorAt({ place }, code, message, hint)) : []),
  ...(oidc?.subjects ?? [])
    .filter((word) => isAnySubject(word.text, oidc?.provider.text ?? ""))
    .map((word) => {
      const hint = "Name the organisation or namespace, and as much more as you can: repo:acme/app:environment:prod.";
      return errorAt(word, "open-trust", `"${word.text}" lets in whomever ${oidc?.provider.text} vouches for.`, hint);
    }),
]);

const GITHUB = "token.actions.githubusercontent.com";
/** What a subject of GitHub's can begin with that names an owner: whoever makes a repository gets a token, and chooses what else stands in it. */
const OF_OWNER = /^(?:repo|repository|repository_owner|job_workflow_ref|repository_id|repository_owner_id):[^*?$/:]+(?:\/|:|$)/;
/** Elsewhere something must stand behind the first separator before the first wildcard. */
const NARROWED = /^[^*?$]*[:/][^*?$:/]/;

function isAnySubject(text: string, provider: string): boolean {
  if (text.includes("${")) return true;
  if (provider.startsWith(GITHUB)) return !OF_OWNER.test(text);
  return /[*?]/.test(text) && !NARROWED.test(text);
}

interface StatementFault {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

const EXAMPLE = '{ Effect: Allow, Action: "sts:AssumeRole", Principal: { Service: ec2.amazonaws.com } }';

function statementFaults(statement: JsonObject): StatementFault[] {
  const { Effect: effect, Principal: principal } = statement;
  if (effect !== "Allow" && effect !== "Deny")
    return [{ code: "wrong-value", message: "The statement has no Effect.", hint: `Write Allow or Deny, as in ${EXAMPLE}.` }];
  const missing = ["Action", "Principal"].filter((key) => !(key in statement) && !(`Not${key}` in statement));
  if (missing.length > 0)
    return [{ code: "missing-key", message: `The statement has no ${missing.join(" and no ")}.`, hint: `See ${EXAMPLE}.` }];
  if ("Resource" in statement || "NotResource" in statement)
    return [{ code: "wrong-value", message: "A trust names no resource: it is about the IAM role itself.", hint: "Remove it." }];
  const odd = Object.keys(statement).filter((key) => !STATEMENT_KEYS.includes(key));
  if (odd.length > 0)
    return [{ code: "unknown-key", message: `"${odd[0]}" is no key of a statement.`, hint: `Its keys are ${STATEMENT_KEYS.join(", ")}.` }];
  return effect === "Allow" ? allowFaults(statement, principal) : [];
}

const STATEMENT_KEYS = ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"];

function allowFaults(statement: JsonObject, principal: Json | undefined): StatementFault[] {
  if ("NotPrincipal" in statement || principal === undefined || isAnybody(principal))
    return [{ code: "open-trust", message: "The statement lets everybody take the IAM role.", hint: "Name the principals." }];
  const wild = namesOf(principal, "AWS").find((name) => /[*?]/.test(name));
  if (wild !== undefined)
    return [
      {
        code: "open-trust",
        message: `IAM takes no wildcard in a principal: "${wild}".`,
        hint: "Name the account, and give aws:PrincipalArn as a condition.",
      },
    ];
  const odd = namesOf(principal, "AWS").find((name) => !PRINCIPAL.test(name));
  if (odd !== undefined)
    return [
      { code: "wrong-value", message: `"${odd}" is no principal of IAM.`, hint: "Name an account, an IAM role or a user by its ARN." },
    ];
  const condition = isObject(statement["Condition"]) ? statement["Condition"] : null;
  if (namesOf(principal, "Federated").every((provider) => isPinned(provider, condition))) return [];
  const hint = "Add a condition on its sub (SAML:aud of a SAML provider), or use the oidc and saml forms, which have one.";
  return [{ code: "open-trust", message: "The statement lets in whomever the identity provider vouches for.", hint }];
}

/** An account, something of IAM or STS in one, or the unique id of such a thing. */
const PRINCIPAL = /^(?:\d{12}|A[A-Z0-9]{15,}|arn:aws[a-z-]*:(?:iam|sts)::\d{12}:(?:root|(?:role|user|assumed-role|federated-user)\/.+))$/;

const OIDC_PROVIDER = /:oidc-provider\/(.*)$/;

/** A provider of the account's own gives the same audience to all its users; those that every account knows (Cognito, Google) one for each application. */
function isPinned(provider: string, condition: JsonObject | null): boolean {
  const own = OIDC_PROVIDER.exec(provider)?.[1];
  const values = pinnedBy(condition, own === undefined ? /:(?:sub|aud|oaud|app_id|amr)$/i : /:sub$/i).map(({ value }) => value);
  return values.length > 0 && values.every((value) => (own === undefined ? !/^[*?]*$/.test(value) : !isAnySubject(value, own)));
}

const namesOf = (principal: Json, type: string): string[] => (isObject(principal) ? listOf(principal[type] ?? []).map(String) : []);

const isAnybody = (principal: Json): boolean =>
  principal === "*" ||
  (isObject(principal) && Object.values(principal).some((names) => listOf(names).some((name) => String(name) === "*")));

/** Whoever the other account lets may come: that may be everybody there. */
export const limitsOfTrust = eachTrust(({ account, arn, externalId, condition, statement, place }, _iamRole, file) => {
  if (statement && statementFaults(statement).length === 0)
    return strangersIn(statement, file).map((name) => warningAt({ place }, "no-external-id", strangerText(name), STRANGER_HINT));
  if (statement || externalId || isLimiting(condition)) return [];
  if (account) {
    if (!file.names.accounts.has(account.text)) return [];
    const hint = "Give a condition (aws:PrincipalArn …) or external_id, or name the IAM role: { role: ID } or { arn: ARN }.";
    return [warningAt(account, "account-trusted", `Whoever account "${account.text}" allows it may take the IAM role.`, hint)];
  }
  const id = arn ? arn.text.split(":")[4] : undefined;
  if (!arn || [...file.accounts.values()].some((one) => one.id.text === id)) return [];
  return [warningAt(arn, "no-external-id", strangerText(arn.text), STRANGER_HINT)];
});

const strangerText = (name: string): string =>
  `"${name}" is of an account that the file does not know: whoever can make it act for others is let in, too.`;
const STRANGER_HINT = "Add external_id, as the other side was given it; in your own organisation declare the account.";

/** AWS principals of accounts that the file does not know, on no condition that keeps anybody out. */
function strangersIn(statement: JsonObject, file: SourceFile): string[] {
  const condition = statement["Condition"];
  if (statement["Effect"] !== "Allow" || (isObject(condition) && isLimiting(condition))) return [];
  const known = new Set([...file.accounts.values()].map(({ id }) => id.text));
  return namesOf(statement["Principal"] ?? {}, "AWS").filter((name) => !known.has(/\d{12}/.exec(name)?.[0] ?? ""));
}

/** A mistyped operator would be refused by AWS in the middle of an apply. */
export const conditionsAreKnown = eachTrust(({ condition, statement, place }) => {
  const inside = statement?.["Condition"];
  const conditions = [...(condition ? [condition] : []), ...(isObject(inside) ? [inside] : [])];
  return conditions.flatMap(unknownOperators).map(({ operator, meant }) => {
    const hint = meant === undefined ? "IAM has StringEquals, StringLike, ArnLike, Bool and others." : `Did you mean "${meant}"?`;
    return errorAt({ place }, "wrong-value", `IAM knows no condition operator "${operator}".`, hint);
  });
});

/** IAM compares operators and keys without regard to case; ours must not be overwritten. */
export const conditionsDoNotClash = eachTrust((trust, _iamRole, file) => {
  const { condition, place } = trust;
  if (!condition) return [];
  const own = ownKeys(trust, file);
  const clash = Object.entries(condition).flatMap(([operator, block]) =>
    isObject(block) ? Object.keys(block).filter((key) => own.has(`${operator} ${key}`.toLowerCase())) : [],
  );
  return clash.map((key) =>
    errorAt({ place }, "one-of", `The condition on "${key}" is made from the entry already.`, "Remove it from the condition."),
  );
});

function ownKeys({ externalId, sourceAccount, oidc, saml }: SourceTrust, _file: SourceFile): ReadonlySet<string> {
  const provider = oidc?.provider.text ?? "";
  return new Set(
    [
      ...(externalId ? ["StringEquals sts:ExternalId"] : []),
      ...(sourceAccount ? ["StringEquals aws:SourceAccount"] : []),
      ...(oidc ? [`StringEquals ${provider}:aud`, `StringEquals ${provider}:sub`, `StringLike ${provider}:sub`] : []),
      ...(saml ? ["StringEquals SAML:aud"] : []),
    ].map((key) => key.toLowerCase()),
  );
}

/** Two accounts of one partition can trust each other; those of others never. */
export const trustsStayInPartition = eachTrust(({ arn }, iamRole, file) => {
  const account = file.accounts.get(iamRole.account.text);
  if (!arn || !account || arn.text.split(":")[1] === partitionOf(account.region)) return [];
  return [
    errorAt(arn, "other-account", `"${arn.text}" is of another AWS partition than the IAM role.`, "Name an IAM role of its partition."),
  ];
});
