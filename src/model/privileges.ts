/** PostgreSQL privileges as bit sets. Letters and words: PostgreSQL manual, "Privileges" (ddl-priv). */
export const PRIVILEGES = [
  { word: "select", letter: "r" },
  { word: "insert", letter: "a" },
  { word: "update", letter: "w" },
  { word: "delete", letter: "d" },
  { word: "truncate", letter: "D" },
  { word: "references", letter: "x" },
  { word: "trigger", letter: "t" },
  { word: "maintain", letter: "m" },
  { word: "usage", letter: "U" },
  { word: "create", letter: "C" },
  { word: "connect", letter: "c" },
  { word: "temporary", letter: "T" },
  { word: "execute", letter: "X" },
  { word: "set", letter: "s" },
  { word: "alter system", letter: "A" },
] as const;

export type PrivilegeWord = (typeof PRIVILEGES)[number]["word"];

/** A set of privileges: bit `i` stands for `PRIVILEGES[i]`. */
export type PrivilegeSet = number;

export const NO_PRIVILEGES: PrivilegeSet = 0;

const BIT_OF_WORD = new Map<string, PrivilegeSet>(PRIVILEGES.map((p, i) => [p.word, 1 << i]));
const BIT_OF_LETTER = new Map<string, PrivilegeSet>(PRIVILEGES.map((p, i) => [p.letter, 1 << i]));

/** The bit of a privilege's lower-case SQL word; undefined when there is no such privilege. */
export const bitOfWord = (word: string): PrivilegeSet | undefined => BIT_OF_WORD.get(word);

/** The bit of an aclitem letter; undefined when there is no such letter. */
export const bitOfLetter = (letter: string): PrivilegeSet | undefined => BIT_OF_LETTER.get(letter);

export const privilegeSet = (words: readonly PrivilegeWord[]): PrivilegeSet =>
  words.reduce((set, word) => set | (BIT_OF_WORD.get(word) ?? 0), 0);

/** The words of a set, in the order of the table. */
export const wordsOf = (set: PrivilegeSet): PrivilegeWord[] => PRIVILEGES.filter((_, i) => set & (1 << i)).map((p) => p.word);
