/** What is written: each has marks of its own. */
export type Written = "plan" | "apply" | "drift" | "validate" | "review";

export interface Subject {
  readonly file: string;
  readonly environment: string;
}

/** A hidden line. What it is about is hashed: no name of a file or an environment can end it. */
export type Marks = (part: number) => string;

export const marksOf =
  (written: Written, { file, environment }: Subject, hash: (text: string) => string): Marks =>
  (part) =>
    `<!-- pgaccord ${written} ${hash(JSON.stringify([file, environment])).slice(0, 24)} part ${part} -->`;

/** `access.yaml`, and the environment where there is one. Two subjects never have one text: what is not plain is quoted. */
export const subjectText = ({ file, environment }: Subject): string =>
  environment === "" ? quoted(file) : `${quoted(file)}, ${quoted(environment)}`;

/** Plain: no comma, quote or parenthesis, nothing invisible, no space at an end, which GitHub may cut. */
const PLAIN = /^[\p{L}\p{N}_./@+=-]+( [\p{L}\p{N}_./@+=-]+)*$/u;

const quoted = (text: string): string => (PLAIN.test(text) ? text : visible(JSON.stringify(text)));

/** JSON leaves marks that change the direction of text; a backslash of the text's own is doubled. */
const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Z}]/gu, (c) => (c === " " ? c : `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`));
