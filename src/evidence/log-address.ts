import { isDigit } from "./log-time.js";

/** Where `10.0.0.7(56368)` ends that begins here, `::1(5432)` or `[local]`; of a process without a client it is empty. */
export function addressEnd(line: string, from: number): number {
  if (line.charCodeAt(from) === OPEN_BRACKET) return bracketEnd(line, from);
  const host = afterHost(line, from, true);
  if (line.charCodeAt(host) !== OPEN) return from;
  let to = host + 1;
  while (isDigit(line.charCodeAt(to))) to++;
  return line.charCodeAt(to) === CLOSE ? to + 1 : -1;
}

/** Where a host without a port may end, the likeliest first: a colon may belong to an IPv6 address, or to the prefix. */
export function hostEnds(line: string, from: number): readonly number[] {
  if (line.charCodeAt(from) === OPEN_BRACKET) return [bracketEnd(line, from)];
  const plain = afterHost(line, from, false);
  if (line.charCodeAt(plain) !== COLON) return [plain];
  const whole = IPV6.exec(line.slice(from, from + MOST))?.[0] ?? "";
  const ends: number[] = [];
  for (let at = whole.length; at > 0; at--) if (at === whole.length || whole[at] === ":") ends.push(from + at);
  return [...ends, plain];
}

function bracketEnd(line: string, from: number): number {
  const found = BRACKETS.find((word) => line.startsWith(word, from));
  return found === undefined ? -1 : from + found.length;
}

const BRACKETS = ["[local]", "[unknown]", "[none]"];
const OPEN_BRACKET = 91;
const COLON = 58;
const OPEN = 40;
const CLOSE = 41;

const MOST = 60;
const IPV6 = /^(?=[^:]*:[^:]*:)[\da-fA-F:.]+(?:%[\w.-]+)?/;

function afterHost(line: string, from: number, colons: boolean): number {
  let to = from;
  for (;;) {
    const code = line.charCodeAt(to);
    const isName = isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
    if (!isName && code !== 46 && code !== 45 && code !== 95 && code !== 37 && !(colons && code === COLON)) return to;
    to++;
  }
}
