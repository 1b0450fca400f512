import type { Gap } from "../../../src/model/net.js";
import type { Plan, Step, Unit } from "../../../src/model/plan.js";
import { draftOf, type World } from "./model.js";
import type { Evaluator } from "./naive-iam.js";
import { type Levels, levelsOf, namesOf } from "./order-levels.js";
import { createUnitPlayer } from "./play.js";
import { Refused } from "./play-acl.js";

/** Where an apply may stop: what is there, and which units are done. */
interface Moment {
  readonly world: World;
  readonly done: ReadonlySet<string>;
  /** Calls of a unit that is not done. */
  readonly within: string | null;
}

/**
 * Plays a plan as it goes, and once for each unit as if that one failed: those that wait for it are left out, the others go on.
 * Says who reaches what they have neither before nor after, and who is without what they have before and after where the plan does not say so.
 */
export function orderViolations(world: World, plan: Plan, evaluator: Evaluator): string[] {
  const runs = [null, ...plan.units.map(({ id }) => id)].map((failing) => momentsOf(world, plan, failing));
  const end = runs[0]?.at(-1)?.world ?? world;
  const [before, after] = [levelsOf(world, evaluator), levelsOf(end, evaluator)];
  const names = [namesOf(world, evaluator), namesOf(end, evaluator)];
  const namesOfBoth = (who: string): string[] => [who, ...names.flatMap((of) => [...(of.get(who) ?? [])])];
  const seen = new Set<string>();
  const judged = runs.flat().flatMap((moment) => {
    const key = JSON.stringify([[...moment.done].sort(), moment.within]);
    if (seen.has(key)) return [];
    seen.add(key);
    return violationsAt(moment, plan, { before, after, now: levelsOf(moment.world, evaluator) }, namesOfBoth);
  });
  return [...tooEarly(plan), ...judged];
}

function tooEarly({ units }: Plan): string[] {
  const place = new Map(units.map(({ id }, i) => [id, i]));
  return units.flatMap(({ id, after }, i) =>
    after.filter((other) => (place.get(other) ?? i) >= i).map((other) => `${id} stands before ${other}, which it waits for`),
  );
}

function momentsOf(world: World, { units, steps }: Plan, failing: string | null): Moment[] {
  let now = world;
  const done = new Set<string>();
  const moments: Moment[] = [];
  const left = new Set<string>(failing === null ? [] : [failing]);
  for (const unit of units) {
    const states = left.has(unit.id) || isBlocked(unit, left, failing) ? null : statesOf(now, unit, steps, failing !== null);
    if (!states) {
      left.add(unit.id);
      continue;
    }
    const within = unit.mode === "journal" ? states.slice(0, -1) : [];
    moments.push(...within.map((state) => ({ world: state, done: new Set(done), within: unit.id })));
    done.add(unit.id);
    now = states.at(-1) ?? now;
    moments.push({ world: now, done: new Set(done), within: null });
  }
  return moments;
}

/** What is there after each step; null: the server refuses one. Where another unit failed, this one may fail for it. */
function statesOf(world: World, unit: Unit, steps: readonly Step[], mayFail: boolean): World[] | null {
  const draft = draftOf(world);
  const play = createUnitPlayer(draft, unit);
  try {
    return steps
      .filter((step) => step.unit === unit.id)
      .map((step) => {
        play(step);
        return draftOf(draft);
      });
  } catch (error) {
    if (mayFail && error instanceof Refused) return null;
    throw error;
  }
}

/** What is deleted last waits for all of it. */
const isBlocked = ({ after, phase }: Unit, left: ReadonlySet<string>, failing: string | null): boolean =>
  after.some((id) => left.has(id)) || (phase === "delete" && failing !== null);

interface Three {
  readonly before: Levels;
  readonly after: Levels;
  readonly now: Levels;
}

function violationsAt(
  moment: Moment,
  plan: Plan,
  { before, after, now }: Three,
  namesOfBoth: (who: string) => readonly string[],
): string[] {
  const where = `${[...moment.done].join()}${moment.within ? ` within ${moment.within}` : ""}`;
  return [...new Set([...before.keys(), ...after.keys(), ...now.keys()])].flatMap((right) => {
    const [b, a, n] = [before, after, now].map((levels) => levels.get(right) ?? 0) as [number, number, number];
    if (n > Math.max(a, b)) return [`too much after ${where}: ${right} (${b} to ${a}, now ${n})`];
    return n < Math.min(a, b) && !isSaid(moment, plan, right, namesOfBoth)
      ? [`missing after ${where}: ${right} (${b} to ${a}, now ${n})`]
      : [];
  });
}

/** Of somebody, or of those that it becomes: what these are without, nobody has through them. */
function isSaid(moment: Moment, { gaps }: Plan, right: string, namesOfBoth: (who: string) => readonly string[]): boolean {
  const [type = "", name = "", ...rest] = right.split(" ");
  const names = namesOfBoth(`${type} ${name}`);
  return gaps.some((gap) => isAt(gap, moment) && names.includes(nameOf(gap)) && isOn(gap, rest.join(" ")));
}

const isAt = ({ from, to }: Gap, { done, within }: Moment): boolean => (from === "" || done.has(from) || within === from) && !done.has(to);

function nameOf({ who }: Gap): string {
  if (who.type === "role") return `role ${who.cluster}/${who.name}`;
  return who.type === "iam" ? `iam ${who.account}/${who.name}` : "?";
}

/** Of things that somebody reaches alike the first few are named: the schema tells the rest. */
const isOn = ({ verbs, examples }: Gap, right: string): boolean => examples.some((thing) => isOnThing(verbs, thing, right));

function isOnThing(verbs: Gap["verbs"], thing: Gap["examples"][number], right: string): boolean {
  if (thing.type !== "object") return thing.type === "door";
  const [verb = "", place = "", type = "", schema = ""] = right.split(" ");
  const { site, of } = thing;
  const database = site === "cluster" ? of.name : site.database;
  // What is held on a table counts for its columns.
  const isOf = type === of.type || (type === "column" && of.type === "table");
  return verbs.includes(verb) && place.split("/")[1] === database && isOf && (of.schema ?? "") === schema;
}
