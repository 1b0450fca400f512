import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { atomsOf, sameDocument } from "../policies/atoms.js";
import { canonicalDocument } from "../policies/document.js";
import { narrowedTo } from "../policies/intersect.js";
import { isObject, type Json, listOf, parseJson, textOf } from "../policies/json.js";
import { unionOf } from "../policies/union.js";

/** A door as a policy names it; the id may be a pattern, the user is none. */
const DOOR = /^(arn:[^:]+:rds-db:[^:]*:[^:]*:dbuser:)([^/]+)\/(.+)$/;

/** The document with the new names of users that the plan renames; the very same text where it names none of them. */
export function underNewUsers(facts: Facts, account: AccountFacts, document: string): string {
  const names = newNames(facts, account);
  if (names.length === 0) return document;
  const renamed = (arn: Json): Json => {
    const [, head, id, user] = typeof arn === "string" ? (DOOR.exec(arn) ?? []) : [];
    const found = names.find((one) => one.was === user && (id === "*" || one.id === id));
    return found ? `${head}${id}/${found.name}` : arn;
  };
  const value = parseJson(document);
  if (!isObject(value)) return document;
  const statements = listOf(value["Statement"] ?? []).map((one) =>
    isObject(one) && one["Resource"] !== undefined ? { ...one, Resource: listOf(one["Resource"]).map(renamed) } : one,
  );
  const text = canonicalDocument(textOf({ ...value, Statement: statements })) ?? document;
  return sameDocument(text, document) ? document : text;
}

const newNames = (
  { clusters }: Facts,
  { name: account }: AccountFacts,
): { readonly id: string; readonly was: string; readonly name: string }[] =>
  [...clusters.values()].flatMap(({ declared, snapshot: { rds }, renames }) =>
    rds && declared.account === account
      ? [...renames.pending].flatMap(([name, was]) => resourceIdsOf(rds).map((id) => ({ id, was, name })))
      : [],
  );

/**
 * The live document, and the doors of renamed users by their new names as far as they stay: whoever comes in as the one comes in as the
 * other, whenever the name changes. null: it opens none of them, has both names already, or cannot say both in `max` characters.
 */
export function bothNames(facts: Facts, account: AccountFacts, before: string, after: string, max: number): string | null {
  const renamed = underNewUsers(facts, account, before);
  const part = renamed === before ? null : narrowedTo(renamed, after, max);
  const both = part === null ? null : unionOf(before, part, max);
  return both === null || sameDocument(both, before) ? null : both;
}

/** Whether a document leads to a user that is renamed, by its former name or by the new one. */
export const leadsToRenamed = (facts: Facts, account: string, document: string, by: "was" | "name"): boolean =>
  leadsTo(
    document,
    newNames(facts, accountOf(facts, account)).map((one) => ({ id: one.id, user: one[by] })),
  );

/** Whether a document names one of these users of clusters. */
export const leadsTo = (document: string, doors: readonly { readonly id: string; readonly user: string }[]): boolean =>
  atomsOf(document).some(({ effect, resource }) => {
    const [, , id, user] = DOOR.exec(resource ?? "") ?? [];
    return effect === "Allow" && doors.some((door) => door.user === user && (id === "*" || door.id === id));
  });
