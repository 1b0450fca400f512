import type { Problem } from "../../model/problem.js";
import { partitionOf } from "../partition.js";
import type { SourceAccount, Word } from "../source-file.js";
import { errorAt, type Rule, unknownAt } from "./rule.js";

/** Two names for one AWS account would take each other's IAM roles away. */
export const accountsOnce: Rule = (file) => {
  const first = new Map<string, Word>();
  return [...file.accounts.values()].flatMap((account) => {
    const other = first.get(account.id.text);
    if (!other) first.set(account.id.text, account.name);
    return other
      ? [
          errorAt(
            account.id,
            "duplicate-account",
            `Accounts "${other.text}" and "${account.name.text}" have the same id.`,
            "Keep one; a cluster can name a region of its own.",
          ),
        ]
      : [];
  });
};

const ROLE_ARN = /^arn:([^:]+):iam::(\d+):role\/(?:.*\/)?([^/]+)$/;

const ownRolesOf = ({ planRole, applyRole }: SourceAccount): { readonly key: string; readonly word: Word }[] => [
  ...(planRole ? [{ key: "plan_role", word: planRole }] : []),
  ...(applyRole ? [{ key: "apply_role", word: applyRole }] : []),
];

/** An IAM role works in its own account only, and nothing else tells a slip from what is meant. */
export const rolesOfAccounts: Rule = (file) =>
  [...file.accounts.values()].flatMap((account) =>
    ownRolesOf(account).flatMap(({ key, word }): Problem[] => {
      const [, partition, id] = ROLE_ARN.exec(word.text) ?? [];
      if (id === account.id.text && partition === partitionOf(account.region)) return [];
      const what = id === account.id.text ? `partition ${partition}` : `account ${id}`;
      const hint = `Write ${word.text.replace(/^arn:[^:]+:iam::\d+:/, `arn:${partitionOf(account.region)}:iam::${account.id.text}:`)}.`;
      return [errorAt(word, "other-account", `${key} of account "${account.name.text}" is an IAM role of ${what}.`, hint)];
    }),
  );

/** Where CloudTrail's records are asked for. */
export const accountOfAthena: Rule = ({ athena, names }) =>
  athena === null || names.accounts.has(athena.account.text) ? [] : [unknownAt(athena.account, "account", [...names.accounts])];

/** Whoever runs pgaccord is never changed by it: one plan could lock out all later ones. */
export const ownRolesAreNotDeclared: Rule = (file) =>
  [...file.iamRoles.values()].flatMap(({ name, account }) => {
    const of = file.accounts.get(account.text);
    const found = of && ownRolesOf(of).find(({ word }) => nameOf(word) === name.text.toLowerCase());
    if (!found) return [];
    const message = `IAM role "${name.text}" is the ${found.key} of account "${account.text}", which is never managed.`;
    return [errorAt(name, "reserved-name", message, "Remove the entry.")];
  });

/** IAM compares names without regard to case. */
const nameOf = ({ text }: Word): string => (ROLE_ARN.exec(text)?.[3] ?? "").toLowerCase();
