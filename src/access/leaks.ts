import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Declared } from "../model/declared.js";
import type { AcceptedLeak } from "../model/declared-safety.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { matches } from "../policies/wildcard.js";
import { listsBy, namesText } from "./few.js";
import { asksOf } from "./leak-asks.js";
import { type Judged, judge, type Opened } from "./leak-judge.js";
import { type Subject, subjectsOf } from "./leak-subjects.js";
import { byText, canText, isAdministrator, whoText } from "./leak-text.js";

export interface LeakTime {
  /** The day of the plan, UTC. */
  readonly day: string;
  /** All that the file is about was read: an entry that fits nobody is a mistake. */
  readonly whole: boolean;
}

/** Whoever can log in as a user of the file, or take an IAM role of it, by a statement that no line of the file gives. */
export function leaks(declared: Declared, facts: Facts, { day, whole }: LeakTime): Problem[] {
  const entries = declared.safety.acceptLeaks;
  const valid = entries.filter(({ until }) => until === null || day <= until);
  const fitted = new Set<AcceptedLeak>();
  const lines = [...facts.accounts.values()].flatMap((account) => {
    const subjects = subjectsOf(facts, account);
    const { judged } = judge(subjects, asksOf(declared, facts, account));
    for (const entry of entries) if (judged.some((one) => fits(entry, one))) fitted.add(entry);
    const open = judged.filter((one) => !valid.some((entry) => fits(entry, one)));
    return [...linesOf(account, open), ...unread(account, subjects)];
  });
  const ended = entries.filter((entry) => !valid.includes(entry) && fitted.has(entry));
  const unused = whole ? entries.filter((entry) => !fitted.has(entry)) : [];
  return [...saidOnce(lines), ...ended.map(endedProblem), ...unused.map(unusedProblem)];
}

const fits = ({ principal }: AcceptedLeak, { subject }: Judged): boolean => matches(principal, subject.arn);

/** Of one account; more than these are one line. */
const MOST_LINES = 20;

/** Whom the file declares each; AWS's own IAM roles and administrators as one; the others by what opens it to them. */
function linesOf(account: AccountFacts, judged: readonly Judged[]): Problem[] {
  const lists = [...listsBy(judged.flatMap(byDecision), foldOf).values()];
  const shown = lists.length > MOST_LINES ? lists.slice(0, MOST_LINES) : lists;
  const rest = lists.slice(shown.length).flat();
  const more = rest.length === 0 ? [] : [manyLine(account, rest)];
  return [...shown.flatMap((list) => lineOf(account, list) ?? []), ...more];
}

/** What stands open, and what does on conditions only. */
const byDecision = (one: Judged): Judged[] =>
  [...listsBy(one.opened, ({ decision }) => decision).values()].map((opened) => ({ ...one, opened }));

function foldOf(one: Judged): string {
  const { subject, by, opened } = one;
  if (subject.place !== null) return JSON.stringify(["declared", subject.kind, subject.name, opened[0]?.decision]);
  if (subject.sort === "service-linked" || subject.sort === "identity-center") return subject.sort;
  if (isAdministrator(one)) return "administrator";
  return JSON.stringify(["by", opened[0]?.decision, [...new Set(by.map(({ document }) => document))].sort()]);
}

function lineOf(account: AccountFacts, list: readonly Judged[]): Problem | null {
  const [first] = list;
  if (!first) return null;
  if (first.subject.place !== null) return ownLine(account, first);
  const subjects = [...new Set(list.map(({ subject }) => subject))];
  const { sort } = first.subject;
  if (sort === "service-linked" || sort === "identity-center")
    return groupLine(account, subjects, `${sort === "service-linked" ? "Service-linked" : "Identity Center's"} `, canOf(list));
  if (isAdministrator(first)) return groupLine(account, subjects, "Administrators, ", canOf(list));
  const opened = unionOf(list);
  const each = list.every((one) => one.opened.length === opened.length) ? "" : " (each as some of them)";
  const by = byText(first.by, opened, first.subject);
  const message = `${whoText(subjects)} of account ${account.name} ${canText(opened)}${each} by ${by}: the file neither gives nor takes that.`;
  return leakProblem(message, true);
}

