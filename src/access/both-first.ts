import type { AccountFacts } from "../facts/facts.js";
import type { Operation } from "../model/operation.js";
import { unionOf } from "../policies/union.js";

/** Characters of a managed policy (IAM quotas). */
const MAX_SIZE = 6144;

/**
 * The same calls, but a policy that takes some doors and gives others first holds both, and loses what goes when all else is done. Whoever
 * comes by another door in the end is then never outside; whether somebody would reach too much meanwhile, the proof tells.
 */
export function bothFirst(operations: readonly Operation[], accounts: Iterable<AccountFacts>): readonly Operation[] | null {
  const byName = new Map([...accounts].map((account) => [account.name, account]));
  const writes = operations.filter(isWrite);
  const later = new Map<Operation, readonly Operation[]>();
  for (const open of writes.filter(({ phase }) => phase === "open")) {
    const close = writes.find((o) => o.phase === "close" && o.change === open.change);
    const account = "account" in open.site ? byName.get(open.site.account) : undefined;
    const live = [...(account?.snapshot.policies.values() ?? [])].find(({ arn }) => arn === open.args.input["PolicyArn"]);
    const both = close && live ? unionOf(live.document, String(open.args.input["PolicyDocument"]), MAX_SIZE) : null;
    if (!close || both === null) continue;
    later.set(close, []);
    later.set(open, [
      { ...open, args: { ...open.args, input: { ...open.args.input, PolicyDocument: both } } },
      { ...open, phase: "replace" },
    ]);
  }
  return later.size === 0 ? null : operations.flatMap((o) => later.get(o) ?? [o]);
}

const isWrite = (o: Operation): o is Operation<"aws"> => o.type === "aws" && o.args.action === "CreatePolicyVersion";
