/** One token of a statement; `start` and `end` are places in the text. */
interface Token {
  readonly type: "name" | "text" | "word" | "mark";
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** A statement that the player does not know: the plan holds something new, or something wrong. */
export class UnknownStatement extends Error {
  override readonly name = "UnknownStatement";
}

/** Reads a statement from left to right. */
export interface Cursor {
  /** The next token is one of these words; it is not taken. */
  readonly sees: (...words: readonly string[]) => boolean;
  readonly seesName: () => boolean;
  readonly atEnd: () => boolean;
  /** Takes these words in this order, or nothing. */
  readonly takes: (...words: readonly string[]) => boolean;
  /** Takes them, or throws. */
  readonly expect: (...words: readonly string[]) => void;
  readonly word: () => string;
  readonly name: () => string;
  readonly text: () => string;
  /** What stands between a pair of brackets, as it is written. */
  readonly bracketed: () => string;
  readonly fail: () => never;
}

export function cursorOf(sql: string): Cursor {
  const tokens = tokenize(sql);
  const at = { index: 0 };
  const fail = (): never => {
    throw new UnknownStatement(`unknown at token ${at.index}: ${sql}`);
  };
  const ahead = (words: readonly string[]): boolean => words.every((word, i) => isWord(tokens[at.index + i], word));
  const next = (type: Token["type"]): string => {
    const token = tokens[at.index];
    if (token?.type !== type) return fail();
    at.index++;
    return token.value;
  };
  const takes = (...words: readonly string[]): boolean => {
    const there = ahead(words);
    if (there) at.index += words.length;
    return there;
  };
  const expect = (...words: readonly string[]): void => {
    if (!takes(...words)) fail();
  };
  return {
    sees: (...words) => words.some((word) => ahead([word])),
    seesName: () => tokens[at.index]?.type === "name",
    atEnd: () => at.index === tokens.length,
    takes,
    expect,
    word: () => next("word"),
    name: () => next("name"),
    text: () => next("text"),
    bracketed: () => {
      const open = tokens[at.index];
      expect("(");
      while (at.index < tokens.length && !takes(")")) at.index++;
      return sql.slice(open?.end, tokens[at.index - 1]?.start);
    },
    fail,
  };
}

const isWord = (token: Token | undefined, word: string): boolean =>
  token !== undefined && (token.type === "word" || token.type === "mark") && token.value === word;

const TOKEN = /\s*(?:"((?:[^"]|"")*)"|( ?E)?'((?:[^']|'')*)'|([A-Za-z_]+)|([(),.]))/y;

function tokenize(sql: string): Token[] {
  const tokens: Token[] = [];
  const text = sql.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new UnknownStatement(`no token at ${start}: ${sql}`);
    tokens.push({ ...tokenOf(match), start: start + (/^\s*/.exec(match[0])?.[0].length ?? 0), end: TOKEN.lastIndex });
  }
  return tokens;
}

function tokenOf([, name, escaped, text, word, mark]: RegExpExecArray): Pick<Token, "type" | "value"> {
  if (name !== undefined) return { type: "name", value: name.replaceAll('""', '"') };
  if (text !== undefined) return { type: "text", value: unescaped(text.replaceAll("''", "'"), escaped !== undefined) };
  if (word !== undefined) return { type: "word", value: word.toUpperCase() };
  return { type: "mark", value: mark ?? "" };
}

const unescaped = (text: string, escaped: boolean): string => (escaped ? text.replaceAll("\\\\", "\\") : text);
