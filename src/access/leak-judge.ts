import type { Context } from "../policies/context.js";
import { compilePolicies, type Decider, type Decision, speaksOf } from "../policies/evaluate.js";
import { ASSUME, type Ask, CONNECT } from "./leak-asks.js";
import type { Policy, Subject } from "./leak-subjects.js";

export type Open = Extract<Decision, "allowed" | "conditional">;

/** What somebody can do and no line of the file gives. */
export interface Opened {
  readonly ask: Ask;
  readonly decision: Open;
}

export interface Judged {
  readonly subject: Subject;
  readonly opened: readonly Opened[];
  /** The policies that open some of it by themselves. */
  readonly by: readonly Policy[];
}

/** Who has the same documents is judged once: `evaluations` counts what was asked of documents. */
export interface Judgement {
  readonly judged: readonly Judged[];
  readonly evaluations: number;
}

export function judge(subjects: readonly Subject[], asks: readonly Ask[]): Judgement {
  const bench = createBench(asks);
  const judged = subjects.flatMap((subject): Judged[] => {
    const found = bench.openedTo(subject);
    const opened = found.flatMap(({ ask, decision }): Opened[] => {
      const both = ask.isGiven(subject) ? null : together(decision, ask.otherSide(subject));
      return both === null ? [] : [{ ask, decision: both }];
    });
    return opened.length === 0 ? [] : [{ subject, opened, by: bench.openers(subject, opened) }];
  });
  return { judged: withoutGroups(judged), evaluations: bench.count() };
}

const isOpen = (decision: Decision): decision is Open => decision === "allowed" || decision === "conditional";

function together(identity: Open, other: Decision): Open | null {
  if (!isOpen(other)) return null;
  return other === "allowed" ? identity : "conditional";
}

interface Bench {
  readonly openedTo: (subject: Subject) => readonly Opened[];
  readonly openers: (subject: Subject, opened: readonly Opened[]) => Policy[];
  readonly count: () => number;
}

function createBench(asks: readonly Ask[]): Bench {
  const spoken = new Map<string, boolean>();
  const classes = new Map<string, readonly Opened[]>();
  let evaluations = 0;
  const speaks = (document: string): boolean => {
    const known = spoken.get(document) ?? speaksOf(document, [CONNECT, ASSUME]);
    spoken.set(document, known);
    return known;
  };
  const openedTo = (documents: readonly string[], boundary: readonly string[] | null, subject: Subject): readonly Opened[] => {
    const own = [...new Set(documents)].filter(speaks).sort();
    if (own.length === 0) return [];
    const isPersonal = [...own, ...(boundary ?? [])].some((document) => PERSONAL.test(document));
    const key = JSON.stringify([own, boundary, isPersonal ? [subject.kind, subject.arn] : null]);
    const known = classes.get(key);
    if (known) return known;
    evaluations += asks.length;
    const found = decided(compilePolicies(own, boundary), asks, subject);
    classes.set(key, found);
    return found;
  };
  return {
    openedTo: (subject) => openedTo(documentsOf(subject.policies), subject.boundary, subject),
    openers: (subject, opened) =>
      subject.policies.filter(({ document }) => {
        if (document === null) return false;
        const alone = new Set(openedTo([document], null, subject).map(({ ask }) => ask));
        return opened.some(({ ask }) => alone.has(ask));
      }),
    count: () => evaluations,
  };
}

const documentsOf = (policies: readonly Policy[]): string[] => policies.flatMap(({ document }) => document ?? []);

/** A document that means something else to each: by a variable, a condition, or letters that may hide one. */
const PERSONAL = /\$\{|"Condition"|\\u/i;

const NO_USER: Context = { "aws:username": null };

function decided({ decide }: Decider, asks: readonly Ask[], { kind, arn }: Subject): Opened[] {
  const asking = kind === "group" ? {} : { principal: { type: "aws", id: arn } as const };
  const who = kind === "role" ? { ...asking, context: NO_USER } : asking;
  return asks.flatMap((ask): Opened[] => {
    const decision = decide({ action: ask.action, resource: ask.resource, ...who });
    return isOpen(decision) ? [{ ask, decision }] : [];
  });
}

/** What a group opens is said of the group, and of nothing that none of its members can do. */
function withoutGroups(judged: readonly Judged[]): Judged[] {
  const users = new Map(judged.flatMap(({ subject, opened }) => (subject.kind === "user" ? [[subject.name, opened] as const] : [])));
  return judged.flatMap((one): Judged[] => {
    const { subject, opened, by } = one;
    if (subject.kind === "user" && by.length > 0 && by.every(({ group }) => group !== null)) return [];
    if (subject.kind !== "group" || subject.mates.length === 0) return [one];
    const reached = new Set(subject.mates.flatMap((name) => (users.get(name) ?? []).map(({ ask }) => ask)));
    const kept = opened.filter(({ ask }) => reached.has(ask));
    return kept.length === 0 ? [] : [{ ...one, opened: kept }];
  });
}
