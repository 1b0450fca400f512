import type { Mark } from "../model/resource.js";

/** What the end of a role's COMMENT says of who manages it. */
export interface ParsedMark {
  readonly owner: string;
  readonly cluster: string;
  readonly mark: Mark;
  /** The comment without the mark. */
  readonly text: string;
}

const MARK = /\s*\[pgaccord:([^\]\s]+)\/([^\]\s/]+)( adopted)?\]\s*$/;

export function parseMark(comment: string | null): ParsedMark | null {
  const match = MARK.exec(comment ?? "");
  if (!match?.[1] || !match[2]) return null;
  return { owner: match[1], cluster: match[2], mark: match[3] ? "adopted" : "created", text: (comment ?? "").slice(0, match.index) };
}

/** The comment with our mark at its end; an older mark is replaced. `null` takes the mark away. */
export function withMark(comment: string | null, owner: string, cluster: string, mark: Mark | null): string | null {
  const text = parseMark(comment)?.text ?? comment ?? "";
  if (mark === null) return text === "" ? null : text;
  const label = `[pgaccord:${owner}/${cluster}${mark === "adopted" ? " adopted" : ""}]`;
  return text === "" ? label : `${text} ${label}`;
}

/** The mark that this owner left on this very cluster; a mark of another owner or cluster does not count. */
export function ownMark(comment: string | null, owner: string, cluster: string): Mark | null {
  const parsed = parseMark(comment);
  return parsed && parsed.owner === owner && parsed.cluster === cluster ? parsed.mark : null;
}
