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
export const markdownText = (text: string): string =>
  visible(text)
    .split(" ")
    .map((word) => (LINKED.test(word) ? `<code>${entities(word)}</code>` : entities(word)))
    .join(" ");

/**
 * What GitHub turns into mentions, references, links and emoji (`access.yaml:100:3`) after it has decoded entities; it leaves
 * the content of code alone (github/cmark-gfm#181).
 */
const LINKED = /[@#]|\bgh-\d|:\/\/|www\.|:[\w+-]+:/i;

const entities = (text: string): string => text.replace(/[^\p{L}\p{N} .,:;/()'-]/gu, (c) => `&#${c.codePointAt(0)};`);

/** `5,000`. Intl does the same, but loading it takes longer than a plan. */
export const digits = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${digits(count)} ${count === 1 ? singular : plural}`;
