import type { Mark } from "../model/resource.js";

/** What the end of a role's COMMENT says of who manages it. */
export interface ParsedMark {
  readonly owner: string;
  readonly cluster: string;
  readonly mark: Mark;
  /** The comment without the mark. */
  readonly text: string;
}

const OPEN = "[pgaccord:";
const MARK = /^\[pgaccord:([^\]\s]+)\/([^\]\s/]+)( adopted)?\]$/;

/** The last bracket alone is looked at: a pattern over a whole comment of blanks would take minutes. */
export function parseMark(comment: string | null): ParsedMark | null {
  const whole = (comment ?? "").trimEnd();
  const start = whole.lastIndexOf(OPEN);
  const match = start === -1 ? null : MARK.exec(whole.slice(start));
  if (!match?.[1] || !match[2]) return null;
  return { owner: match[1], cluster: match[2], mark: match[3] ? "adopted" : "created", text: whole.slice(0, start).trimEnd() };
}

/** The comment with our mark at its end; an older mark is replaced. `null` takes the mark away. */
export function withMark(comment: string | null, owner: string, cluster: string, mark: Mark | null): string | null {
  const text = parseMark(comment)?.text ?? comment ?? "";
  if (mark === null) return text === "" ? null : text;
  const label = `${OPEN}${owner}/${cluster}${mark === "adopted" ? " adopted" : ""}]`;
  return text === "" ? label : `${text} ${label}`;
}

/** The mark that this owner left on this very cluster; a mark of another owner or cluster does not count. */
export function ownMark(comment: string | null, owner: string, cluster: string): Mark | null {
  const parsed = parseMark(comment);
  return parsed && parsed.owner === owner && parsed.cluster === cluster ? parsed.mark : null;
}
