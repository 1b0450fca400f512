import type { Declared, DeclaredAccount } from "../model/declared.js";
import { type OwnNeed, readNeeds, writeNeeds } from "./own-needs.js";
import { reviewNeeds } from "./review-needs.js";
import { trailNeeds } from "./trail-needs.js";

export interface OwnStatement {
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: { readonly ArnLike: { readonly "iam:PolicyARN": readonly string[] } };
}

/** What whoever runs pgaccord needs in one account. */
export interface OwnPolicy {
  /** Its name in the file. */
  readonly account: string;
  readonly id: string;
  /** ARN of the IAM role that pgaccord assumes there; null: the caller's own credentials. */
  readonly role: string | null;
  readonly document: { readonly Version: "2012-10-17"; readonly Statement: readonly OwnStatement[] };
}

/** What is run: `review` stands for all that reads evidence. */
export type OwnPurpose = "plan" | "apply" | "review";

/** @param was the file as it was: what it names and the other does not is deleted. */
export function ownPolicies(purpose: OwnPurpose, file: Declared, was: Declared | null): OwnPolicy[] {
  return [...file.accounts.values()].map((account) => ({
    account: account.name,
    id: account.id,
    role: purpose === "apply" ? account.applyRole : account.planRole,
    document: { Version: "2012-10-17", Statement: statementsOf(needsIn(purpose, file, was, account)) },
  }));
}

function needsIn(purpose: OwnPurpose, file: Declared, was: Declared | null, account: DeclaredAccount): OwnNeed[] {
  const former = [...(was?.accounts.values() ?? [])].find(({ id }) => id === account.id);
  const needsOf = NEEDS[purpose];
  return [...needsOf(file, account), ...(was && former ? needsOf(was, former) : [])];
}

const NEEDS: Readonly<Record<OwnPurpose, (file: Declared, account: DeclaredAccount) => OwnNeed[]>> = {
  plan: (file, account) => readNeeds(file, account, "reader"),
  apply: (file, account) => [...readNeeds(file, account, "admin"), ...writeNeeds(file, account)],
  review: (file, account) => [...reviewNeeds(file, account), ...trailNeeds(file, account)],
};

/** Actions on the same things are one statement; what may be attached counts for all who may get something. */
function statementsOf(needs: readonly OwnNeed[]): OwnStatement[] {
  const statements = new Map<string, OwnStatement>();
  const names = [...new Set(needs.map(groupOf))];
  for (const group of names.map((name) => needs.filter((need) => groupOf(need) === name))) {
    const policies = unique(group.flatMap(({ policy }) => policy ?? []));
    const rest = {
      Resource: unique(group.map(({ resource }) => resource)),
      ...(policies.length > 0 ? { Condition: { ArnLike: { "iam:PolicyARN": policies } } } : {}),
    };
    const key = JSON.stringify(rest);
    const Action = unique([...(statements.get(key)?.Action ?? []), ...group.map(({ action }) => action)]);
    statements.set(key, { Effect: "Allow", Action, ...rest });
  }
  return [...statements.values()];
}

/** What everybody may lose is not what somebody may get. */
const groupOf = ({ action, resource, policy }: OwnNeed): string => [action, policy !== undefined, /^[^/]*\/\*$/.test(resource)].join();

const unique = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
