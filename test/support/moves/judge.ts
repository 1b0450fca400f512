import type { Plan } from "../../../src/index.js";
import { type Levels, rightOf } from "./sampler.js";

/** What was reached after some units. */
export interface Point {
  /** Ids of the units that were committed. */
  readonly done: ReadonlySet<string>;
  readonly levels: Levels;
}

/** One apply on one cluster, as the sampler saw it. */
export interface Watched {
  readonly cluster: string;
  readonly plan: Pick<Plan, "gaps" | "units">;
  readonly points: readonly Point[];
  readonly before: Levels;
  readonly after: Levels;
  /** All units were carried out. */
  readonly whole: boolean;
}

/** Every level lies between those of the two ends, but where the plan said so; and what it said is so. */
export function violationsOf(watched: Watched): string[] {
  const { before, after, points, whole, plan } = watched;
  const gaps = announcedOf(watched);
  const rights = [...new Set([before, after, ...points.map((p) => p.levels)].flatMap((levels) => [...levels.keys()]))];
  const seen = new Set<Announced>();
  const judge = (point: Point, right: string): string[] => {
    const [from, to, now] = [before, after, point.levels].map((levels) => levels.get(right) ?? 0) as [number, number, number];
    const where = `after ${[...point.done].join() || "nothing"}: ${right} (${from} to ${to}, now ${now})`;
    if (now > Math.max(from, to)) return [`too much ${where}`];
    if (now >= Math.min(from, to)) return [];
    const said = gaps.filter((gap) => gap.right === right && isAt(gap, point));
    for (const gap of said) seen.add(gap);
    return said.length > 0 ? [] : [`missing ${where}`];
  };
  const found = points.flatMap((point) => rights.flatMap((right) => judge(point, right)));
  const unseen = whole ? gaps.filter((gap) => !seen.has(gap) && isInOrder(gap, plan)) : [];
  return [...found, ...unseen.map(({ right, from, to }) => `announced but not so between ${from} and ${to}: ${right}`)];
}

interface Announced {
  readonly right: string;
  readonly from: string;
  readonly to: string;
}

const isAt = ({ from, to }: Announced, { done }: Point): boolean => (from === "" || done.has(from)) && !done.has(to);

/** Else it is what a failure leaves. */
function isInOrder({ from, to }: Announced, { units }: Watched["plan"]): boolean {
  const place = (id: string): number => units.findIndex((unit) => unit.id === id);
  return place(from) < place(to);
}

/** The gaps that concern what the sampler tries, right by right: each is to be seen. */
const announcedOf = ({ cluster, plan }: Watched): Announced[] =>
  plan.gaps.flatMap(({ who, verbs, examples, count, from, to }) => {
    if (who.type !== "role" || who.cluster !== cluster) return [];
    if (count > examples.length) throw new Error(`a gap over ${count} things of which ${examples.length} are named`);
    return examples.flatMap((thing) => {
      if (thing.type !== "object") return [];
      const { site, of } = thing;
      const database = site === "cluster" ? of.name : site.database;
      const name = of.type === "database" ? "*" : of.type === "schema" ? of.name : `${of.schema}.${of.name}`;
      return verbs.map((verb) => ({ right: rightOf(who.name, verb, database, name), from, to }));
    });
  });
