import type { YAMLException } from "js-yaml";
import { errorProblem, type Problem } from "../model/problem.js";
import type { PlaceOf } from "./text-place.js";

/** What the YAML parser says, in plain words, with its place and how to write it instead. */
export function syntaxProblem(error: YAMLException, text: string, placeOf: PlaceOf): Problem {
  const offset = Math.min(error.mark?.position ?? 0, text.length);
  const [line, both] = [linesAround(text, offset, 1), linesAround(text, offset, 2)];
  const seen = (row: Row): string => (row.above ? both : line);
  const row = ROWS.find((r) => (r.reason?.test(error.reason) ?? true) && (r.line?.test(seen(r)) ?? true) && (r.when?.(line) ?? true));
  const hint =
    row?.hint(row.line?.exec(seen(row))?.[0] ?? "") ?? "Compare the line, and the one above it, with the examples in docs/file.md.";
  return errorProblem("yaml-syntax", `This is not YAML: ${row?.says ?? error.reason}.`, { place: placeOf(offset), hint });
}

/** How to write a name that YAML takes for something else. */
export const quoteHint = (text: string): string => `To write a name that begins with ${text[0]}, put it in quotes: "${text}".`;

interface Row {
  /** Of the parser's message; left out: any. */
  readonly reason?: RegExp;
  /** Of the line; left out: any. */
  readonly line?: RegExp;
  /** The line above counts, too. */
  readonly above?: true;
  readonly when?: (line: string) => boolean;
  /** In place of the parser's words. */
  readonly says?: string;
  readonly hint: (match: string) => string;
}

const count = (text: string, of: RegExp): number => text.match(of)?.length ?? 0;

const always = (text: string) => (): string => text;

/** The usual traps, first match first. */
const ROWS: readonly Row[] = [
  { reason: /^tab characters/, hint: always("Indent with spaces.") },
  { reason: /deficient indentation/, line: /\t/, says: "a tab stands where spaces belong", hint: always("Replace tabs by spaces.") },
  {
    line: /\{\{|\{%/,
    hint: always("This looks like a template: write the values out, or fill the template in before pgaccord reads the file."),
  },
  { line: /(?<=^|[\s[{,])[*@`%][^\s:,\]}]*/, hint: quoteHint },
  {
    line: /(?<=^|[\s[{,])"(?:[^"\\]|\\.)*"\.[^\s:,\]}]*/,
    hint: (name) => `Put single quotes around a name that holds double quotes: '${name}'.`,
  },
  {
    reason: /indentation|multiline key/,
    line: /^[ \t]*[\w-]+:(?=[[{"'\w])/m,
    says: "a space is missing behind a colon, here or in the line above",
    hint: (key) => `Write a space behind it: "${key.trim()} …".`,
    above: true,
  },
  {
    reason: /multiline key|implicit key/,
    says: "a colon is missing, here or in the line above",
    hint: always('Write every key with a colon and a space behind it: "name: value".'),
  },
  {
    reason: /within a (double|single) quoted scalar/,
    says: "a quotation mark is never closed",
    hint: always("Close it on the line where it opens."),
  },
  {
    reason: /deficient indentation|within a flow collection/,
    says: "a bracket, a brace or a quotation mark above is not closed, or this line is not indented far enough",
    hint: always("Count the brackets in the line above, and close what is open."),
  },
  {
    reason: /^bad indentation/,
    when: (line) => count(line, /[}\]]/g) > count(line, /[{[]/g),
    says: "a closing bracket stands where none is open",
    hint: always("Remove it, or open one before it."),
  },
  {
    reason: /^bad indentation/,
    hint: always("Entries of one mapping begin in the same column; a value that holds ': ' needs quotes."),
  },
  { reason: /^missed comma/, hint: always("A comma or a closing bracket is missing.") },
  { reason: /found ','/, says: "a comma stands where a value belongs", hint: always("Remove one of the commas.") },
  { reason: /maxDepth/, says: "it is nested deeper than 50 levels", hint: always("No access file is so deep: close the brackets.") },
  {
    reason: /non-printable/,
    says: "it holds a character that cannot be printed",
    hint: always("Remove it; an editor may hide it."),
  },
  {
    reason: /escape sequence|hexadecimal/,
    says: "a backslash in double quotes stands before a letter that it does not fit",
    hint: always("Use single quotes, or write two backslashes."),
  },
  {
    reason: /document separator|directive/,
    says: "the file ends in the middle, or something stands in front of its first key",
    hint: always("Begin with version: 1 in the first column, and keep every key of the top level there."),
  },
];

/** The line of the offset, and as many above it as are asked for. */
function linesAround(text: string, offset: number, count: number): string {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  const rest = text.slice(offset).split(/\r|\n/, 1)[0] ?? "";
  return `${before.slice(-count).join("\n")}${rest}`;
}

/** Git leaves these lines where two sides changed the same: they would be strange errors of YAML. */
export function conflictProblem(text: string, placeOf: PlaceOf): Problem | null {
  const marker = /^(?:<{7}|>{7}|\|{7})(?= |\r?$)/m.exec(text);
  if (!marker) return null;
  return errorProblem("merge-conflict", `A merge conflict is not resolved: this line begins with ${marker[0]}.`, {
    place: placeOf(marker.index),
    hint: "Keep what is meant of both sides, and remove the lines that begin with <<<<<<<, =======, ||||||| and >>>>>>>.",
  });
}
