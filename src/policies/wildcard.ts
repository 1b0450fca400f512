/**
 * The algebra of IAM's patterns: `*` is any text, `?` one letter. In version 2012-10-17 a `${variable}` is a text that is known
 * only at the request, and `${*}`, `${?}`, `${$}` are the letters themselves.
 */

/** How a pattern is read: with policy variables or not, and whether it is an ARN. */
export interface Reading {
  readonly variables: boolean;
  readonly arn: boolean;
}

/** A letter, `?`, `*`, a whole `${variable}` or an escaped letter such as `${*}`. */
type Token = string;

const ANY = "*";
const ONE = "?";
/** The same inside a segment of an ARN: no colon. */
const ANY_INSIDE = "*:";
const ONE_INSIDE = "?:";
const TEXT: Reading = { variables: false, arn: false };

/** Whether the text is one of the pattern's, case counting. */
export const matches = (pattern: string, text: string): boolean => matcher(pattern, false)(text);

/**
 * A test of the pattern that is made once. Each piece between two stars is taken where it comes first: no place is tried twice,
 * so the time is pattern times text at most. A variable must have been filled in.
 */
export function matcher(pattern: string, variables: boolean): (text: string) => boolean {
  const [head = pieceOf([]), ...more] = piecesOf(tokensOf(pattern, { variables, arn: false }));
  const tail = more.pop();
  if (tail === undefined) return (text) => text.length === head.length && head.isAt(text, 0);
  const least = head.length + tail.length;
  return (text) => {
    const end = text.length - tail.length;
    return text.length >= least && head.isAt(text, 0) && tail.isAt(text, end) && inTurn(more, text, head.length, end);
  };
}

/** Letters and `?` between stars. */
interface Piece {
  readonly length: number;
  readonly isAt: (text: string, place: number) => boolean;
  /** -1: nowhere. */
  readonly find: (text: string, from: number) => number;
}

function inTurn(pieces: readonly Piece[], text: string, from: number, end: number): boolean {
  let place = from;
  for (const piece of pieces) {
    const found = piece.find(text, place);
    if (found < 0) return false;
    place = found + piece.length;
  }
  return place <= end;
}

function piecesOf(tokens: readonly Token[]): readonly Piece[] {
  const star = tokens.indexOf(ANY);
  if (star < 0) return [pieceOf(tokens)];
  return [pieceOf(tokens.slice(0, star)), ...piecesOf(tokens.slice(star + 1))];
}

function pieceOf(tokens: readonly Token[]): Piece {
  const letters = tokens.map(letterOf);
  const whole = letters.join("");
  if (!tokens.includes(ONE)) {
    return { length: whole.length, isAt: (text, place) => text.startsWith(whole, place), find: (text, from) => text.indexOf(whole, from) };
  }
  const isAt = (text: string, place: number): boolean =>
    place + tokens.length <= text.length && tokens.every((token, i) => token === ONE || letters[i] === text[place + i]);
  const find = (text: string, from: number): number => {
    for (let place = from; place + tokens.length <= text.length; place++) if (isAt(text, place)) return place;
    return -1;
  };
  return { length: tokens.length, isAt, find };
}

/**
 * Whether every text of `b` is one of `a`'s. Never yes wrongly. No wrongly only where `a` has `?` beside `*` and `b` a `*` there.
 * In an ARN, `*` crosses colons only at the end of a segment: so the IAM user guide ("Resource") says, while other sources
 * read it as any text. What holds here holds in both readings.
 */
export function covers(a: string, b: string, reading: Reading = TEXT): boolean {
  const start = commonStart(a, b);
  if (a === b || start < 0 || isLiteral(a)) return a === b;
  return accepts(tokensOf(a.slice(start), reading), tokensOf(b.slice(start), reading));
}

