import type { AccountFacts, Facts } from "../facts/facts.js";
import { roleArnIn } from "../facts/iam-things.js";
import { atomsOf } from "../policies/atoms.js";
import { compilePolicies } from "../policies/evaluate.js";
import { carrierOf, type Iam, kindOf } from "./iam-play.js";

/** 0 closed, 1 open if a condition holds, 2 open. */
export type Opening = 0 | 1 | 2;
/** At each of the stages (doors.ts). */
export type Openings = readonly [Opening, Opening, Opening, Opening];

/** What must be open on the way, and the IAM role whose calls open and close it. */
export interface Leg {
  /** Name of the account in the file. */
  readonly account: string;
  readonly role: string;
  readonly open: Openings;
}

export interface RoleRef {
  readonly account: string;
  /** An IAM role by its name, an IAM user as `user/NAME`. */
  readonly role: string;
}

/** How an IAM role or IAM user may take an IAM role: both halves. */
export interface Taking {
  readonly caller: RoleRef;
  readonly legs: readonly [Leg, Leg];
}

/** An account's IAM at each of the stages. */
export type Stages = readonly [Iam, Iam, Iam, Iam];

const ASSUME = "sts:AssumeRole";

/** The IAM roles and users of read accounts that may take this one at any of the stages. Their boundaries are a leak's matter. */
export function takingsOf(facts: Facts, stages: ReadonlyMap<string, Stages>, target: RoleRef): Taking[] {
  const own = facts.accounts.get(target.account);
  const at = stages.get(target.account);
  if (!own || !at) return [];
  const trusts = at.map((iam) => iam.trusts.get(target.role) ?? null);
  const letIn = letInBy(trusts);
  return [...facts.accounts.values()].flatMap((account) =>
    callersIn(account, stages, letIn).flatMap((role): Taking[] => {
      if (account.name === target.account && role === target.role) return [];
      const taking = takingOf({ account, role, iam: stages.get(account.name) ?? at }, { own, target, trusts });
      return taking ? [taking] : [];
    }),
  );
}

interface LetIn {
  /** ARNs of AWS principals. */
  readonly named: ReadonlySet<string>;
  /** And somebody who is not named. */
  readonly others: boolean;
}

function letInBy(trusts: readonly (string | null)[]): LetIn {
  const atoms = trusts.flatMap((trust) => (trust === null ? [] : atomsOf(trust))).filter(({ effect }) => effect === "Allow");
  return {
    named: new Set(atoms.flatMap(({ principal }) => (principal?.type === "aws" ? [principal.id] : []))),
    others: atoms.some(({ whole, principal }) => whole !== null || principal?.type === "anyone"),
  };
}

/** Who is named by an ARN; where the account is, whoever has a policy that speaks of taking IAM roles. */
function callersIn(account: AccountFacts, stages: ReadonlyMap<string, Stages>, { named, others }: LetIn): string[] {
  const at = stages.get(account.name);
  if (!at) return [];
  const users = [...(account.snapshot.users?.keys() ?? [])].map((name) => carrierOf("user", name));
  const callers = [...new Set([...at.flatMap((iam) => [...iam.trusts.keys()]), ...users])];
  const once = [...new Set(at)];
  const all = others || named.has(`arn:${account.declared.partition}:iam::${account.snapshot.id}:root`);
  return callers.filter((caller) => named.has(arnOfCaller(account, caller)) || (all && once.some((iam) => speaksOfTaking(iam, caller))));
}

function arnOfCaller(account: AccountFacts, carrier: string): string {
  const { kind, name } = kindOf(carrier);
  return kind === "role" ? roleArnIn(account, name) : (account.snapshot.users?.get(name)?.arn ?? "");
}

const speaksOfTaking = (iam: Iam, role: string): boolean =>
  documentsOf(iam, role).some((document) =>
    atomsOf(document).some(({ effect, action, whole }) => effect === "Allow" && (whole !== null || /^(sts:|\*)/i.test(action ?? ""))),
  );

const documentsOf = ({ attached, grouped, inline, policies }: Iam, carrier: string): string[] => [
  ...[...(attached.get(carrier) ?? []), ...(grouped.get(carrier) ?? [])].flatMap((arn) => policies.get(arn) ?? []),
  ...(inline.get(carrier) ?? []).map(({ document }) => document),
];

interface Caller {
  readonly account: AccountFacts;
  readonly role: string;
  readonly iam: Stages;
}
interface Target {
  readonly own: AccountFacts;
  readonly target: RoleRef;
  readonly trusts: readonly (string | null)[];
}

/** In one account a trust that names the caller is enough; across accounts the caller's policies must allow it, too. */
function takingOf({ account, role, iam }: Caller, { own, target, trusts }: Target): Taking | null {
  const arn = arnOfCaller(account, role);
  const resource = roleArnIn(own, target.role);
  const principal = { type: "aws", id: arn } as const;
  const trust = trusts.map((document) =>
    document === null ? 0 : OPENING[decisionOf([document], { action: ASSUME, resource, principal })],
  );
  const isEnough = (stage: number): boolean =>
    account.name === own.name && atomsOf(trusts[stage] ?? "{}").some((a) => a.effect === "Allow" && a.principal?.id === arn);
  const may = iam.map((one, stage): Opening => {
    const own = decisionOf(documentsOf(one, role), { action: ASSUME, resource, principal });
    return isEnough(stage) && own !== "explicit-deny" ? 2 : OPENING[own];
  });
  if (!trust.some((opening, stage) => opening && may[stage])) return null;
  const leg = (of: RoleRef, open: readonly Opening[]): Leg => ({ ...of, open: openings(open) });
  const caller = { account: account.name, role };
  return { caller, legs: [leg(target, trust), leg(caller, may)] };
}

type Decider = ReturnType<typeof compilePolicies>["decide"];
type Decision = ReturnType<Decider>;

const decisionOf = (documents: readonly string[], request: Parameters<Decider>[0]): Decision =>
  documents.length === 0 ? "implicit-deny" : compilePolicies(documents).decide(request);

const OPENING: Readonly<Record<Decision, Opening>> = { allowed: 2, conditional: 1, "explicit-deny": 0, "implicit-deny": 0 };

export const openings = (list: readonly Opening[]): Openings => [list[0] ?? 0, list[1] ?? 0, list[2] ?? 0, list[3] ?? 0];

/** A way is as open as the narrowest of its legs. */
export const narrowest = (legs: readonly Leg[]): Openings =>
  openings([0, 1, 2, 3].map((stage) => leastOf(legs.map(({ open }) => open[stage] ?? 0))));

const leastOf = (list: readonly Opening[]): Opening => (list.includes(0) ? 0 : list.includes(1) ? 1 : 2);
