/** What stands where the text is not of a form that splices know: explicit keys, for one. The edit is refused. */
export class NotEditable extends Error {
  override readonly name = "NotEditable";
  readonly at: number;
  constructor(at: number) {
    super("YAML of a form that is not edited");
    this.at = at;
  }
}

export const lineStart = (text: string, at: number): number => Math.max(text.lastIndexOf("\n", at - 1), text.lastIndexOf("\r", at - 1)) + 1;

/** Before the line break. */
export function lineEnd(text: string, at: number): number {
  let end = at;
  while (end < text.length && text[end] !== "\n" && text[end] !== "\r") end++;
  return end;
}

/** Behind the line break. */
export function nextLine(text: string, at: number): number {
  const end = lineEnd(text, at);
  return text.startsWith("\r\n", end) ? end + 2 : Math.min(end + 1, text.length);
}

/** As the line of this place ends, or the file's first line. */
export function lineBreak(text: string, at: number): string {
  const end = lineEnd(text, at);
  return text.slice(end, nextLine(text, end)) || (/\r\n|\r|\n/.exec(text)?.[0] ?? "\n");
}

/** The first place from `at` that is neither space nor comment; the text's end if there is none. */
export function afterGap(text: string, at: number): number {
  let next = at;
  while (next < text.length) {
    if (" \t\r\n".includes(text[next] ?? "")) next++;
    else if (text[next] === "#") next = lineEnd(text, next);
    else return next;
  }
  return next;
}

/** Whether the text between two nodes has a comment: there stand only spaces, commas and comments. */
export const hasComment = (text: string, from: number, to: number): boolean => text.slice(from, to).includes("#");

export const hasBreak = (text: string, from: number, to: number): boolean => /[\r\n]/.test(text.slice(from, to));

/** The comma behind a node of a flow collection; null: there is none. */
export function commaAfter(text: string, at: number): number | null {
  const next = afterGap(text, at);
  return text[next] === "," ? next : null;
}

/** What stands in front of it on its line, if that is space alone; null: something else does. */
export function indentOf(text: string, at: number): string | null {
  const before = text.slice(lineStart(text, at), at);
  return /^[ \t]*$/.test(before) ? before : null;
}

/** Nothing but a comment follows on the line. */
export const endsLine = (text: string, at: number): boolean => /^[ \t]*(#|$)/.test(text.slice(at, lineEnd(text, at)));

/** Where the comment lines directly above begin, those of the same indentation; a comment that opens the file is the file's. */
export function withComments(text: string, at: number): number {
  const own = lineStart(text, at);
  const indent = text.slice(own, at);
  let from = own;
  while (from > 0) {
    const above = lineStart(text, from - (text.slice(from - 2, from) === "\r\n" ? 2 : 1));
    if (!text.startsWith(`${indent}#`, above)) return from;
    from = above;
  }
  return own;
}
