import type { Approval } from "../model/approval.js";
import { type Change, type ChangeOp, effectsOf } from "../model/change.js";
import type { Plan } from "../model/plan.js";
import type { Effect } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { atomKey, atomsOf } from "../policies/atoms.js";
import { canonical, type Hash } from "./digest.js";

const DIGITS = 24;

/** Each once, in the order of the plan. */
export function approvalsOf(plan: Plan, hash: Hash): Approval[] {
  const short = (...parts: readonly unknown[]): string => hash(canonical(parts)).slice(0, DIGITS);
  const found = new Map<string, Approval>();
  const folded = new Map<unknown, Set<string>>();
  for (const change of plan.changes) {
    for (const approval of ofChange(plan, change, short)) found.set(approval.id, approval);
    const place = placeOf(change);
    const places = folded.get(change.delta) ?? new Set();
    folded.set(change.delta, places);
    // What is folded is the same for all objects of the place that change alike.
    const known = place !== null && places.has(place);
    if (place !== null) places.add(place);
    for (const approval of ofRights(plan, change, place, known, short)) if (!found.has(approval.id)) found.set(approval.id, approval);
  }
  return [...found.values()];
}

type Short = (...parts: readonly unknown[]) => string;

/** Takes something away: what goes is what counts. */
const TAKES: readonly ChangeOp[] = ["delete", "release"];
/** Things of their own; of all others the rights say everything. */
const isThing = ({ subject }: Change): boolean => !["membership", "privileges", "attachment", "inline-policy"].includes(subject.type);

function ofChange(plan: Plan, change: Change, short: Short): Approval[] {
  const { op, subject, attributes, key, target } = change;
  const at = [identityOf(plan, change), target, key];
  const about = { op, subject };
  if (!isThing(change)) return [];
  const { before, after } = attributes ?? { before: null, after: null };
  // Which of several becomes it counts.
  const former = op === "rename" ? [before?.["name"]] : [];
  const thing: Approval = {
    id: short("thing", ...at, op, ...former, ...(attributes?.creation ? [attributes.creation] : [])),
    needs: TAKES.includes(op) && (!deletesInIam(change) || plan.expired.has(key)) ? "if-base-gives" : "always",
    about: { type: "thing", change: about, ...(attributes?.creation ? { creation: attributes.creation } : {}) },
  };
  if (op !== "update" && op !== "rename") return [thing];
  const own = Object.keys(after ?? {})
    .filter((name) => !(op === "rename" && name === "name") && !attributes?.rights.includes(name))
    .filter((name) => canonical(after?.[name]) !== canonical(before?.[name]))
    .map(
      (name): Approval => ({
        id: short("attribute", ...at, name, after?.[name]),
        needs: "always",
        about: { type: "attribute", change: about, name },
      }),
    );
  return op === "rename" ? [thing, ...own] : own;
}

/**
 * The tags that make a thing of IAM ours are for whoever may tag it: no file gave what was never in one, and its loss is no drift. What a
 * file names and lets expire is in one.
 */
const deletesInIam = ({ op, target }: Change): boolean => op === "delete" && target.type === "account";

const identityOf = (plan: Plan, { target }: Change): string =>
  plan.targets.find((t) => t.target.type === target.type && t.target.name === target.name)?.identity ?? "";

/**
 * The terms on the other side count, too: gaining an option is less than gaining it all, losing one less than losing it all.
 * @param known the folded ones of this place are there already
 */
function ofRights(plan: Plan, change: Change, place: string | null, known: boolean, short: Short): Approval[] {
  return effectsOf(change).flatMap((effect) =>
    effect.verbs.flatMap((verb): Approval[] => {
      const fold = place === null ? null : foldOf(plan, effect, verb, place);
      if (fold !== null && known) return [];
      const { document: _, ...terms } = effect.terms;
      const on = fold === null ? [effect.on, endOf(effect)] : [place, fold];
      const about = { type: "right", effect: { ...effect, verbs: [verb] }, folded: fold !== null } as const;
      return partsOf(effect).map((part) => ({
        id: short("right", effect.effect, effect.who, verb, on, terms, effect.other, part),
        needs: effect.effect === "gains" ? "always" : "if-base-gives",
        about,
      }));
    }),
  );
}

/** A policy that is attached gives each of its atoms: two pull requests that each add one have shown them all. */
const partsOf = ({ terms }: Effect): readonly (string | null)[] =>
  terms.document === undefined ? [null] : atomsOf(terms.document).map(atomKey);

/** The day on which all that gives it has ended; null: it does not end. */
const endOf = ({ sources }: Effect): string | null =>
  sources.some((s) => s.until === null)
    ? null
    : (sources
        .flatMap((s) => s.until ?? [])
        .sort()
        .at(-1) ?? null);

/** What makes it one right for all objects of a place, as a text; null: it is a right on its very object. */
const foldOf = (plan: Plan, effect: Effect, verb: string, place: string): string | null => {
  if (effect.effect === "gains") return wildcardsOf(effect);
  return plan.kept.has(keptKey(effect.who, verb, place)) ? null : "nothing is kept";
};

/** The wildcards that give it themselves, each with the day on which it ends; null: only entries that name the object give it. */
function wildcardsOf({ sources }: Effect): string | null {
  const wildcards = sources.filter((s) => s.pattern !== null).map((s) => canonical([s.pattern, s.until]));
  return wildcards.length === 0 ? null : [...new Set(wildcards)].sort().join();
}

/** Server, database, type and schema of an object, as a text; null: it has no schema, or is no object. */
const placeOf = ({ subject }: Change): string | null => (subject.type === "privileges" ? placeOfThing(subject.on) : null);

export function placeOfThing(on: Thing): string | null {
  if (on.type !== "object" || on.of.schema === undefined) return null;
  const { server, site, of } = on;
  return canonical({ server, site, type: of.type, schema: of.schema });
}

/** How `Plan.kept` names that somebody keeps a privilege on something at a place. */
export const keptKey = (who: Effect["who"], verb: string, place: string): string => `${canonical(who)} ${verb} ${place}`;

/**
 * What of a plan nobody has approved.
 * @param base the plan of the file as it was applied last, on the same snapshot: a loss that is in it, too, repairs drift. null: it is
 * not known, so every loss needs an approval.
 */
export function unapproved(plan: Plan, approved: ReadonlySet<string>, base: Plan | null, hash: Hash): Approval[] {
  const ofBase = base ? approvalsOf(base, hash) : [];
  // Where that plan gives something of the sort, the file gives it in other terms: its loss is no drift.
  const given = new Set(ofBase.filter(({ needs }) => needs === "always").flatMap(sortOf));
  const drift = new Set(ofBase.flatMap((a) => (a.needs === "always" || sortOf(a).some((sort) => given.has(sort)) ? [] : [a.id])));
  return approvalsOf(plan, hash).filter(({ id }) => !approved.has(id) && !drift.has(id));
}

/** Who may do what on what, in whatever terms. */
const sortOf = ({ about }: Approval): string[] =>
  about.type === "right" ? [canonical([about.effect.who, about.effect.verbs, about.effect.on])] : [];
