import { nearest, nearestHint } from "../../facts/nearest.js";
import { errorProblem, type Problem, warningProblem } from "../../model/problem.js";
import type { SourceFile, Word } from "../source-file.js";

/** One named check over the whole file. It reports every problem of its sort. */
export type Rule = (file: SourceFile) => Problem[];

export const errorAt = (word: Pick<Word, "place">, code: string, message: string, hint?: string): Problem =>
  errorProblem(code, message, { place: word.place, ...(hint === undefined ? {} : { hint }) });

export const warningAt = (word: Pick<Word, "place">, code: string, message: string, hint?: string): Problem =>
  warningProblem(code, message, { place: word.place, ...(hint === undefined ? {} : { hint }) });

/** `Cluster "dmeo" is not declared. Did you mean "demo"?` `others`: names that may be meant, too, but are not declared. */
export function unknownAt(word: Word, noun: string, known: Iterable<string>, others: readonly string[] = []): Problem {
  const title = `${noun.charAt(0).toUpperCase()}${noun.slice(1)}`;
  const code = `unknown-${noun.replaceAll(" ", "-").toLowerCase()}`;
  const other = nearest(word.text, [...known]) === undefined ? nearest(word.text, others) : undefined;
  const hint = other === undefined ? nearestHint(word.text, [...known], "Declared", `No ${noun} is declared.`) : `Did you mean "${other}"?`;
  return errorAt(word, code, `${title} "${word.text}" is not declared.`, hint);
}
