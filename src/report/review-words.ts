import { DAY_MS, dayOf } from "../model/day.js";
import { placeText } from "../model/place.js";
import type { EditTarget, FileEdit, Proposal, Review, Subject, Verdict } from "../model/review.js";
import { counted } from "./visible.js";

// What a review says of things of access.yaml, for every renderer. Names are as they are: renderers make them visible.

const HOLDERS = { "iam-role": "IAM role", "iam-user": "IAM user", "iam-policy": "IAM policy" } as const;

/** `door of IAM role "app" to user "app_rw" on cluster demo`. */
export function subjectTitle(subject: Subject): string {
  if (subject.type === "iam-role") return `IAM role "${subject.id}"`;
  if (subject.type === "login") return `user "${subject.user}" on cluster ${subject.cluster}`;
  if (subject.type === "membership") return `membership of "${subject.member}" in "${subject.role}" on cluster ${subject.cluster}`;
  const where = subject.cluster === null ? "every cluster" : `cluster ${subject.cluster}`;
  return `door of ${HOLDERS[subject.holder]} "${subject.door}" to user "${subject.user}" on ${where}`;
}

/** Stable, one for each subject: `login/app_rw/demo`. A slash within a name is %2F. */
export function subjectKey(subject: Subject): string {
  const parts = {
    door: (one: Subject) => (one.type === "door" ? [one.holder, one.door, one.user, one.cluster ?? "*"] : []),
    membership: (one: Subject) => (one.type === "membership" ? [one.member, one.role, one.cluster] : []),
    login: (one: Subject) => (one.type === "login" ? [one.user, one.cluster] : []),
    "iam-role": (one: Subject) => (one.type === "iam-role" ? [one.id] : []),
  }[subject.type](subject);
  return [subject.type, ...parts].map((part) => part.replace(/[%/]/g, encodeURIComponent)).join("/");
}

/** `user "app_rw"`. */
export function targetTitle(what: EditTarget): string {
  if (what.type === "iam-role") return `IAM role "${what.id}"`;
  if (what.type === "membership") return `membership of "${what.member}" in "${what.role}"`;
  if (what.type !== "connect") return `${what.type} "${what.name}"`;
  const where = what.clusters === null ? "" : ` on ${what.clusters.join(", ")}`;
  return `door of ${HOLDERS[what.holder]} "${what.door}" to user "${what.user}"${where}`;
}

/** `user "app_rw" ends on 2026-12-25`. */
export const editTitle = (edit: FileEdit): string =>
  `${targetTitle(edit.what)} ${edit.action === "remove" ? "goes" : `ends on ${edit.until}`}`;

/** What fails if somebody needs it all the same. */
export function breaksText(what: EditTarget): string {
  if (what.type === "connect") {
    const where = what.clusters === null ? "" : ` on ${what.clusters.join(", ")}`;
    const who = what.holder === "iam-policy" ? `whoever carries policy "${what.door}"` : `${HOLDERS[what.holder]} "${what.door}"`;
    return `${who} gets no token for user "${what.user}"${where} any more`;
  }
  if (what.type === "membership") return `"${what.member}" loses what role "${what.role}" gives`;
  if (what.type === "user") return `nobody can log in as "${what.name}", by whatever door`;
  if (what.type === "role") return `its members lose what role "${what.name}" gives`;
  return `whoever runs as IAM role "${what.id}" gets no credentials any more, and so no token`;
}

/** How somebody says that it is needed. */
export const keepText = ({ edit }: Pick<Proposal, "edit">): string =>
  edit.action === "expire" ? "take its expires out before that day" : "take this change out";

/** `2026-10-15, 41 days ago`. */
export function lastText({ last }: Pick<Verdict, "last">, now: number): string {
  if (last === null) return "never";
  const days = Math.floor((now - last) / DAY_MS);
  return `${dayOf(last)}, ${days < 1 ? "today" : `${counted(days, "day")} ago`}`;
}

/** `2026-08-27 to 2026-11-25`. */
export const windowText = ({ since, now }: Pick<Review, "since" | "now">): string => `${dayOf(since)} to ${dayOf(now)}`;

export const sourcesText = ({ sources }: Pick<Verdict, "sources">): string => [...sources].sort().join(", ") || "none";

/** `90 days (2026-08-27 to 2026-11-25): 12 used, 1 quiet, 3 unknown`. */
export function countsText(review: Review): string {
  const count = (verdict: Verdict["verdict"]): number => review.verdicts.filter((one) => one.verdict === verdict).length;
  const whole = Math.round((review.now - review.since) / DAY_MS);
  const days = whole === 0 ? "less than a day" : counted(whole, "day");
  return `${days} (${windowText(review)}): ${count("used")} used, ${count("quiet")} quiet, ${count("unknown")} unknown`;
}

/** What nobody uses comes first, then what is not known; within, as in the file. */
const ORDER = ["quiet", "unknown", "used"] as const;

export const sortedVerdicts = (verdicts: readonly Verdict[]): Verdict[] =>
  [...verdicts].sort(
    (a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict) || byPlace(a, b) || compare(subjectKey(a.subject), subjectKey(b.subject)),
  );

export const sortedProposals = (proposals: readonly Proposal[]): Proposal[] =>
  [...proposals].sort((a, b) => byPlace(a.because[0], b.because[0]) || compare(editTitle(a.edit), editTitle(b.edit)));

const byPlace = (a: Verdict | undefined, b: Verdict | undefined): number =>
  compare(a?.place.file ?? "", b?.place.file ?? "") ||
  (a?.place.line ?? 0) - (b?.place.line ?? 0) ||
  (a?.place.column ?? 0) - (b?.place.column ?? 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const placeOfProposal = ({ because: [first] }: Proposal): string => (first ? placeText(first.place) : "");

/** The latest of what its verdicts saw. */
export const lastOf = ({ because }: Proposal): number | null =>
  because.reduce<number | null>((latest, { last }) => (last !== null && (latest === null || last > latest) ? last : latest), null);

export const sourcesOf = ({ because }: Proposal): string =>
  sourcesText({ sources: [...new Set(because.flatMap(({ sources }) => sources))] });
