import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { goes, isCreated, isHolderLeftAlone, isManaged, policyArn } from "../facts/iam-things.js";
import type { Declared } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import type { Principal } from "../model/principal.js";
import type { Id, Pair, Resource } from "../model/resource.js";
import type { Delta } from "../model/right.js";
import type { IamPolicySnapshot } from "../model/snapshot.js";
import { awsCall, RANK } from "./aws-call.js";
import { foreignIn, isForeign, isSomebodyElses, wantForeign } from "./foreign-attachments.js";
import { heldBackIn } from "./held-back.js";
import { attachedProblems, missingPolicy } from "./iam-limits.js";
import { keptNames, partsOf } from "./policy-parts.js";
import { type KindSpec, noAttributes, plainOp, type Wishes, wholly } from "./spec.js";
import { iamDoorsOf } from "./wanted-door.js";
import { iamRolesOf, type WantedIamRole } from "./wanted-iam.js";

export const IAM_ATTACHMENT: KindSpec<"iam.attachment"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const id of heldAttachments(declared, facts)) wishes.leaveOut(keyOf("iam.attachment", id));
    wantForeign(declared, facts, wishes);
    for (const one of iamRolesOf(declared, facts)) wantParts(facts, one, wishes);
    for (const { account, door, document } of iamDoorsOf(declared, facts)) {
      if (door.user === null) continue;
      const id = { account: account.name, principal: "user", name: door.user, policy: door.policy } as const;
      if (document) wishes.want(resource("iam.attachment", id, { document: document.document }), document.sources);
      else wishes.leaveOut(keyOf("iam.attachment", id));
    }
  },
  live: liveAttachments,
  equal: () => true,
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }, facts) => {
    const account = accountOf(facts, id.account);
    return { type: "attachment", policy: id.policy, to: holderOf(id, account), isForeign: isForeign(account, id) };
  },
  delta: ({ id, after }, facts, { whole }): Delta => {
    const account = accountOf(facts, id.account);
    const isArn = isSomebodyElses(id.policy);
    const on = isArn
      ? ({ type: "arn", arn: id.policy } as const)
      : ({ type: "iam-policy", account: account.snapshot.id, name: id.policy } as const);
    const base = { who: holderOf(id, account), verbs: ["attached"], on, other: null } as const;
    if (!after) return [{ ...base, effect: "loses", terms: {}, sources: [] }];
    return [{ ...base, effect: "gains", terms: isArn ? {} : { document: after.document }, sources: whole }];
  },
  attributes: noAttributes,
  attain: wholly(attachmentOperations),
  obstacles: ({ key, id, after }, facts) => {
    if (!after) return [];
    const account = accountOf(facts, id.account);
    const ours = [...ownIn(facts, account), ...foreignIn(facts, account, id)].filter(
      (one) => one.id.principal === id.principal && one.id.name === id.name,
    );
    const missing = isSomebodyElses(id.policy)
      ? missingPolicy(account, id.policy, `attach of IAM ${id.principal} ${id.name} names it`, key)
      : [];
    const names = new Set(ours.map((one) => one.id.policy));
    return [...missing, ...attachedProblems(key, { id, parts: after.parts ?? null }, { facts, account, ours: names })];
  },
};

function wantParts(facts: Facts, one: WantedIamRole, wishes: Wishes<"iam.attachment">): void {
  const { account, role, connect, isWhole } = one;
  const idOf = (policy: string) => ({ account: account.name, principal: "role", name: role.name, policy }) as const;
  const parts = connect && isWhole ? partsOf(facts, one) : [];
  const names = parts.map(({ name }) => name);
  for (const name of keptNames(facts, one, parts)) wishes.leaveOut(keyOf("iam.attachment", idOf(name)));
  if (connect)
    for (const { name, document } of parts)
      wishes.want(resource("iam.attachment", idOf(name), { document, parts: names }), connect.sources);
}

const holderOf = ({ principal, name }: Id<"iam.attachment">, { snapshot }: AccountFacts): Principal => ({
  type: "iam",
  account: snapshot.id,
  kind: principal,
  name,
});

/** Whoever carries a policy that leads to clusters that were not read keeps it, and its IAM roles keep all that they carry. */
function heldAttachments(declared: Declared, facts: Facts): Id<"iam.attachment">[] {
  return [...facts.accounts.values()].flatMap((account) => {
    const held = heldBackIn(declared, facts, account);
    return [...liveIn(facts, account)]
      .map(({ id }) => id)
      .filter(({ principal, name, policy }) => held?.policies.has(policy) || (principal === "role" && held?.roles.has(name)));
  });
}

/** Attachments of our policies, to whomever: a stranger that carries one has our door. */
function* liveAttachments(facts: Facts): Generator<Resource<"iam.attachment">> {
  for (const account of facts.accounts.values()) yield* liveIn(facts, account);
}

function* liveIn(facts: Facts, account: AccountFacts): Generator<Resource<"iam.attachment">> {
  yield* foreignIn(facts, account);
  yield* ownIn(facts, account);
}

function* ownIn(facts: Facts, account: AccountFacts): Generator<Resource<"iam.attachment">> {
  const ours = new Map(
    [...account.snapshot.policies.values()].filter((p) => isManaged(facts, account, "iam.policy", p)).map((p) => [p.arn, p]),
  );
  for (const attachment of account.snapshot.attachments) {
    const { principal, name, policyArn: arn } = attachment;
    const policy = ours.get(arn);
    const isStranger =
      isHolderLeftAlone(facts, account, attachment) || (policy !== undefined && staysOn(facts, account, attachment, policy));
    if (policy && !isStranger)
      yield resource("iam.attachment", { account: account.name, principal, name, policy: policy.name }, { document: policy.document });
  }
}

/** A policy by itself is for whoever attaches it. One that is released stays on whoever carries it, but for the file's own IAM roles and those that go. */
function staysOn(facts: Facts, account: AccountFacts, { principal, name }: Attachment, policy: IamPolicySnapshot): boolean {
  if (account.freePolicies.has(policy.name)) return true;
  if (isCreated(policy.tags) || account.declaredPolicies.has(policy.name)) return false;
  return principal !== "role" || !(account.declaredRoles.has(name) || goes(facts, account, name));
}

type Attachment = AccountFacts["snapshot"]["attachments"][number];

const CALLS = {
  role: { attach: "AttachRolePolicy", detach: "DetachRolePolicy", name: "RoleName" },
  user: { attach: "AttachUserPolicy", detach: "DetachUserPolicy", name: "UserName" },
  // No file attaches anything to a group.
  group: { attach: null, detach: "DetachGroupPolicy", name: "GroupName" },
} as const;

function attachmentOperations(pair: Pair<"iam.attachment">, facts: Facts): Operation[] {
  const account = accountOf(facts, pair.id.account);
  const { name, policy, principal } = pair.id;
  const own = account.snapshot.policies.get(policy)?.arn ?? policyArn(account.declared, policy, account.iamPath);
  const PolicyArn = isSomebodyElses(policy) ? policy : own;
  const { attach, detach, name: key } = CALLS[principal];
  if (!pair.after) return [awsCall(pair.key, account, "close", RANK.attachment, detach, { [key]: name, PolicyArn })];
  return attach === null ? [] : [awsCall(pair.key, account, "open", RANK.attachment, attach, { [key]: name, PolicyArn })];
}
