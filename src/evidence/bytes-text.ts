/**
 * A byte is a character here: quick, the same length, and no cut can fall into the middle of one. What is told of a log is
 * decoded piece by piece.
 */
export const bytesText = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");

/** As UTF-8. A copy: a slice would keep the whole piece of the log in memory. */
export const decoded = (text: string): string => Buffer.from(text, "latin1").toString("utf8");

/** Of ASCII text. V8 copies what is shorter by itself. */
export const detached = (text: string): string => (text.length < 13 ? text : decoded(text));

/** Names come again and again. */
const MOST_NAMES = 10_000;

export function nameDecoder(): (text: string) => string {
  let names = new Map<string, string>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined) return known;
    if (names.size >= MOST_NAMES) names = new Map();
    const name = decoded(text);
    names.set(Buffer.from(text, "latin1").toString("latin1"), name);
    return name;
  };
}
