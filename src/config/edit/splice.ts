/** Takes the text from `from` to before `to` out and puts `text` there. */
export interface Splice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** The text with all splices made; null: two of them want the same place. What no splice names stays byte for byte. */
export function spliced(text: string, splices: readonly Splice[]): string | null {
  const sorted = atTheEnd(text, joined(sortedSplices(splices)));
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, text: put } of sorted) {
    if (from < at || to < from) return null;
    parts.push(text.slice(at, from), put);
    at = to;
  }
  return [...parts, text.slice(at)].join("");
}

/** Two insertions at one place keep their order. */
export const sortedSplices = (splices: readonly Splice[]): Splice[] => [...splices].sort((a, b) => a.from - b.from || a.to - b.to);

/** Neighbours that only take out become one. */
function joined(sorted: readonly Splice[]): Splice[] {
  const result: Splice[] = [];
  for (const splice of sorted) {
    const last = result.at(-1);
    if (last && last.text === "" && splice.text === "" && last.to === splice.from) result[result.length - 1] = { ...last, to: splice.to };
    else result.push(splice);
  }
  return result;
}

/** A file that does not end with a line break does not get one because its last lines go. */
function atTheEnd(text: string, sorted: readonly Splice[]): readonly Splice[] {
  if (/[\r\n]$/.test(text)) return sorted;
  return sorted.map((splice) => {
    if (splice.text !== "" || splice.to !== text.length || splice.from === splice.to) return splice;
    const lineBreak = /(\r\n|\r|\n)$/.exec(text.slice(0, splice.from))?.[0] ?? "";
    return { ...splice, from: splice.from - lineBreak.length };
  });
}
