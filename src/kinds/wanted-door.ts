import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredIamDoor } from "../model/declared.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { heldBackIn } from "./held-back.js";
import { foreignProblems } from "./iam-strangers.js";
import { documentOf, type WantedDocument } from "./wanted-iam.js";

/** A policy of `iam_users` or `iam_policies`. */
export interface WantedDoor {
  readonly account: AccountFacts;
  readonly door: DeclaredIamDoor;
  /** null: it stays as it is. */
  readonly document: WantedDocument | null;
}

export function* iamDoorsOf(declared: Declared, facts: Facts): Generator<WantedDoor> {
  for (const account of facts.accounts.values()) {
    const held = heldBackIn(declared, facts, account);
    for (const door of declared.iamDoors) {
      if (door.account !== account.name) continue;
      const isFree = doorProblems(facts, account, door).length === 0;
      yield { account, door, document: isFree ? documentOf(declared, facts, account, { ...door, assume: [] }, held) : null };
    }
  }
}

/** The policy's name is taken by somebody else, or the IAM user is not there: it is never made here. */
export function doorProblems(facts: Facts, account: AccountFacts, { user, policy, place }: DeclaredIamDoor): Problem[] {
  const instead = user === null ? "or take it over with adopt: true" : null;
  const foreign = foreignProblems(facts, account, { name: null, policy, instanceProfile: null, instead, place });
  if (user === null || account.snapshot.foreign.has(`user/${user}`)) return foreign;
  const message = `There is no IAM user ${user} in account ${account.name}.`;
  return [
    ...foreign,
    errorProblem("missing-iam-user", message, { place, hint: "Make it, or take it out of iam_users: pgaccord never makes IAM users." }),
  ];
}
