import type { Effect, Operation } from "../model/plan.js";
import type { Pair, Resource } from "../model/resource.js";
import { accountOf, type Facts } from "./facts.js";
import { awsCall, isLeftAlone, isManaged, policyArn, RANK } from "./iam.js";
import { resource } from "./key.js";
import { type KindSpec, none, plainOp, showAttrs } from "./spec.js";

export const IAM_ATTACHMENT: KindSpec<"iam.attachment"> = {
  isThing: false,
  live: liveAttachments,
  equal: () => true,
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  title: (pair, op) => `${op} attachment of IAM policy ${pair.id.policy} to IAM ${pair.id.principal} ${pair.id.name}`,
  effects: attachmentEffects,
  operations: attachmentOperations,
  show: showAttrs,
  obstacles: none,
};

/** Attachments of our policies, to whomever: a stranger that carries one has our door. */
function* liveAttachments(facts: Facts): Generator<Resource<"iam.attachment">> {
  for (const account of facts.accounts.values()) {
    const ours = new Map([...account.snapshot.policies.values()].filter((p) => isManaged(facts, account, p)).map((p) => [p.arn, p.name]));
    for (const { principal, name, policyArn: arn } of account.snapshot.attachments) {
      const policy = ours.get(arn);
      if (policy && !isLeftAlone(facts, account, name))
        yield resource("iam.attachment", { account: account.name, principal, name, policy }, {});
    }
  }
}

function attachmentEffects(pair: Pair<"iam.attachment">): Effect[] {
  const { account, name, policy, principal } = pair.id;
  const effect = pair.after ? "gains" : "loses";
  return [
    { effect, who: `IAM ${principal} ${name}`, what: [`IAM policy ${policy}`], preposition: "in", on: `account ${account}`, fold: null },
  ];
}

const DETACH = {
  role: { command: "DetachRolePolicy", name: "RoleName" },
  user: { command: "DetachUserPolicy", name: "UserName" },
  group: { command: "DetachGroupPolicy", name: "GroupName" },
} as const;

function attachmentOperations(pair: Pair<"iam.attachment">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { name, policy, principal } = pair.id;
  const PolicyArn = account.snapshot.policies.get(policy)?.arn ?? policyArn(account.declared, policy);
  if (pair.after) return [awsCall(pair.key, account, "open", RANK.attachment, "AttachRolePolicy", { RoleName: name, PolicyArn })];
  const detach = DETACH[principal];
  return [awsCall(pair.key, account, "close", RANK.attachment, detach.command, { [detach.name]: name, PolicyArn })];
}
