import { NotEditable } from "./gap.js";
import { flowText, itemBehind } from "./insert.js";
import { type Child, childrenOf, type LocatedScalar } from "./located.js";
import { removeChildren } from "./remove.js";
import type { Splice } from "./splice.js";

/** Some clusters of an entry of `connect` get an entry of their own, which ends; the others stay where they are. */
export function splitEntry(text: string, list: Child, entry: Child, part: readonly Child[], until: string): Splice[] {
  const clusters = childrenOf(entry.value).find(({ key }) => key === "clusters")?.value;
  if (list.value.type === "scalar" || clusters === undefined || clusters.type === "scalar") throw new NotEditable(entry.from);
  const keys = childrenOf(entry.value).filter(({ key }) => key !== "expires");
  const words = keys.map((one) => `${one.key}: ${one.value === clusters ? `[${part.map(write(text)).join(", ")}]` : write(text)(one)}`);
  const sibling = `{ ${[...words, `expires: ${until}`].join(", ")} }`;
  return [...removeChildren(text, clusters, (child) => part.includes(child)), ...itemBehind(text, list.value, entry, sibling)];
}

const write =
  (text: string) =>
  ({ value }: Child): string =>
    flowText(text, scalarOf(value));

function scalarOf(value: Child["value"]): LocatedScalar {
  if (value.type !== "scalar") throw new NotEditable(value.from);
  return value;
}
