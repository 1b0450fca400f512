import type { Problem } from "../../model/problem.js";
import { isObject, listOf } from "../../policies/json.js";
import { arnOf, iamReference, isArn, isRoleArn, isServiceLinked } from "../iam-reference.js";
import { partitionOf } from "../partition.js";
import type { SourceFile, SourceIamRole, SourceTrust, Word } from "../source-file.js";
import { errorAt, type Rule, warningAt } from "./rule.js";
import { unknownRole } from "./trusts.js";

type Check = (word: Word, caller: SourceIamRole, file: SourceFile) => Problem[];

const eachAssume =
  (check: Check): Rule =>
  (file) =>
    [...file.iamRoles.values()].flatMap((caller) => caller.assume.flatMap((word) => check(word, caller, file)));

export const assumedRolesAreThere = eachAssume((word, caller, file) => {
  if (!isArn(word.text)) return unknownRole(word, caller, file);
  if (isServiceLinked(word.text)) {
    const message = `"${word.text}" is a service-linked IAM role: only its service takes it.`;
    return [errorAt(word, "wrong-value", message, "Name an IAM role of your own.")];
  }
  if (isRoleArn(word.text)) return [];
  return [errorAt(word, "wrong-value", `"${word.text}" is no ARN of one IAM role.`, "Write arn:aws:iam::111122223333:role/NAME.")];
});

/** A way through two IAM roles needs both halves: the permission of the one, the trust of the other. */
export const assumedRolesTrust = eachAssume((word, caller, file) => {
  const target = targetOf(word, caller, file);
  if (target === null) return [];
  if (target === undefined) {
    const message = `IAM role "${word.text}" is not in this file: whether it trusts "${caller.id.text}" is not known.`;
    return [warningAt(word, "half-pair", message, `Its trust must name ${arnOf(file, caller, partitionOf) ?? caller.name.text}.`)];
  }
  if (target.manage !== null) {
    const message = `The trust of IAM role "${target.id.text}" is not pgaccord's: whether it lets "${caller.id.text}" in is not known.`;
    return [warningAt(word, "half-pair", message, `It must name ${arnOf(file, caller, partitionOf) ?? caller.name.text}.`)];
  }
  if (target.trust.some((trust) => letsIn(trust, target, caller, file))) return [];
  const message = `IAM role "${target.id.text}" does not trust "${caller.id.text}", so it cannot be taken.`;
  return [errorAt(word, "half-pair", message, `Add { role: ${caller.id.text} } to the trust of ${target.id.text}.`)];
});

/** null: what it names is a problem of its own. undefined: it is no IAM role of the file. */
function targetOf(word: Word, caller: SourceIamRole, file: SourceFile): SourceIamRole | null | undefined {
  if (isArn(word.text) && !isRoleArn(word.text)) return null;
  if (isArn(word.text)) return [...file.iamRoles.values()].find((role) => arnOf(file, role, partitionOf) === word.text);
  const found = iamReference(file, word.text, caller);
  return found.ok ? found.role : null;
}

/** A statement is taken at its word: that it allows the caller, or its account. */
function letsIn({ role, arn, account, statement }: SourceTrust, target: SourceIamRole, caller: SourceIamRole, file: SourceFile): boolean {
  if (role) {
    const found = iamReference(file, role.text, target);
    return found.ok && found.role === caller;
  }
  const own = arnOf(file, caller, partitionOf);
  if (arn) return arn.text === own;
  if (account) return account.text === caller.account.text;
  const id = file.accounts.get(caller.account.text)?.id.text;
  if (statement?.["Effect"] !== "Allow") return false;
  const named = isObject(statement["Principal"]) ? listOf(statement["Principal"]["AWS"] ?? []).map(String) : [];
  return named.some((name) => name === own || name === id || name.endsWith(`:iam::${id}:root`));
}

/** In one account a trust that names the caller is enough (IAM user guide, "Policy evaluation logic"); across accounts it is half. */
export const trustedRolesMayAssume: Rule = (file) =>
  [...file.iamRoles.values()].flatMap((target) =>
    target.trust.flatMap(({ role, arn }): Problem[] => {
      if (arn) return outsideCaller(arn, target, file);
      const found = role && iamReference(file, role.text, target);
      if (!role || !found?.ok || found.role.account.text === target.account.text) return [];
      const caller = found.role;
      if (caller.assume.some((word) => targetOf(word, caller, file) === target)) return [];
      const message = `IAM role "${caller.id.text}" is in another account, and may not take "${target.id.text}" without saying so.`;
      return [errorAt(role, "half-pair", message, `Add assume: [${target.id.text}] to ${caller.id.text}.`)];
    }),
  );

function outsideCaller(arn: Word, target: SourceIamRole, file: SourceFile): Problem[] {
  const [, partition, , , id] = arn.text.split(":");
  const account = file.accounts.get(target.account.text);
  if (!account || partition !== partitionOf(account.region)) return [];
  const caller = [...file.iamRoles.values()].find((role) => arnOf(file, role, partitionOf) === arn.text);
  if (caller)
    return [errorAt(arn, "wrong-value", `"${arn.text}" is IAM role "${caller.id.text}" of this file.`, `Write role: ${caller.id.text}.`)];
  if (id === account.id.text) return [];
  const message = `"${arn.text}" is in another account: whether it may take "${target.id.text}" is not known.`;
  return [
    warningAt(arn, "half-pair", message, `Allow it sts:AssumeRole on ${arnOf(file, target, partitionOf) ?? target.name.text} there.`),
  ];
}
