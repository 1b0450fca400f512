import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { isManaged } from "../facts/iam-things.js";
import { keyOf, resource } from "../model/key.js";
import type { Resource } from "../model/resource.js";
import { canonicalDocument } from "../policies/document.js";
import { awsCall, RANK } from "./aws-call.js";
import { inlineDelta } from "./document-rights.js";
import { type KindSpec, noAttributes, none, plainOp, wholly } from "./spec.js";
import { iamRolesOf } from "./wanted-iam.js";

/** Policies that somebody wrote into an IAM role that shall carry nothing foreign. */
export const IAM_INLINE_POLICY: KindSpec<"iam.inline-policy"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    for (const { account, role, isWhole } of iamRolesOf(declared, facts))
      for (const { id } of isWhole ? [] : liveOn(account, role.name)) wishes.leaveOut(keyOf("iam.inline-policy", id));
  },
  live: liveInline,
  equal: () => true,
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id }) => ({ type: "inline-policy", name: id.name, role: id.role }),
  delta: ({ id, before }, facts, sources) => inlineDelta(before?.document, undefined, accountOf(facts, id.account), id.role, sources),
  attributes: noAttributes,
  attain: wholly(({ key, id }, facts) => [
    awsCall(key, accountOf(facts, id.account), "close", RANK.attachment, "DeleteRolePolicy", { RoleName: id.role, PolicyName: id.name }),
  ]),
  obstacles: none,
};

function* liveInline(facts: Facts): Generator<Resource<"iam.inline-policy">> {
  for (const account of facts.accounts.values())
    for (const { name, exclusive } of account.iamRoles.values()) {
      const live = account.snapshot.roles.get(name);
      if (exclusive && live && isManaged(facts, account, "iam.role", live)) yield* liveOn(account, name);
    }
}

const liveOn = (account: AccountFacts, role: string): Resource<"iam.inline-policy">[] =>
  (account.snapshot.foreign.get(`role/${role}`)?.inline ?? []).map(({ name, document }) =>
    resource("iam.inline-policy", { account: account.name, role, name }, { document: canonicalDocument(document) ?? document }),
  );