const canOf = (list: readonly Judged[]): string => canText(unionOf(list), 5);
const unionOf = (list: readonly Judged[]): Opened[] =>
  [
    ...listsBy(
      list.flatMap(({ opened }) => opened),
      ({ ask }) => ask,
    ).values(),
  ].flatMap(([one]) => one ?? []);

/** What no line of a file can take from whoever runs the account is not shouted. */
const groupLine = (account: AccountFacts, subjects: readonly Subject[], start: string, can: string): Problem =>
  leakProblem(`${start}${whoText(subjects)} of account ${account.name} ${can}: the file neither gives nor takes that.`, false);

function ownLine(account: AccountFacts, { subject, opened, by }: Judged): Problem {
  const why =
    by.length > 0 && by.every(({ isAsked }) => isAsked) ? "attach gives that, and no connect" : "the file neither gives nor takes that";
  const message = `${whoText([subject])} of account ${account.name} ${canText(opened)} by ${byText(by, opened, subject)}: ${why}.`;
  return { ...leakProblem(message, true), place: subject.place };
}

const manyLine = (account: AccountFacts, rest: readonly Judged[]): Problem =>
  leakProblem(
    `${whoText([...new Set(rest.map(({ subject }) => subject))])} of account ${account.name} ${canOf(rest)} by other statements: the file neither gives nor takes that.`,
    true,
  );

const HINT =
  "Take the statement away where it is not meant, give it in the file (connect, assume, trust), or name the principal in safety.accept_leaks.";

const leakProblem = (message: string, attention: boolean): Problem =>
  warningProblem("leak", message, { ...(attention ? { attention: true } : {}), hint: HINT });

/** What limits an account from outside is not read. */
const saidOnce = (problems: readonly Problem[]): Problem[] => {
  const first = problems.find(({ code }) => code === "leak");
  return problems.map((one) =>
    one === first ? { ...one, hint: `${HINT} Service control and session policies are not evaluated: they may forbid it.` } : one,
  );
};

const endedProblem = ({ principal, until, place }: AcceptedLeak): Problem =>
  warningProblem("nothing-to-accept", `safety.accept_leaks of ${principal} held until ${until}.`, {
    place,
    hint: "Take the entry out, or give it another day.",
  });

const unusedProblem = ({ principal, place }: AcceptedLeak): Problem =>
  warningProblem("nothing-to-accept", `Nobody like ${principal} can do what the file does not give, so there is nothing to accept.`, {
    place,
    hint: "Take the entry out of safety.accept_leaks, or correct it: it is a glob over ARNs.",
  });

/** A policy of a group is said of the group. */
function unread({ name }: AccountFacts, subjects: readonly Subject[]): Problem[] {
  const pairs = subjects.flatMap((subject) =>
    subject.policies.flatMap(({ document, noun, group }) => (document === null && group === null ? [{ noun, subject }] : [])),
  );
  const own = pairs.filter(({ subject }) => subject.place !== null);
  const others = pairs.filter(({ subject }) => subject.place === null);
  const holders = own.some(({ subject }) => subject.kind === "user") ? "IAM roles and users" : "IAM roles";
  return [
    ...unreadProblem(`declared ${holders} of account ${name}`, own, (list) => namesText(list.map(({ subject }) => subject.name))),
    ...unreadProblem(`others of account ${name}`, others, (list) => whoText(list.map(({ subject }) => subject))),
  ];
}

interface Carried {
  readonly noun: string;
  readonly subject: Subject;
}

function unreadProblem(holders: string, pairs: readonly Carried[], who: (list: readonly Carried[]) => string): Problem[] {
  if (pairs.length === 0) return [];
  const texts = [...listsBy(pairs, ({ noun }) => noun)].map(([noun, list]) => `${noun} of ${who(list)}`);
  const message = `Attached to ${holders}, and not read: ${namesText(texts)}. Whether they let anybody log in is not known.`;
  return [warningProblem("policy-not-read", message, { hint: "Look at what they allow of rds-db:connect." })];
}
