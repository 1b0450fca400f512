import type { Problem } from "../../model/problem.js";
import { isArn, managedPolicyArn } from "../iam-reference.js";
import { partitionOf } from "../partition.js";
import { defaultPolicyName } from "../policy-name.js";
import type { SourceFile, SourceIamDoor, SourceIamRole, Word } from "../source-file.js";
import { errorAt, type Rule } from "./rule.js";

type Carrier = Pick<SourceIamRole, "account" | "attach">;
const carriersIn = (file: SourceFile): readonly Carrier[] => [...file.iamRoles.values(), ...file.iamDoors];

/** What is attached is a policy of the account, or of AWS. */
export const attachedFit: Rule = (file) =>
  carriersIn(file).flatMap(({ account, attach }) => attach.flatMap((word) => outsideOf(file, word, account.text, "The policy")));

/** IAM attaches no policy of another account, nor of another partition. */
export function outsideOf(file: SourceFile, word: Word, account: string, noun: string): Problem[] {
  const of = file.accounts.get(account);
  const [, partition, , , id] = word.text.split(":");
  if (!of || !isArn(word.text) || ((id === "aws" || id === of.id.text) && partition === partitionOf(of.region))) return [];
  const where = id === "aws" || id === of.id.text ? `of partition ${partition}` : `of account ${id}`;
  const name = word.text.slice(word.text.indexOf("/") + 1);
  const message = `${noun} ${word.text} is ${where}; account "${account}" cannot use it.`;
  return [
    errorAt(
      word,
      "other-account",
      message,
      `Write one of account ${account} (a name, such as ${name}, is that of a policy of each), or of AWS.`,
    ),
  ];
}

/** What the file makes, it also attaches. */
export const attachedAreOthers: Rule = (file) => {
  const own = new Map(policiesOf(file).map((one) => [one.key, one.name]));
  return carriersIn(file).flatMap(({ account, attach }) =>
    attach.flatMap((word) => {
      const arn = managedPolicyArn(file, word.text, account.text);
      const made = own.get(keyOf(arn.split(":")[4] ?? "", arn.slice(arn.lastIndexOf("/") + 1)));
      if (made === undefined) return [];
      const message = `IAM policy "${made}" is made by this file, and attach is for what somebody else made.`;
      return [errorAt(word, "wrong-value", message, "Give the IAM role or user a connect of its own, and take it out of attach.")];
    }),
  );
};

/** What an IAM user got is written down on the policy that is made for it: without a door in the account there is none. */
export const attachedUsersHaveADoor: Rule = (file) =>
  file.iamDoors.flatMap(({ type, account, name, attach, connect }) => {
    const [first] = attach;
    const isOwn = ({ text }: Word): boolean => file.clusters.get(text)?.account?.text === account.text;
    const opens = connect.some(({ anyCluster, clusters }) => anyCluster || (clusters ?? []).some(isOwn));
    if (type === "policy" || !first || opens || connect.length === 0 || !file.names.accounts.has(account.text)) return [];
    const message = `IAM user "${name.text}" has no door in account "${account.text}", and attach needs the policy that is made for one.`;
    return [
      errorAt(
        first,
        "wrong-value",
        message,
        `Make an entry of its own for account ${account.text}, with a connect to one of its clusters.`,
      ),
    ];
  });

/** Names of policies are unique in an account, whatever their path and case. */
const keyOf = (account: string, name: string): string => `${account}/${name.toLowerCase()}`;

function policiesOf(file: SourceFile): { readonly name: string; readonly key: string }[] {
  const nameOf = (one: SourceIamRole | SourceIamDoor): string =>
    "type" in one && one.type === "policy" ? one.name.text : (one.policy?.text ?? defaultPolicyName(one.name.text));
  return [...file.iamRoles.values(), ...file.iamDoors].map((one) => ({
    name: nameOf(one),
    key: keyOf(file.accounts.get(one.account.text)?.id.text ?? "", nameOf(one)),
  }));
}
