import type { AccountFacts, Facts } from "../facts/facts.js";
import { freePartNames, livePartsOf } from "../facts/policy-parts.js";
import { documentSize } from "../policies/document.js";
import { type NamedDocument, splitDocument } from "../policies/split.js";
import { underNewUsers } from "./renamed-doors.js";
import type { WantedIamRole } from "./wanted-iam.js";

/** Characters of a managed policy without white space (IAM quotas). */
const MAX_SIZE = 6144;
export const sizeLimit = ({ snapshot }: AccountFacts): number => snapshot.quotas?.policySize ?? MAX_SIZE;

/** The generated policies of an IAM role: one, or as many as have room for its doors. Empty: it has none, or they stay as they are. */
export function partsOf(facts: Facts, { account, role, connect }: WantedIamRole): readonly NamedDocument[] {
  const { policy } = role;
  if (policy === null || connect === null) return [];
  const { document } = connect;
  const live = livePartsOf(facts, account, policy);
  const isWhole = live.every(({ name }) => name === policy);
  if (isWhole && documentSize(document) <= sizeLimit(account)) return [{ name: policy, document }];
  // A door of a user that is renamed stays where it is, too.
  const there = live.map((one) => ({ name: one.name, document: underNewUsers(facts, account, one.document) }));
  const first = there.some(({ name }) => name === policy) ? [] : [{ name: policy, document: null }];
  return splitDocument(document, { there: [...first, ...there], fresh: freePartNames(facts, account, policy), max: sizeLimit(account) });
}

/** Those that stay as they are, where an IAM role may not be changed as a whole: all that are there, but `parts`, which are written. */
export function keptNames(facts: Facts, { account, role, isWhole }: WantedIamRole, parts: readonly NamedDocument[]): readonly string[] {
  if (role.policy === null || isWhole) return [];
  const live = livePartsOf(facts, account, role.policy).map(({ name }) => name);
  return [...new Set([role.policy, ...live])].filter((name) => !parts.some((part) => part.name === name));
}
