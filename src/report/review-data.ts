import { placeText } from "../model/place.js";
import type { EditTarget, FileEdit, Review } from "../model/review.js";
import { messageOf } from "./messages.js";
import { editTitle, lastOf, sortedProposals, sortedVerdicts, sourcesText, subjectKey, subjectTitle } from "./review-words.js";
import { visible } from "./visible.js";

/** For programs: sorted, the same review the same bytes; a verdict or proposal a line. */
export function renderReviewJson(review: Review): string {
  const verdicts = sortedVerdicts(review.verdicts).map(({ subject, verdict, last, sources, why, place }) => ({
    key: subjectKey(subject),
    title: subjectTitle(subject),
    verdict,
    last: isoOf(last),
    sources: [...sources].sort(),
    why,
    place: placeText(place),
  }));
  const proposals = sortedProposals(review.proposals).map((proposal) => ({
    ...editJson(proposal.edit),
    title: editTitle(proposal.edit),
    last: isoOf(lastOf(proposal)),
    because: proposal.because.map(({ subject }) => subjectKey(subject)).sort(),
  }));
  const problems = review.problems.map((problem) => ({
    code: problem.code,
    severity: problem.severity,
    place: problem.place === null ? null : placeText(problem.place),
    message: messageOf(problem),
    hint: problem.hint ?? null,
  }));
  const fields = [
    `"since": ${JSON.stringify(isoOf(review.since))}`,
    `"now": ${JSON.stringify(isoOf(review.now))}`,
    list("verdicts", verdicts),
    list("proposals", proposals),
    list("problems", problems),
  ];
  return `{\n${fields.map((field) => `  ${field}`).join(",\n")}\n}\n`;
}

const list = (name: string, items: readonly object[]): string =>
  items.length === 0 ? `"${name}": []` : `"${name}": [\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;

const isoOf = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** Keys in a fixed order, whoever made the edit. */
const editJson = (edit: FileEdit): object => ({
  action: edit.action,
  what: targetJson(edit.what),
  ...(edit.action === "expire" ? { until: edit.until } : {}),
});

function targetJson(what: EditTarget): object {
  if (what.type === "connect") {
    const { type, holder, door, user, clusters } = what;
    return { type, holder, door, user, clusters: clusters && [...clusters].sort() };
  }
  if (what.type === "membership") return { type: what.type, member: what.member, role: what.role };
  return what.type === "iam-role" ? { type: what.type, id: what.id } : { type: what.type, name: what.name };
}

const COLUMNS = ["key", "title", "verdict", "last", "sources", "since", "now", "place", "proposed", "why"] as const;

/** For a spreadsheet (RFC 4180, with line feeds): a verdict a line. */
export function renderReviewCsv(review: Review): string {
  const proposed = new Map(
    sortedProposals(review.proposals).flatMap(({ edit, because }) => because.map(({ subject }) => [subjectKey(subject), editTitle(edit)])),
  );
  const rows = sortedVerdicts(review.verdicts).map((one) => [
    subjectKey(one.subject),
    subjectTitle(one.subject),
    one.verdict,
    isoOf(one.last) ?? "",
    sourcesText(one),
    isoOf(review.since) ?? "",
    isoOf(review.now) ?? "",
    placeText(one.place),
    proposed.get(subjectKey(one.subject)) ?? "",
    one.why,
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

/** What begins like a formula is text for a spreadsheet behind an apostrophe (OWASP, "CSV Injection"). */
function cell(text: string): string {
  const shown = visible(text).replace(/^[=+\-@]/, "'$&");
  return /[",]/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
}
