import type { YAMLException } from "js-yaml";
import { errorProblem, type Problem } from "../model/problem.js";
import type { PlaceOf } from "./text-place.js";

/** What the YAML parser says, with its place and, for the usual traps, how to write it instead. */
export function syntaxProblem(error: YAMLException, text: string, placeOf: PlaceOf): Problem {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const hint = hintFor(lineAround(text, offset), error.reason);
  return errorProblem("yaml-syntax", `This is not YAML: ${error.reason}.`, { place: placeOf(offset), ...(hint ? { hint } : {}) });
}

/** How to write a name that YAML takes for something else. */
export const quoteHint = (text: string): string => `To write a name that begins with ${text[0]}, put it in quotes: "${text}".`;

const HINTS: readonly { readonly when: RegExp; readonly hint: (match: string) => string }[] = [
  { when: /(?<=^|[\s[{,])[*@`%][^\s:,\]}]*/, hint: quoteHint },
  {
    when: /(?<=^|[\s[{,])"(?:[^"\\]|\\.)*"\.[^\s:,\]}]*/,
    hint: (name) => `Put single quotes around a name that holds double quotes: '${name}'.`,
  },
];

function hintFor(line: string, reason: string): string | undefined {
  if (reason.startsWith("tab characters")) return "Indent with spaces.";
  for (const { when, hint } of HINTS) {
    const match = when.exec(line);
    if (match) return hint(match[0]);
  }
  if (reason.startsWith("bad indentation")) return "Entries of one mapping begin in the same column; a value that holds ': ' needs quotes.";
  if (reason.startsWith("missed comma")) return "A comma or a closing bracket is missing.";
  return undefined;
}

function lineAround(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
  return text.slice(start).split(/\r|\n/, 1)[0] ?? "";
}