/** Patterns of texts that both match: exact if they are few, else some of them. Empty: no common text, or none that is sure. */
export function meet(a: string, b: string, reading: Reading = TEXT): readonly string[] {
  if (covers(a, b, reading)) return [b];
  if (covers(b, a, reading)) return [a];
  const start = commonStart(a, b);
  if (start < 0 || isLiteral(a) || isLiteral(b)) return [];
  const [left, right] = [tokensOf(a.slice(start), reading), tokensOf(b.slice(start), reading)];
  if (starsOf(left) * starsOf(right) > MOST_STARS) return [];
  const tidied = common(left, right).map((tokens) => tidy(reading.arn ? tokens : inOrder(tokens)));
  // A letter of each side may join into `${`, or a star move to the end of a segment: then the text does not say what was meant.
  const found = tidied.filter((tokens) => same(tokensOf(write(tokens), reading), tokens));
  const texts = [...new Set(found.map(write))].sort((x, y) => x.length - y.length || (x < y ? -1 : 1));
  return widest(texts, (x, y) => covers(x, y, reading)).map((text) => a.slice(0, start) + text);
}

/** The list without what another of it covers; of two that cover each other the first stays. */
export const widest = <T>(list: readonly T[], covering: (a: T, b: T) => boolean): readonly T[] =>
  list.filter((one, i) => !list.some((other, j) => j !== i && covering(other, one) && (j < i || !covering(one, other))));

/** Without wildcards and variables: it covers itself alone. */
const isLiteral = (pattern: string): boolean => !SPECIAL.test(pattern);
const SPECIAL = /[*?$]/;

/** How far both are the same letters, before a wildcard of either. -1: they differ there, and have no common text. */
function commonStart(a: string, b: string): number {
  const [left, right] = [startOf(a), startOf(b)];
  const length = Math.min(left, right);
  return a.startsWith(b.slice(0, length)) ? length : -1;
}

function startOf(pattern: string): number {
  const place = pattern.search(SPECIAL);
  return place < 0 ? pattern.length : place;
}

/** Patterns with more stars, multiplied, meet nowhere that is sure: they would take long, and nobody writes them. */
const MOST_STARS = 16;
const starsOf = (tokens: readonly Token[]): number => tokens.filter(isStar).length;

/** One that is not closed is taken to the end, and is letters. */
const VARIABLE = /\$\{[^}]*(?:\}|$)|[\s\S]/gu;
const withVariables = (pattern: string): string[] =>
  (pattern.match(VARIABLE) ?? []).flatMap((token) =>
    token.length > 1 && token.startsWith("${") && !token.endsWith("}") ? [...token] : token,
  );

function tokensOf(pattern: string, { variables, arn }: Reading): readonly Token[] {
  const tokens = variables ? withVariables(pattern) : [...pattern];
  if (!arn) return tidy(inOrder(tokens));
  const inside = tokens.map((token, i) => {
    const next = tokens[i + 1] ?? ":";
    if (token === ONE) return ONE_INSIDE;
    return token === ANY && next !== ":" ? ANY_INSIDE : token;
  });
  return tidy(inside);
}

/** One star is enough. */
const tidy = (tokens: readonly Token[]): readonly Token[] =>
  tokens.flatMap((token, i) => {
    const [last, next] = [tokens[i - 1] ?? "", tokens[i + 1] ?? ""];
    const idle = (token === ANY_INSIDE && isStar(next)) || (token === ANY && next === ANY) || (token === ANY_INSIDE && last === ANY);
    return idle ? [] : [token];
  });

/** In a run of wildcards the single letters come first: `*?` is `?*`. */
function inOrder(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = [];
  for (const token of tokens) {
    if (token === ONE && result.at(-1) === ANY) result.splice(result.findLastIndex((one) => one !== ANY) + 1, 0, token);
    else result.push(token);
  }
  return result;
}

const isStar = (token: Token | undefined): token is Token => token === ANY || token === ANY_INSIDE;
const isOne = (token: Token): boolean => token === ONE || token === ONE_INSIDE;
const isVariable = (token: Token): boolean => token.startsWith("${") && token.length > 1 && !isEscaped(token);
const isEscaped = (token: Token): boolean => /^\$\{[*?$]\}$/.test(token);
const letterOf = (token: Token): string => (isEscaped(token) ? (token[2] ?? "") : token);

