import type { Place } from "../model/place.js";

export type PlaceOf = (offset: number) => Place;

/** Turns offsets into lines and columns, both from 1. LF, CRLF and CR end a line, as in YAML. */
export function placesOf(text: string, file: string): PlaceOf {
  const starts = [0, ...[...text.matchAll(/\r\n|\r|\n/g)].map((match) => match.index + match[0].length)];
  return (offset) => {
    const index = lastAtMost(starts, Math.max(0, offset));
    return { file, line: index + 1, column: Math.max(0, offset) - (starts[index] ?? 0) + 1 };
  };
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
