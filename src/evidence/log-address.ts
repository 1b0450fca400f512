import { isDigit } from "./log-time.js";

/** Where an address that begins here may end, the likeliest first: `10.0.0.7`, `2001:db8::1`, `app.internal`, `[local]`, with `(56368)` behind it or not. */
export function addressEnds(line: string, from: number, withPort: boolean): readonly number[] {
  if (line.charCodeAt(from) === OPEN_BRACKET) {
    const close = line.indexOf("]", from);
    return close === -1 ? [] : [close + 1];
  }
  return withPort ? portEnds(line, from) : hostEnds(line, from);
}

const OPEN_BRACKET = 91;
const COLON = 58;
const OPEN = 40;
const CLOSE = 41;

function portEnds(line: string, from: number): readonly number[] {
  const host = afterHost(line, from, true);
  if (line.charCodeAt(host) !== OPEN) return host === from ? [host] : [];
  let to = host + 1;
  while (isDigit(line.charCodeAt(to))) to++;
  return line.charCodeAt(to) === CLOSE ? [to + 1] : [];
}

/** A colon may belong to an IPv6 address, or to the prefix. */
function hostEnds(line: string, from: number): readonly number[] {
  const plain = afterHost(line, from, false);
  if (line.charCodeAt(plain) !== COLON) return [plain];
  const whole = IPV6.exec(line.slice(from, from + MOST))?.[0] ?? "";
  const ends: number[] = [];
  for (let at = whole.length; at > 0; at--) if (at === whole.length || whole[at] === ":") ends.push(from + at);
  return [...ends, plain];
}

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
