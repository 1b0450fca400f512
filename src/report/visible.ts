/** Control, invisible and direction-changing characters: a role called "a\nb" cannot forge a line, nor hide a part of one. */
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text from a file or a server as it may be shown in a terminal. */
export const visible = (text: string): string => text.replace(HIDDEN, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);

/** Text as markdown shows it, whatever it holds: no mention, code, link, HTML or hidden mark can begin in it. */
export const markdownText = (text: string): string =>
  visible(text)
    .replace(/[^\p{L}\p{N} .,:;/()'-]/gu, (c) => `&#${c.codePointAt(0)};`)
    .replaceAll("://", "&#58;//")
    .replaceAll(/www\./gi, (w) => `${w.slice(0, 3)}&#46;`);

export const counted = (count: number, singular: string, plural = `${singular}s`): string =>
  `${count.toLocaleString("en-US")} ${count === 1 ? singular : plural}`;
