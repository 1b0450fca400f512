/**
 * Control, invisible, private and direction-changing characters, and every space but the plain one: a role called "a\nb" cannot
 * forge a line, nor hide a part of one.
 */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|[^\S ]/gu;

export const hasHidden = (text: string): boolean => text.search(HIDDEN) !== -1;

/** Each hidden character as `write` has it. */
export const withoutHidden = (text: string, write: (code: number) => string): string =>
  text.replace(HIDDEN, (c) => write(c.codePointAt(0) ?? 0));

/** Text from a file or a server as it may be shown in a terminal. */
export const visible = (text: string): string => withoutHidden(text, (code) => `\\u{${code.toString(16)}}`);

/** Text as markdown shows it, whatever it holds: no mention, code, link, HTML or hidden mark can begin in it. */
export const markdownText = (text: string): string => wordByWord(text, codeSpan);

/** The same inside a block of HTML, where backticks mean nothing. Not for inline HTML: there markdown makes links within `<code>`, too. */
export const htmlText = (text: string): string => wordByWord(text, (word) => `<code>${entities(word)}</code>`);

const wordByWord = (text: string, code: (word: string) => string): string =>
  visible(text)
    .split(" ")
    .map((word, i) => (LINKED.test(word) || (i === 0 && OPENS_A_BLOCK.test(word)) ? within(word, code) : entities(word)))
    .join(" ");

/** Brackets and stops around a name are the sentence's, not the name's. */
function within(word: string, code: (name: string) => string): string {
  let [start, end] = [0, word.length];
  while (word[start] === "(") start++;
  while (end > start && ".,;:)".includes(word[end - 1] ?? "")) end--;
  return word.slice(0, start) + (end > start ? code(word.slice(start, end)) : "") + word.slice(end);
}

/** The fence is longer than any run of backticks in it; one at an end of it would join the fence (CommonMark, "Code spans"). */
function codeSpan(word: string): string {
  const longest = Math.max(0, ...(word.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = /^`|`$/.test(word) ? " " : "";
  return `${fence}${pad}${word}${pad}${fence}`;
}

/**
 * What GitHub turns into mentions, references, links and emoji (`access.yaml:100:3`) after it has decoded entities; it leaves
 * the content of code alone (github/cmark-gfm#181). Among them commits, formulas, and what a repository's own rules link (`JIRA-1`).
 */
const LINKED = /[@#$]|:\/\/|www\.|:[\w+-]+:|[0-9a-f]{7}|[a-z]-\d|\bghsa-/i;

/** The sign of a list, a task or a heading, where the text begins its line. */
const OPENS_A_BLOCK = /^-+$|^\d+[.)]$|^\[/;

const entities = (text: string): string => text.replace(/[^\p{L}\p{N} .,:;/()'-]/gu, (c) => `&#${c.codePointAt(0)};`);

/** `5,000`. Intl does the same, but loading it takes longer than a plan. */
export const digits = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${digits(count)} ${count === 1 ? singular : plural}`;
