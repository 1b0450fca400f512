import type { Losses } from "../access/losses.js";
import type { Change, Subject } from "../model/change.js";
import { daysAfter } from "../model/day.js";
import type { Allowance, DeclaredSafety, Limit } from "../model/declared-safety.js";
import { nameOfPrincipal } from "../model/principal.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Key, Target } from "../model/resource.js";
import { countRights, type Delta } from "../model/right.js";
import type { Thing } from "../model/thing.js";

export interface GuardInput {
  readonly changes: readonly Change[];
  readonly targets: readonly Target[];
  readonly safety: DeclaredSafety;
  /** Whether safety.protect names it. */
  readonly isProtected: (name: string, at: Target["type"]) => boolean;
  /** The day of the plan, UTC: 2026-12-01. */
  readonly day: string;
  /** Things of their own that the file manages and that are live. */
  readonly things: (target: Target) => number;
  /** Rights that managed principals hold. Counted when it is asked for. */
  readonly rights: (target: Target) => number;
  /** Rights of a cluster that somebody will miss; undefined: of an account, where all are. */
  readonly losses: (target: Target) => Losses | undefined;
  /** Whether a change makes or deletes a thing of its own, not a right. */
  readonly isThing: (change: Change) => boolean;
}

/** What a guard found on one target. */
interface Finding {
  readonly target: Target;
  /** What `--allow CODE=NAME` calls it: the role or thing that it is about, or the target itself. */
  readonly name: string;
  readonly key: Key | null;
  readonly message: string;
  readonly example?: Change;
}

interface Guard {
  readonly code: string;
  /** What to do instead, before the words about letting it pass. */
  readonly advice: string;
  readonly check: (input: GuardInput) => readonly Finding[];
}

/** Named checks over the changes. What one finds is a warning of the plan; an apply stops for it until it is let pass. */
const GUARDS: readonly Guard[] = [
  { code: "adopt-narrows", advice: "Put what it needs into the file.", check: adoptNarrows },
  { code: "detach-foreign", advice: "Put what it needs into attach, or take exclusive out of the file.", check: detachForeign },
  { code: "mass-delete", advice: "Is a part of the file missing?", check: massDelete },
  { code: "mass-revoke", advice: "Is a part of the file missing?", check: massRevoke },
  { code: "protected-name", advice: "Take the name out of the change, or out of safety.protect.", check: protectedName },
];

/** Problems of the guards: one that the file lets pass is a note. */
export const guardProblems = (input: GuardInput): Problem[] =>
  GUARDS.flatMap((guard) => guard.check(input).map((finding) => toProblem(guard, finding, input)));

/** The guards that an apply must stop for. @param allowed `CODE`: all that it finds; `CODE=NAME`: what it finds of that name */
export const refusals = (problems: readonly Problem[], allowed: readonly string[]): Problem[] =>
  problems.filter((p) => p.refuses && !allowed.includes(p.code) && !(p.name !== undefined && allowed.includes(`${p.code}=${p.name}`)));

/** What is let pass by a code that no guard has: it would let pass nothing, and whoever wrote it thinks otherwise. */
export function unknownAllowances(allowed: readonly string[]): Problem[] {
  const codes = GUARDS.map((guard) => guard.code);
  return allowed
    .filter((text) => !codes.includes(text.replace(/=.*/s, "")) || text.endsWith("="))
    .map((text) =>
      errorProblem("unknown-guard", `--allow ${text} names no guard.`, {
        hint: `Expected CODE or CODE=NAME. The codes are ${codes.join(", ")}.`,
      }),
    );
}

function toProblem({ code, advice }: Guard, finding: Finding, { safety, day }: GuardInput): Problem {
  const { target, name, key, message, example } = finding;
  const fitting = safety.allow.filter(
    (a) => a.code === code && (a.name === null || a.name === name) && (a.target === null || a.target === target.name),
  );
  const valid = fitting.find((a) => day <= a.until);
  if (valid) {
    return warningProblem("guard-allowed", `${message} Allowed until ${valid.until}: ${valid.reason}.`, { place: valid.place, key });
  }
  const who = key === null ? "" : ` name: ${yamlText(name)},`;
  const line = `safety: { allow: [{ code: ${code},${who} target: ${target.name}, until: ${daysAfter(day, 7)}, reason: … }] }`;
  return warningProblem(code, `${message}${endedText(fitting)}`, {
    key,
    name,
    refuses: true,
    attention: true,
    ...(example ? { example } : {}),
    hint: `${advice} To let it pass: --allow ${shellText(`${code}=${name}`)}, or in the file ${line}`,
  });
}

