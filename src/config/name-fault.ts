import { type Fault, fault } from "./fault.js";

/** NAMEDATALEN - 1: a longer name is cut off with no more than a NOTICE (PostgreSQL manual, "Lexical Structure"). */
const MAX_BYTES = 63;

/** What PostgreSQL would do to any name: cut it off, or refuse it. */
export function nameFault(name: string): Fault | null {
  const bytes = new TextEncoder().encode(name).length;
  if (bytes > MAX_BYTES)
    return fault("name-too-long", `"${name}" has ${bytes} bytes; PostgreSQL keeps ${MAX_BYTES}.`, "Choose a shorter name.");
  if (/\p{Cc}/u.test(name))
    return fault("odd-name", `${JSON.stringify(name)} holds a control character.`, "Remove it; an editor may hide it.");
  return null;
}

/** For names that are made here: two spellings of one letter would be two roles that look alike. */
export function newNameFault(name: string): Fault | null {
  if (name.normalize("NFC") !== name)
    return fault(
      "odd-name",
      `"${name}" is not in Unicode's composed form (NFC), so it would look like another name and not be it.`,
      `Write it as "${name.normalize("NFC")}" (typed anew).`,
    );
  return nameFault(name);
}

/** Database names are literal. */
export const globFault = (name: string): Fault | null =>
  /[*?]/.test(name)
    ? fault("globs-not-supported", `"${name}" holds a glob; databases are named one by one so far.`, "Write one entry for each database.")
    : null;
