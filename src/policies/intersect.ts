import { atomsOf, expandParts } from "./atoms.js";
import { conjoin, sameConditions } from "./condition.js";
import { canonicalDocument, type Document, documentSize, parseDocument, sameWords, VERSION, writeDocument } from "./document.js";
import { compilePolicies } from "./evaluate.js";
import { compareText, isObject, textOf } from "./json.js";
import { ACTIONS, includesNames, meetNames, PRINCIPALS, patterns } from "./names.js";
import { bodyText, type Parts, parseStatement, type Statement, statementJson } from "./statement.js";

/**
 * What both documents allow, as a document; null: nothing. It is the one of the two that is contained in the other, if one is.
 * Never more than both allow; less where a statement cannot be cut (NotAction and its like, conditions on one key that clash).
 * A Deny of either stays. It can be longer than both: see documentSize.
 */
export function intersectDocuments(a: string, b: string): string | null {
  const [left, right] = [parseDocument(a), parseDocument(b)];
  if (left === null || right === null) return sameWords(a, b) ? (canonicalDocument(a) ?? a) : null;
  // `${` says one thing in one and another in the other: no document says both.
  if (left.version !== null && right.version !== null && left.version !== right.version) return null;
  const version = left.version ?? right.version ?? VERSION;
  const algebra = algebraOf(version === VERSION);
  const statements = within(algebra, left, right) ?? within(algebra, right, left) ?? cut(algebra, left, right);
  if (!statements.some((statement) => statement.effect === "Allow")) return null;
  return writeDocument(version, withOwnSids(statements));
}

/** @param max characters that AWS takes; a longer document than this, and than both, is null, too. */
export function narrowedTo(a: string, b: string, max: number): string | null {
  const fits = (document: string | null): boolean =>
    document !== null && documentSize(document) <= Math.max(max, documentSize(a), documentSize(b));
  const both = intersectDocuments(a, b);
  if (fits(both)) return both;
  const named = namedIn(a, b);
  return fits(named) ? named : null;
}

/**
 * What the second document says by name and the first surely allows, whatever its statements look like: a door that both open must not
 * close because the first cannot be cut. null: nothing, or one of them denies something.
 */
function namedIn(a: string, b: string): string | null {
  const atoms = atomsOf(b);
  if (atoms.some(({ effect, whole, version }) => effect === "Deny" || whole !== null || version !== VERSION)) return null;
  const { decide } = compilePolicies([a]);
  const byAction = new Map<string, string[]>();
  for (const { action, resource, principal, condition } of atoms) {
    const isNamed = principal === null && condition === null && action !== null && resource !== null && !/[*?$]/.test(action + resource);
    if (isNamed && decide({ action, resource }) === "allowed") byAction.set(action, [...(byAction.get(action) ?? []), resource]);
  }
  const statements = [...byAction].map(([Action, Resource]) => ({ Effect: "Allow", Action, Resource }));
  return statements.length === 0 ? null : writeDocument(VERSION, statements);
}

interface Algebra {
  /** What both statements say; null: nothing, or nothing that is sure. */
  readonly common: (a: Statement, b: Statement) => Statement | null;
  /** Whether the statements of one effect say all that the one does. */
  readonly say: (statements: readonly Statement[], one: Statement) => boolean;
}

function algebraOf(variables: boolean): Algebra {
  const common = (a: Statement, b: Statement): Statement | null => {
    if (a.effect === null || a.effect !== b.effect) return null;
    if (bodyText(a) === bodyText(b)) return b;
    const parts = a.parts && b.parts && meetParts(a.parts, b.parts, variables);
    return parts === null ? null : made(b.sid, a.effect, parts);
  };
  const includes = (a: Statement, b: Statement): boolean =>
    a.effect !== null && a.effect === b.effect && (bodyText(a) === bodyText(b) || includesParts(a.parts, b.parts, variables));
  const say = (statements: readonly Statement[], one: Statement): boolean => {
    if (statements.some((statement) => includes(statement, one))) return true;
    const { effect } = one;
    const atoms = effect && one.parts && expandParts(one.parts);
    return !!atoms && atoms.every((atom) => statements.some((statement) => includes(statement, made(null, effect, atom))));
  };
  return { common, say };
}

const made = (sid: string | null, effect: "Allow" | "Deny", parts: Parts): Statement => {
  const text = writeDocument(VERSION, [statementJson(sid, effect, parts)]);
  return parseDocument(text)?.statements[0] ?? parseStatement(null);
};

const allows = (document: Document): readonly Statement[] => document.statements.filter((s) => s.effect === "Allow");
const denies = (document: Document): readonly Statement[] => document.statements.filter((s) => s.effect !== "Allow");

/** The statements of `inner`, if `outer` allows all that it allows and denies nothing that it does not. */
function within({ say }: Algebra, inner: Document, outer: Document): readonly Statement[] | null {
  const allowed = allows(inner).every((statement) => say(allows(outer), statement));
  return allowed && denies(outer).every((statement) => say(denies(inner), statement)) ? inner.statements : null;
}

function cut({ common, say }: Algebra, a: Document, b: Document): readonly Statement[] {
  const both = allows(a)
    .flatMap((s) => allows(b).map((t) => common(s, t)))
    .flatMap((s) => (s === null ? [] : [s]));
  const distinct = [...new Map([...both, ...denies(a), ...denies(b)].map((s) => [bodyText(s), s])).values()];
  // Pairs overlap: what another statement says, too, is left out, the later one of two that say the same.
  return distinct.reduceRight<readonly Statement[]>((kept, statement) => {
    const others = kept.filter((other) => other !== statement && other.effect === statement.effect);
    return others.some((other) => say([other], statement)) ? kept.filter((other) => other !== statement) : kept;
  }, distinct);
}

/** A Sid may stand once in a document (IAM user guide, "Sid"): the first keeps it. */
function withOwnSids(statements: readonly Statement[]): Statement["json"][] {
  const sorted = [...statements].sort((a, b) => compareText(textOf(a.json), textOf(b.json)));
  return sorted.map(({ json, sid }, i) => {
    if (!isObject(json) || sid === null || sorted.findIndex((other) => other.sid === sid) === i) return json;
    const { Sid: _, ...rest } = json;
    return rest;
  });
}

function meetParts(a: Parts, b: Parts, variables: boolean): Parts | null {
  const actions = meetNames(a.actions, b.actions, ACTIONS);
  const resources = meetNames(a.resources, b.resources, patterns({ variables, arn: true }));
  const principals = meetNames(a.principals, b.principals, PRINCIPALS);
  const conditions = conjoin(a.conditions, b.conditions, variables);
  if (!actions || resources === undefined || principals === undefined || conditions === null) return null;
  return { actions, resources, principals, conditions };
}

/** Whether all that the second says the first does, too. */
function includesParts(a: Parts | null, b: Parts | null, variables: boolean): boolean {
  if (a === null || b === null || !includesNames(a.actions, b.actions, ACTIONS)) return false;
  if (!includesNames(a.resources, b.resources, patterns({ variables, arn: true }))) return false;
  const conditions = conjoin(a.conditions, b.conditions, variables);
  if (conditions === null || !includesNames(a.principals, b.principals, PRINCIPALS)) return false;
  return sameConditions(conditions, b.conditions);
}
