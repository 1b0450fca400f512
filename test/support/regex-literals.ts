import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface RegexLiteral {
  readonly file: string;
  readonly source: string;
  readonly flags: string;
}

/** Every regular expression that is written in a folder's TypeScript. */
export const regexLiterals = (folder: string): RegexLiteral[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .sort()
    .flatMap((file) => literalsOf(readFileSync(join(folder, file), "utf8")).map((literal) => ({ file, ...literal })));

/** What TypeScript is made of, as far as it matters where a slash begins a regular expression. A template comes in the pieces between its `${…}`. */
const TOKENS = {
  skip: /^#!.*|\s+|\/\/.*|\/\*[\s\S]*?\*\//y,
  text: /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/y,
  piece: /[`}](?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{)/y,
  regex: /\/((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+)\/([a-z]*)/y,
  word: /[\w$]+/y,
  sign: /[\s\S]/y,
} as const;
type Kind = keyof typeof TOKENS;
const KINDS = Object.keys(TOKENS) as Kind[];

/** A slash behind these divides. */
const ENDS_A_VALUE = /[\w$)\]"'`]$/;
const KEYWORDS = /^(?:return|typeof|case|in|of|new|yield|await)$/;

interface State {
  /** Braces that are open in each `${…}` that is open. */
  readonly depths: number[];
  before: string;
}

function literalsOf(text: string): { source: string; flags: string }[] {
  const found: { source: string; flags: string }[] = [];
  const state: State = { depths: [], before: "" };
  for (let at = 0; at < text.length; ) {
    const { kind, match } = tokenAt(text, at, state);
    const [whole, source = "", flags = ""] = match;
    if (kind === "regex") found.push({ source, flags });
    follow(state, kind, whole);
    at += whole.length;
  }
  return found;
}

function tokenAt(text: string, at: number, state: State): { readonly kind: Kind; readonly match: RegExpExecArray } {
  const may: Partial<Record<Kind, boolean>> = {
    piece: text[at] === "`" || state.depths.at(-1) === 0,
    regex: !ENDS_A_VALUE.test(state.before) || KEYWORDS.test(state.before),
  };
  for (const kind of KINDS) {
    if (may[kind] === false) continue;
    TOKENS[kind].lastIndex = at;
    const match = TOKENS[kind].exec(text);
    if (match) return { kind, match };
  }
  throw new Error("Each character is at least a sign.");
}

function follow(state: State, kind: Kind, whole: string): void {
  const { depths } = state;
  if (kind !== "skip") state.before = whole;
  if (kind === "piece") {
    if (whole.startsWith("}")) depths.pop();
    if (whole.endsWith("${")) depths.push(0);
  } else if (whole === "{" || whole === "}") {
    const depth = depths.pop();
    if (depth !== undefined) depths.push(depth + (whole === "{" ? 1 : -1));
  }
}
