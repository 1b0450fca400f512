import type { AcceptedResidue } from "../model/declared-safety.js";
import { openOf, type Residue } from "../model/net.js";
import { nameOfPrincipal } from "../model/principal.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { Effect } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { objectName } from "../privileges/object-sql.js";
import { displayName } from "../privileges/sql.js";
import type { Leftover } from "./analysed.js";

export interface Accepting {
  readonly entries: readonly AcceptedResidue[];
  /** The day of the plan, UTC. */
  readonly day: string;
  /** All that the file is about was read: an entry that fits nothing is a mistake. */
  readonly whole: boolean;
}

/** What stays, with what the file says to that. An accepted one is no problem any more. */
export function acceptResidue(left: readonly Leftover[], accepting: Accepting): { residue: Residue[]; problems: Problem[] } {
  const own = new Map(left.map((one) => [one, one.waits === null ? acceptedOf(one, accepting) : null]));
  const residue = left.map((one): Residue => {
    const { names: _, waits, ...rest } = one;
    const accepted = waits === null ? (own.get(one) ?? null) : waitingFor(waits, one, own);
    return { ...rest, problem: accepted ? one.problem : withEnded(one, accepting), accepted };
  });
  const shown = openOf(residue).map(({ problem }) => problem);
  return { residue, problems: [...shown, ...(accepting.whole ? unused(left, accepting.entries) : [])] };
}

export const isAccepted = (one: Leftover, accepting: Accepting): boolean => acceptedOf(one, accepting) !== null;

type Accepted = Residue["accepted"];

/** Every part of it is accepted, while the first of the days lasts. */
function acceptedOf(one: Leftover, { entries, day }: Accepting): Accepted {
  const found = one.effects.map((effect) => entries.find((entry) => day <= entry.until && fits(entry, effect, one.grantor)));
  const valid = found.flatMap((entry) => entry ?? []);
  if (valid.length === 0 || valid.length < found.length) return null;
  return together(valid);
}

/** A role waits for all that names it. */
function waitingFor(role: string, { target }: Leftover, own: ReadonlyMap<Leftover, Accepted>): Accepted {
  const naming = [...own].filter(([other]) => other.target.name === target.name && other.names.includes(role));
  const accepted = naming.flatMap(([, one]) => one ?? []);
  return accepted.length === 0 || accepted.length < naming.length ? null : together(accepted);
}

const together = (list: readonly NonNullable<Accepted>[]): Accepted => ({
  until: list.map((one) => one.until).sort()[0] ?? "",
  reason: [...new Set(list.map((one) => one.reason))].join("; "),
});

const fits = (entry: AcceptedResidue, { who, on }: Effect, grantor: string | null): boolean =>
  entry.who === nameOfPrincipal(who) && (entry.grantor === null || entry.grantor === grantor) && namesOf(on).includes(entry.on);

/** As the file writes it. */
function namesOf(on: Thing): readonly string[] {
  switch (on.type) {
    case "object": {
      const name = objectName(on.of);
      return on.of.schema === undefined ? [`${on.of.type} ${name}`] : [name, `${on.of.type} ${name}`];
    }
    case "later":
      return [on.schema === null ? "*.*" : `${displayName(on.schema)}.*`];
    case "membership":
      return [displayName(on.role), `role ${displayName(on.role)}`];
    case "login":
      return ["login"];
    default:
      return [];
  }
}

function withEnded({ problem, effects, grantor }: Leftover, { entries, day }: Accepting): Problem {
  const ended = entries.find((entry) => entry.until < day && effects.some((effect) => fits(entry, effect, grantor)));
  return ended ? { ...problem, message: `${problem.message} It was accepted until ${ended.until}.`, place: ended.place } : problem;
}

const unused = (left: readonly Leftover[], entries: readonly AcceptedResidue[]): Problem[] =>
  entries
    .filter((entry) => !left.some((one) => one.effects.some((effect) => fits(entry, effect, one.grantor))))
    .map(({ who, on, place }) =>
      warningProblem("nothing-to-accept", `Nothing of ${displayName(who)} on ${on} stays different, so there is nothing to accept.`, {
        place,
        hint: "Take the entry out of safety.accept_residue, or correct it: names are those that the plan shows.",
      }),
    );
