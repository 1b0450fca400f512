import { hasHidden, visible, withoutHidden } from "./visible.js";

/** What of our statements can hold an odd character: a name in quotes, and a string with E in front of it or without. */
const QUOTED = /"(?:[^"]|"")*"|E?'(?:[^']|'')*'/g;

/** A statement as it may be shown, and still runs: what cannot be seen is written by its number (PostgreSQL manual, "Lexical Structure"). */
export const shownSql = (sql: string): string =>
  hasHidden(sql) ? visible(sql.replace(QUOTED, (token) => (hasHidden(token) ? written(token) : token))) : sql;

const written = (token: string): string => (token.startsWith('"') ? unicodeName(token) : escapedString(token));

/** In U&"…" a backslash is doubled. */
const unicodeName = (token: string): string =>
  `U&${withoutHidden(token.replaceAll("\\", "\\\\"), (code) => (code > 0xffff ? `\\+${hex(code, 6)}` : `\\${hex(code, 4)}`))}`;

/** Not U&'…', which standard_conforming_strings = off refuses. */
function escapedString(token: string): string {
  const plain = token.startsWith("E") ? token.slice(1) : token.replaceAll("\\", "\\\\");
  return `E${withoutHidden(plain, (code) => (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`))}`;
}

const hex = (code: number, digits: number): string => code.toString(16).toUpperCase().padStart(digits, "0");