/** Names as the hint's reader pastes them. */
const PLAIN = /^[A-Za-z_][\w.=-]*$/;
/** What YAML reads as another type. */
const YAML_WORD = /^(true|false|null|yes|no|on|off|y|n)$/i;
const yamlText = (name: string): string => (PLAIN.test(name) && !YAML_WORD.test(name) ? name : JSON.stringify(name));
const shellText = (text: string): string => (PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const endedText = (allowances: readonly Allowance[]): string => {
  const last = allowances
    .map((a) => a.until)
    .sort()
    .at(-1);
  return last === undefined ? "" : ` The allowance in the file ended on ${last}.`;
};

const nounOf = (target: Target): string => (target.type === "account" ? `account ${target.name}` : `cluster ${target.name}`);

const isAt = (change: Change, target: Target): boolean => change.target.type === target.type && change.target.name === target.name;

/** Taking over a role that exists removes what the file does not give it, and evicts members that the file does not name. */
function adoptNarrows(input: GuardInput): Finding[] {
  return [...adoptedRoles(input), ...adoptedIamThings(input)];
}

function adoptedIamThings({ changes }: GuardInput): Finding[] {
  return changes.flatMap((change): Finding[] => {
    const { op, subject, target, key, delta } = change;
    if (op !== "adopt" || subject.type === "role" || !("name" in subject)) return [];
    // Who carried a policy that is the file's now carries it no more.
    const taken = changes.filter((c) => isAt(c, target) && c.op === "delete" && isOf(c.subject, subject)).length;
    const count = countRights(delta, "loses") + taken;
    if (count === 0) return [];
    const noun = subject.type === "iam-role" ? "IAM role" : subject.type.replace("iam-", "IAM ").replace("-", " ");
    const message = `Adopting ${noun} ${subject.name} would take ${count === 1 ? "1 right" : `${count} rights`} that the file does not give.`;
    return [{ target, name: subject.name, key, message }];
  });
}

const isOf = (one: Subject, of: Subject): boolean => one.type === "attachment" && of.type === "iam-policy" && one.policy === of.name;

/** `exclusive`: what somebody else attached to an IAM role, or wrote into it, goes. */
function detachForeign({ changes }: GuardInput): Finding[] {
  const byRole = new Map<string, { readonly first: Change; readonly role: string; readonly names: string[] }>();
  for (const change of changes) {
    const found = foreignOf(change);
    if (found === null) continue;
    const known = byRole.get(JSON.stringify([change.target.name, found.role]));
    if (known) known.names.push(found.name);
    else byRole.set(JSON.stringify([change.target.name, found.role]), { first: change, role: found.role, names: [found.name] });
  }
  return [...byRole.values()].map(({ first, role, names }) => {
    const message = `IAM role ${role} would lose what somebody else gave it: ${names.join(", ")}.`;
    return { target: first.target, name: role, key: first.key, message };
  });
}

function foreignOf({ op, subject }: Change): { readonly role: string; readonly name: string } | null {
  if (op !== "delete") return null;
  if (subject.type === "inline-policy") return { role: subject.role, name: `inline policy ${subject.name}` };
  return subject.type === "attachment" && subject.isForeign ? { role: nameOfPrincipal(subject.to), name: subject.policy } : null;
}

function adoptedRoles({ changes, losses }: GuardInput): Finding[] {
  const adopts = changes.flatMap((change) =>
    change.subject.type === "role" && (change.op === "adopt" || isTakenOver(change)) ? [{ change, who: change.subject.name }] : [],
  );
  if (adopts.length === 0) return [];
  return adopts.flatMap(({ change, who }) => {
    const count = losses(change.target)?.of(who) ?? 0;
    const message = `${change.op === "adopt" ? "Adopting" : "Taking over"} ${who} would take ${count === 1 ? "1 right" : `${count} rights`} from it and its members that the file does not give.`;
    return count === 0 ? [] : [{ target: change.target, name: who, key: change.key, message }];
  });
}

/** `owner_was`: what another owner's file gave it, this one may not. */
const isTakenOver = ({ attributes }: Change): boolean => attributes?.before?.["owner"] !== undefined;

/** So much may always go, however little there is. */
const SMALL = { deletions: 3, revokes: 20 };

function massDelete({ changes, targets, safety, things, isThing }: GuardInput): Finding[] {
  return targets.flatMap((target) => {
    const count = changes.filter((c) => isAt(c, target) && c.op === "delete" && isThing(c)).length;
    const all = exceeded(count, safety.maxDeletions, SMALL.deletions, () => things(target));
    if (all === null) return [];
    const message = `The plan deletes ${count} of ${all} roles, policies and profiles of ${nounOf(target)}; safety.max_deletions is ${limitText(safety.maxDeletions)}.`;
    return [{ target, name: target.name, key: null, message }];
  });
}

function massRevoke({ changes, targets, safety, rights, losses }: GuardInput): Finding[] {
  return targets.flatMap((target) => {
    const lost = changes.reduce((n, c) => n + (isAt(c, target) ? countRights(c.delta, "loses") : 0), 0);
    // Only where many go is it worth knowing who will miss them.
    const count = lost <= SMALL.revokes ? lost : Math.min(lost, losses(target)?.all ?? lost);
    const all = exceeded(count, safety.maxRevokes, SMALL.revokes, () => rights(target));
    if (all === null) return [];
    const message = `The plan takes ${count} of ${all} rights in ${nounOf(target)}; safety.max_revokes is ${limitText(safety.maxRevokes)}.`;
    return [{ target, name: target.name, key: null, message }];
  });
}

/** How many there are, counted only when it matters; null: the limit holds. */
function exceeded(count: number, limit: Limit, small: number, countAll: () => number): number | null {
  if (count <= (limit.type === "count" ? limit.value : small)) return null;
  const all = countAll();
  return limit.type === "count" || count * 100 > limit.value * all ? all : null;
}

const limitText = ({ type, value }: Limit): string => (type === "percent" ? `${value}%` : String(value));

function protectedName({ changes, safety, isProtected }: GuardInput): Finding[] {
  if (safety.protect.length === 0) return [];
  const at = { cluster: (name: string) => isProtected(name, "cluster"), account: (name: string) => isProtected(name, "account") };
  const inDelta = { cluster: memoizedNames(at.cluster), account: memoizedNames(at.account) };
  return changes.flatMap((change) => {
    const { type } = change.target;
    const name = namesOfSubject(change.subject).find(at[type]) ?? inDelta[type](change.delta);
    if (name === undefined) return [];
    return [
      {
        target: change.target,
        name,
        key: change.key,
        example: change,
        message: `${name} is protected by safety.protect, and the plan touches it`,
      },
    ];
  });
}

/** Names of PostgreSQL and IAM that a change is about. */
function namesOfSubject(subject: Subject): string[] {
  if (subject.type === "privileges" || subject.type === "rds-setting") return [];
  if (subject.type === "membership") return [subject.role, subject.member];
  if (subject.type === "inline-policy") return [subject.role, subject.name];
  if (subject.type === "association") return [...subject.profiles];
  return subject.type === "attachment" ? [nameOfPrincipal(subject.to), subject.policy] : [subject.name];
}

function namesOfThing(on: Thing | null | undefined): string[] {
  if (on?.type === "membership") return [on.role];
  return on?.type === "iam-role" || on?.type === "iam-policy" ? [on.name] : [];
}

/** The first protected name among those who gain or lose, and what they gain or lose; a delta that many objects share is looked at once. */
function memoizedNames(isProtected: (name: string) => boolean): (delta: Delta) => string | undefined {
  const known = new Map<Delta, string | undefined>();
  return (delta) => {
    if (!known.has(delta)) known.set(delta, delta.flatMap(({ who, on }) => [nameOfPrincipal(who), ...namesOfThing(on)]).find(isProtected));
    return known.get(delta);
  };
}
