import { type Change, effectsOf } from "../model/change.js";
import type { Plan } from "../model/plan.js";
import { isError } from "../model/problem.js";
import type { Snapshot } from "../model/snapshot.js";
import { localName, type ObjectRef, type Thing } from "../model/thing.js";

/** Whether all that is left to do is to give what wildcards of the file give, on objects that were not there before. */
export function isOnlyNewObjects({ changes, problems }: Plan, before: Snapshot): boolean {
  if (changes.length === 0 || problems.some(isError)) return false;
  const known = namesIn(before);
  return changes.every((change) => isGivenByWildcards(change) && change.subject.type === "privileges" && isNew(change.subject.on, known));
}

/** Nothing is lost, and none is in other terms than before. */
const isGivenByWildcards = (change: Change): boolean =>
  effectsOf(change).every(({ effect, other, sources }) => effect === "gains" && other === null && sources.some((s) => s.pattern !== null));

type Names = (cluster: string, database: string) => ReadonlySet<string>;

/** By schema and name alone: a view in the place of a table is nothing new. Read once per database that is asked for. */
function namesIn({ clusters }: Snapshot): Names {
  const known = new Map<string, ReadonlySet<string>>();
  return (cluster, database) => {
    const key = JSON.stringify([cluster, database]);
    const groups = clusters.get(cluster)?.inspected.get(database)?.groups ?? [];
    const names = known.get(key) ?? new Set(groups.flatMap(({ schema, objects }) => objects.map((one) => nameIn({ schema, ...one }))));
    known.set(key, names);
    return names;
  };
}

const nameIn = ({ schema, ...of }: Pick<ObjectRef, "schema" | "name" | "args">): string => JSON.stringify([schema, localName(of)]);

/** A column comes with its table, and no wildcard gives it. */
function isNew(on: Thing, known: Names): boolean {
  if (on.type !== "object" || on.site === "cluster" || on.of.schema === undefined || on.of.column !== undefined) return false;
  return !known(on.server.cluster, on.site.database).has(nameIn(on.of));
}
