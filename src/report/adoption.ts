import type { Change } from "../model/change.js";
import type { Net } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import type { Delta } from "../model/right.js";
import { displayName } from "../privileges/sql.js";
import { counted, digits } from "./visible.js";

/** What taking over roles that exist means. */
export interface Adoption {
  /** Adoptions of roles that neither gain nor lose, nor have members that do; none where it is only one. */
  readonly quiet: ReadonlySet<Change>;
  readonly adopted: number;
  /** What adopted users lose in the end, and others of what adopted roles gave them. */
  readonly loses: number;
  /** Names of those that need --allow. */
  readonly refused: readonly string[];
}

const GUARD = "adopt-narrows";

export function adoptionOf(plan: Plan): Adoption {
  const adopts = plan.changes.filter((c) => c.op === "adopt" && c.subject.type === "role");
  if (adopts.length === 0) return { quiet: new Set(), adopted: 0, loses: 0, refused: [] };
  const touched = new Set([...touchedRoles(plan.changes), ...plan.net.map(({ who }) => keyOf(who))]);
  const quiet = adopts.filter((change) => !touched.has(idOf(change)));
  const stopped = new Set(plan.problems.filter((p) => p.code === GUARD && p.refuses).map((p) => p.key));
  return {
    quiet: new Set(quiet.length > 1 ? quiet : []),
    adopted: adopts.length,
    loses: lossesOf(plan.net, new Set(adopts.map(idOf))),
    refused: adopts.flatMap((change) =>
      change.subject.type === "role" && stopped.has(change.key) ? [displayName(change.subject.name)] : [],
    ),
  };
}

/** `Adoption: 12 rights would go; 4 of 27 roles need --allow adopt-narrows: a, b, c, d`. null: nothing goes with one. */
export function adoptionText(plan: Plan): string | null {
  const { adopted, loses, refused } = adoptionOf(plan);
  const parts = [
    ...(loses === 0 ? [] : [`${counted(loses, "right")} would go`]),
    ...(refused.length === 0 ? [] : [`${digits(refused.length)} of ${counted(adopted, "role")} ${needs(refused)}: ${refused.join(", ")}`]),
  ];
  return parts.length === 0 ? null : `Adoption: ${parts.join("; ")}`;
}

const needs = (refused: readonly string[]): string => `${refused.length === 1 ? "needs" : "need"} --allow ${GUARD}`;

const keyOf = (who: Principal): string => (who.type === "role" ? JSON.stringify([who.cluster, who.name]) : "");
const idOf = ({ target, subject }: Change): string => (subject.type === "role" ? JSON.stringify([target.name, subject.name]) : "");

/** Those who gain or lose, and the roles of whom somebody becomes or ceases to be a member. */
function touchedRoles(changes: readonly Change[]): Set<string> {
  const deltas = new Set(changes.map((c) => c.delta));
  return new Set([...deltas].flatMap((delta) => delta.flatMap(rolesOf)));
}

const rolesOf = ({ who, on }: Delta[number]): string[] => [
  keyOf(who),
  ...(on?.type === "membership" ? [JSON.stringify([on.server.cluster, on.role])] : []),
];

const lossesOf = (net: readonly Net[], adopted: ReadonlySet<string>): number =>
  net
    .flatMap(({ who, items }) => items.filter(({ through }) => [who, ...through].some((role) => adopted.has(keyOf(role)))))
    .reduce((n, item) => n + (item.from > item.to ? item.verbs.length * item.count : 0), 0);
