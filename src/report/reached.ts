import type { Reached } from "../model/net.js";
import type { Thing } from "../model/thing.js";
import { foldOf } from "./fold.js";
import { countedNoun, nounOfThing } from "./nouns.js";
import type { Words } from "./sentence.js";
import { counted, digits } from "./visible.js";

/** So many things are named where they stand in no schema, or are lost. */
const FEW = 3;

/** `table crm.notes`, `12 tables of crm`, `30 tables of 4 schemas`: things of one type, by place. */
export function reachedText(list: readonly Reached[], words: Words, lost: boolean): string {
  const count = list.reduce((n, one) => n + one.count, 0);
  const examples = list.flatMap((one) => one.examples);
  const [first] = examples;
  if (!first) return "nothing";
  if (count === 1) return words.thing(first);
  const fold = foldOf(first);
  const names = new Set(examples.map(words.thing));
  if ((lost || !fold) && names.size === count && count <= FEW) return [...names].join(", ");
  if (!fold) return countedNoun(count, nounOfThing(first));
  const schemas = new Set(examples.map((on) => foldOf(on)?.schema ?? ""));
  const where = schemas.size === 1 ? words.schema(first) : counted(schemas.size, "schema");
  return `${fold.counted ? `${digits(count)} ` : ""}${fold.noun} of ${where}`;
}

/** What can be counted with its like. */
export const kindText = (on: Thing): string => foldOf(on)?.noun ?? nounOfThing(on);
