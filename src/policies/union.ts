import { documentSize, parseDocument, VERSION, writeDocument } from "./document.js";
import { isObject } from "./json.js";

/**
 * What either document allows, as one; null: that cannot be said in `max` characters, or one of them denies something.
 */
export function unionOf(a: string, b: string, max: number): string | null {
  const documents = [a, b].map(parseDocument);
  const statements = documents.flatMap((document) => document?.statements ?? []);
  const isPlain = documents.every((document) => document !== null && (document.version ?? VERSION) === VERSION);
  if (!isPlain || statements.some(({ effect }) => effect !== "Allow")) return null;
  // A Sid may stand once in a document, and says nothing.
  const bodies = statements.map(({ json }) => {
    if (!isObject(json)) return json;
    const { Sid: _, ...rest } = json;
    return rest;
  });
  const union = writeDocument(VERSION, bodies);
  return documentSize(union) <= max ? union : null;
}