/** Whether the one token stands for everything that the other does. */
function takes(token: Token, other: Token): boolean {
  if (token === ANY) return true;
  if (token === ANY_INSIDE) return other !== ANY && other !== ":" && !isVariable(other);
  if (token === ONE) return !isStar(other) && !isVariable(other);
  if (token === ONE_INSIDE) return !isStar(other) && !isVariable(other) && other !== ":" && other !== ONE;
  return letterOf(token) === letterOf(other) && isVariable(token) === isVariable(other) && !isStar(other) && !isOne(other);
}

/** All places of the pattern at once, token by token: no way is tried twice. */
function accepts(pattern: readonly Token[], input: readonly Token[]): boolean {
  let places: readonly boolean[] = reach(pattern, [], 0);
  for (const token of input) {
    const next: boolean[] = [];
    for (const [place, own] of pattern.entries())
      if (places[place] && takes(own, token)) reach(pattern, next, isStar(own) ? place : place + 1);
    if (next.length === 0) return false;
    places = next;
  }
  return places[pattern.length] === true;
}

/** Marks the place, and those behind it that a star reaches without a letter. */
function reach(pattern: readonly Token[], places: boolean[], from: number): boolean[] {
  places[from] = true;
  for (let place = from; isStar(pattern[place]); ) places[++place] = true;
  return places;
}

/** More patterns than this at one place are dropped: fewer texts, never more. */
const MOST = 16;

/** A pattern from one place on: its first token and the rest. null: the end. */
type Rest = { readonly token: Token; readonly rest: Rest } | null;
type Patterns = readonly Rest[];

/** The patterns of the texts that match both: at each pair of places, either a star ends or it takes what the other side wants. */
function common(a: readonly Token[], b: readonly Token[]): readonly (readonly Token[])[] {
  const known = new Map<number, Patterns>();
  const from = (i: number, j: number): Patterns => {
    const key = i * (b.length + 1) + j;
    const found = known.get(key) ?? [...ends(i, j), ...takings(i, j)].slice(0, MOST);
    known.set(key, found);
    return found;
  };
  const ends = (i: number, j: number): Patterns => {
    const [x, y] = [a[i], b[j]];
    if (x === undefined && y === undefined) return [null];
    const rest = [...(isStar(x) ? from(i + 1, j) : []), ...(isStar(y) ? from(i, j + 1) : [])];
    return isStar(x) && isStar(y) ? starred(x, y, rest) : rest;
  };
  const takings = (i: number, j: number): Patterns => {
    const [x, y] = [a[i], b[j]];
    const token = shared(x, y);
    return token === null ? [] : from(isStar(x) ? i : i + 1, isStar(y) ? j : j + 1).map((rest) => ({ token, rest }));
  };
  return from(0, 0).map(listed);
}

/** What the narrower of two tokens stands for, if both do. null: nothing, or both are stars. */
function shared(x: Token | undefined, y: Token | undefined): Token | null {
  if (x === undefined || y === undefined || (isStar(x) && isStar(y))) return null;
  if (takes(x, y)) return y;
  return takes(y, x) ? x : null;
}

/** Behind a text that both stars take, the one ends and the other goes on. */
const starred = (x: Token, y: Token, rest: Patterns): Patterns => rest.map((one) => ({ token: takes(x, y) ? y : x, rest: one }));

function listed(first: Rest): readonly Token[] {
  const tokens: Token[] = [];
  for (let one = first; one !== null; one = one.rest) tokens.push(one.token);
  return tokens;
}

const write = (tokens: readonly Token[]): string => tokens.map((token) => (isStar(token) ? ANY : isOne(token) ? ONE : token)).join("");
const same = (a: readonly Token[], b: readonly Token[]): boolean => a.length === b.length && a.every((token, i) => token === b[i]);
