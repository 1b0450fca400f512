import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, Script } from "node:vm";
import { expect, it } from "vitest";
import { type RegexLiteral, regexLiterals } from "../support/regex-literals.js";

const LENGTH = 200_000;
/** In milliseconds. What is linear takes a few, what is quadratic half a minute; a busy machine gets a second chance. */
const TIMES = [400, 4000];

const LITERALS = [
  ...new Map(
    regexLiterals(join(import.meta.dirname, "../../src"))
      .filter(({ file }) => !file.startsWith("sandbox/"))
      .map((one) => [`/${one.source}/${one.flags}`, one] as const),
  ),
];

/** Never of a text that somebody else wrote. */
const ON_NUMBERS_OF_OURS = ["/\\B(?=(\\d{3})+$)/g"];

const SIGNS = [" ", "\n", "a", "0", "/", "\\", '"', "'", ":", ",", "(", "{", "<", "&", "\u200b", "a/", "a:", "[0]"];

const PRIVATE = 0xe000;

/** Signs, and pieces that the expression itself is made of, over and over: alone, and behind each piece. */
function worst({ source }: RegexLiteral): string[] {
  // Escaped signs are letters of a piece: they are kept apart from those that mean something.
  const pieces = source
    .replace(/\\([dDwWsSbBpPu])(\{[^}]*\})?/g, "\0")
    .replace(/\\(.)/g, (_, sign: string) => String.fromCharCode(PRIVATE + sign.charCodeAt(0)))
    .split(/[\0^$*+?()|[\]{}.]+/)
    .map((piece) => piece.replace(/[\ue000-\ue0ff]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - PRIVATE)))
    .filter((piece) => piece.length > 0);
  const whole = source.replace(/\\(.)/g, "$1").replace(/[\^?()|+*]/g, "");
  const fillers = [...SIGNS, ...pieces, whole].filter((filler) => filler !== "");
  const fill = (filler: string): string => filler.repeat(Math.ceil(LENGTH / filler.length));
  const behind = [pieces.join(""), pieces[0] ?? ""].flatMap((start) => SIGNS.slice(0, 4).map((sign) => start + fill(sign)));
  return [...[...fillers.map(fill), ...behind].map((text) => `${text}!`), ...pieces.map(fill)];
}

const context = createContext({ text: "", expression: / / });
const script = new Script("text.replace(expression, '')");

function takesLong(literal: RegexLiteral): string[] {
  context["expression"] = new RegExp(literal.source, literal.flags);
  return worst(literal).flatMap((text) => {
    context["text"] = text;
    return TIMES.some(ends) ? [] : [`${JSON.stringify(text.slice(0, 30))}…`];
  });
}

function ends(timeout: number): boolean {
  try {
    script.runInContext(context, { timeout });
    return true;
  } catch {
    return false;
  }
}

it("finds the expressions of the source", () => {
  expect(LITERALS.length).toBeGreaterThan(100);
  expect(LITERALS.map(([text]) => text)).toEqual(
    expect.arrayContaining(["/[*?$]/g", "/^\\[pgaccord:([^\\]\\s]+)\\/([^\\]\\s/]+)( adopted)?\\]$/"]),
  );
});

it("each of them is linear: 200,000 characters of the worst kind take no time", () => {
  const slow = LITERALS.filter(([text]) => !ON_NUMBERS_OF_OURS.includes(text)).flatMap(([text, literal]) =>
    takesLong(literal).map((input) => `${literal.file}: ${text} on ${input}`),
  );
  expect(slow).toEqual([]);
});

it("no message of a PostgreSQL server decides anything: its words are in its own language", () => {
  const folder = join(import.meta.dirname, "../../src/postgres");
  const about = regexLiterals(folder).map(({ file, source }) => `${file}: ${source}`);
  // The full stop at the end of a message, the shape of an SQLSTATE, and our own statements on their way into a log.
  expect(about.sort()).toEqual([
    "connect-problem.ts: \\.$",
    "connect-problem.ts: ^(?=.*\\d)[0-9A-Z]{5}$",
    "run-error.ts: ^[0-9A-Z]{5}$",
    "statement-log.ts: \\bPASSWORD\\b(?=\\s*(?:[EUeu]&?)?['$])",
    "statement-log.ts: \\s+",
  ]);
  const asks = /(?:message|detail|hint|text|severity)\??\.(?:includes|startsWith|endsWith|match|search|indexOf|test|split)|severity/;
  const lines = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"))
    .filter((line) => asks.test(line) && !/^\s*(\*|\/\/|\/\*\*)/.test(line))
    .map((line) => line.trim());
  // The driver's own, which come without an SQLSTATE.
  expect(lines).toEqual([
    'const isLoginOfDriver = ({ code, message }: Coded): boolean => code === undefined && message.startsWith("SASL");',
  ]);
});
