import { parseDocument } from "../policies/document.js";
import { compilePolicies } from "../policies/evaluate.js";
import { isObject, type Json, listOf, parseJson, textOf } from "../policies/json.js";
import { namesText } from "./few.js";
import { ASSUME, type Ask, CONNECT } from "./leak-asks.js";
import type { Judged, Opened } from "./leak-judge.js";
import type { Policy, Subject } from "./leak-subjects.js";

const KINDS = [
  { kind: "role", one: "IAM role", many: "IAM roles" },
  { kind: "user", one: "IAM user", many: "IAM users" },
  { kind: "group", one: "IAM group", many: "IAM groups" },
] as const;

/** Names in a folded line: the plan is read by people. */
const FEW = 5;

/** `IAM roles a, b and 7 more, IAM group g`. */
export const whoText = (subjects: readonly Subject[]): string =>
  KINDS.flatMap(({ kind, one, many }) => {
    const names = subjects.filter((subject) => subject.kind === kind).map(nameOf);
    return names.length === 0 ? [] : [`${names.length === 1 ? one : many} ${namesText(names, FEW)}`];
  }).join(", ");

const nameOf = ({ kind, name, mates }: Subject): string => {
  if (kind !== "group") return name;
  return mates.length === 0 ? `${name} (nobody is in it)` : `${name} (${namesText(mates, FEW)})`;
};

/** `can log in as a, b, and can take IAM role c`. */
export function canText(opened: readonly Opened[], most?: number): string {
  const only = opened.every(({ decision }) => decision === "conditional") ? ", on conditions that stand there," : "";
  const nouns = (action: string): string[] => [...new Set(opened.filter(({ ask }) => ask.action === action).map(({ ask }) => ask.noun))];
  const [users, roles] = [nouns(CONNECT), nouns(ASSUME)];
  const parts = [
    ...(users.length === 0 ? [] : [`can log in${only} as ${namesText(users, most)}`]),
    ...(roles.length === 0 ? [] : [`can take${only} IAM role ${namesText(roles, most)}`]),
  ];
  return parts.join(" and ");
}

/** `inline policy x (statement 2)`. */
export const byText = (policies: readonly Policy[], opened: readonly Opened[], subject: Subject): string =>
  namesText([...new Set(policies.map((policy) => `${policy.noun}${groupText(policy)}${statementText(policy, opened, subject)}`))], FEW);

const groupText = ({ group }: Policy): string => (group === null ? "" : ` of group ${group}`);

function statementText({ document }: Policy, opened: readonly Opened[], subject: Subject): string {
  const value = parseJson(document ?? "");
  if (!isObject(value)) return "";
  const statements = listOf(value["Statement"] ?? []);
  const found = statements.flatMap((statement, i) =>
    opens(
      { ...value, Statement: [statement] },
      opened.map(({ ask }) => ask),
      subject,
    )
      ? [sidOf(statement) ?? String(i + 1)]
      : [],
  );
  if (found.length === 0) return "";
  return ` (statement ${namesText(found, FEW)})`;
}

const sidOf = (statement: Json): string | null => {
  const sid = isObject(statement) ? statement["Sid"] : undefined;
  return typeof sid === "string" && sid !== "" ? sid : null;
};

function opens(document: Json, asks: readonly Ask[], { arn }: Subject): boolean {
  const { decide } = compilePolicies([textOf(document)]);
  const principal = { type: "aws", id: arn } as const;
  return asks.some(({ action, resource }) => /^(allowed|conditional)$/.test(decide({ action, resource, principal })));
}

/** Somebody who may do anything to anything: Allow * on *, and nothing asked is denied. */
export const isAdministrator = ({ by, opened }: Judged): boolean =>
  opened.every(({ decision }) => decision === "allowed") && by.some(({ document }) => document !== null && allowsAll(document));

const allowsAll = (json: string): boolean =>
  (parseDocument(json)?.statements ?? []).some(({ effect, parts }) => {
    if (effect !== "Allow" || parts === null || parts.conditions.length > 0 || parts.resources === null) return false;
    const isAll = ({ not, list }: { readonly not: boolean; readonly list: readonly string[] }): boolean => !not && list.includes("*");
    return isAll(parts.actions) && isAll(parts.resources);
  });
