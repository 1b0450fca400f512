import { nearestHint } from "../facts/nearest.js";
import { allPrivileges, THINGS } from "../kinds/things.js";
import { bitOfWord, NO_PRIVILEGES, type PrivilegeSet, wordsOf } from "../model/privileges.js";
import type { ObjectType } from "../model/thing.js";
import { type Fault, fault } from "./fault.js";
import type { Word } from "./source-file.js";

/** The privileges of a list whose words have been checked. */
export function privilegesOfList(words: readonly Word[]): PrivilegeSet | "all" {
  if (words.some((word) => word.text === ALL)) return ALL;
  return words.reduce((set, word) => set | (bitOfWord(word.text) ?? NO_PRIVILEGES), NO_PRIVILEGES);
}

const ALL = "all";

/** What is wrong with one word of a list. */
export function privilegeFault(word: string, type: ObjectType, alone: boolean): Fault | null {
  if (word === ALL)
    return alone
      ? null
      : fault("all-alone", '"all" stands beside other privileges, which it holds already.', "Write [all], or name each privilege.");
  const target = THINGS[type];
  const known = [...wordsOf(allPrivileges(target)), ALL];
  if (known.includes(word)) return null;
  const lower = word.toLowerCase();
  if (lower !== word && known.includes(lower))
    return fault("unknown-privilege", `Privilege "${word}" is written in upper case.`, `Write it in lower case: ${lower}.`);
  return fault("unknown-privilege", `${plural(target.plural)} have no privilege "${word}".`, nearestHint(word, known, "Possible", ""));
}

const plural = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
