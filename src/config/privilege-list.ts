import { GRANT_TARGETS } from "../kinds/grant-targets.js";
import { bitOfWord, NO_PRIVILEGES, type PrivilegeSet, wordsOf } from "../model/privileges.js";
import type { PgObjectType } from "../model/resource.js";
import { type Fault, fault } from "./fault.js";
import { nearestHint } from "./nearest.js";
import type { GrantSection, Word } from "./source-file.js";

const OBJECT_TYPES: Readonly<Record<GrantSection, PgObjectType>> = {
  database: "database",
  schemas: "schema",
  tables: "table",
  sequences: "sequence",
  routines: "routine",
};

/** The privileges of a list whose words have been checked. */
export function privilegesOfList(words: readonly Word[]): PrivilegeSet | "all" {
  if (words.some((word) => word.text === ALL)) return ALL;
  return words.reduce((set, word) => set | (bitOfWord(word.text) ?? NO_PRIVILEGES), NO_PRIVILEGES);
}

const ALL = "all";

/** What is wrong with one word of a list. */
export function privilegeFault(word: string, section: GrantSection, alone: boolean): Fault | null {
  if (word === ALL)
    return alone
      ? null
      : fault("all-alone", '"all" stands beside other privileges, which it holds already.', "Write [all], or name each privilege.");
  const target = GRANT_TARGETS[OBJECT_TYPES[section]];
  const known = [...wordsOf(target.privileges), ALL];
  if (known.includes(word)) return null;
  const lower = word.toLowerCase();
  if (lower !== word && known.includes(lower))
    return fault("unknown-privilege", `Privilege "${word}" is written in upper case.`, `Write it in lower case: ${lower}.`);
  return fault("unknown-privilege", `${plural(target.plural)} have no privilege "${word}".`, nearestHint(word, known, "Possible", ""));
}

const plural = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
