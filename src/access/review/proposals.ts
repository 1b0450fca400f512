import type { Declared } from "../../model/declared.js";
import { groupBy } from "../../model/group-by.js";
import type { EditTarget, FileEdit, Proposal, Subject, Verdict } from "../../model/review.js";

export interface ProposalOptions {
  /** The day that what is proposed first ends on, UTC: 2026-12-25. */
  readonly until: string;
  /** Whether quiet things go at once. */
  readonly remove: boolean;
  /** Never proposed, whatever its verdict: kept, protected, too young. */
  readonly isKept: (subject: Subject) => boolean;
  /** The last day of a thing that the file ends already; null: it does not end. */
  readonly endOf: (what: EditTarget) => string | null;
  /** Today, UTC. */
  readonly today: string;
}

/** What nobody uses, as edits of the file: a user as a whole, with its doors and memberships; an IAM role; then single doors. */
export function proposalsOf(file: Declared, verdicts: readonly Verdict[], options: ProposalOptions): Proposal[] {
  const { isKept } = options;
  const users = [...groupBy(verdicts, ({ subject }) => (subject.type === "login" ? subject.user : null))].filter(([, list]) =>
    list.every((one) => one.verdict === "quiet" && !isKept(one.subject)),
  );
  const gone = new Set(users.map(([name]) => name));
  const roles = verdicts.filter(({ subject, verdict }) => subject.type === "iam-role" && verdict === "quiet" && !isKept(subject));
  const goneRoles = new Set(roles.map(({ subject }) => (subject.type === "iam-role" ? subject.id : "")));
  const doors = groupBy(verdicts, ({ subject }) => {
    if (subject.type !== "door" || gone.has(subject.user)) return null;
    return subject.holder === "iam-role" && goneRoles.has(subject.door)
      ? null
      : JSON.stringify([subject.holder, subject.door, subject.user]);
  });
  return [
    ...users.flatMap(([name, because]) => proposed({ type: "user", name }, because, options)),
    ...roles.flatMap((one) => (one.subject.type === "iam-role" ? proposed({ type: "iam-role", id: one.subject.id }, [one], options) : [])),
    ...[...doors.values()].flatMap((list) => doorProposal(list, options)),
  ].filter(({ edit }) => isThere(file, edit.what));
}

function doorProposal(list: readonly Verdict[], options: ProposalOptions): Proposal[] {
  const because = list.filter(({ verdict, subject }) => verdict === "quiet" && !options.isKept(subject));
  const [first] = because;
  if (first?.subject.type !== "door") return [];
  const { holder, door, user } = first.subject;
  const clusters = because.flatMap(({ subject }) => (subject.type === "door" && subject.cluster !== null ? [subject.cluster] : []));
  const isWhole = because.length === list.length;
  return proposed({ type: "connect", holder, door, user, clusters: isWhole ? null : clusters }, because, options);
}

/** First an end that somebody notices, then, when that has passed, its removal. */
function proposed(what: EditTarget, because: readonly Verdict[], { until, remove, endOf, today }: ProposalOptions): Proposal[] {
  const end = endOf(what);
  // It ends already: until then it is known.
  if (end !== null && end >= today && !remove) return [];
  const edit: FileEdit = remove || end !== null ? { action: "remove", what } : { action: "expire", what, until };
  return [{ edit, because }];
}

/** A role of PostgreSQL's own may log in, and is no line of the file. */
const isThere = (file: Declared, what: EditTarget): boolean => what.type !== "user" || file.roles.has(what.name);
