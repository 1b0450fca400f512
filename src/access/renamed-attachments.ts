import type { AccountFacts, Facts } from "../facts/facts.js";
import { underNewUsers } from "../kinds/renamed-doors.js";
import type { Operation } from "../model/operation.js";
import { atomKey, atomsOf } from "../policies/atoms.js";
import { carrierOf, type Iam, iamOf, playCall } from "./iam-play.js";

/**
 * A policy that takes the place of another one, and says of users that are renamed what that says, is attached before they are renamed: until
 * then its doors lead to nobody, and from then on those of the other one do.
 */
export function attachRenamed(operations: readonly Operation[], facts: Facts): readonly Operation[] {
  const earlier = new Set([...facts.accounts.values()].flatMap((account) => earlierIn(operations, facts, account)));
  return earlier.size === 0 ? operations : operations.map((o) => (earlier.has(o) ? { ...o, phase: "both" } : o));
}

function earlierIn(operations: readonly Operation[], facts: Facts, account: AccountFacts): Operation[] {
  const isOwn = (o: Operation): o is Operation<"aws"> => o.type === "aws" && "account" in o.site && o.site.account === account.name;
  const calls = operations.filter(isOwn);
  const attaching = calls.filter((o) => o.phase === "open" && /^Attach(Role|User)Policy$/.test(o.args.action));
  if (attaching.length === 0) return [];
  const live = iamOf(account);
  const end = iamOf(account);
  for (const call of calls) playCall(end, call, account.declared);
  return attaching.filter(({ args: { input } }) => {
    const carrier = "RoleName" in input ? carrierOf("role", String(input["RoleName"])) : carrierOf("user", String(input["UserName"]));
    const before = documentsOf(live, carrier);
    const renamed = before.map((document) => underNewUsers(facts, account, document));
    const had = new Set(renamed.flatMap(keysOf));
    const keys = keysOf(end.policies.get(String(input["PolicyArn"])) ?? "");
    return renamed.some((document, i) => document !== before[i]) && keys.length > 0 && keys.every((key) => had.has(key));
  });
}

const documentsOf = ({ attached, policies }: Iam, carrier: string): string[] =>
  [...(attached.get(carrier) ?? [])].flatMap((arn) => policies.get(arn) ?? []);

const keysOf = (document: string): string[] => atomsOf(document).map(atomKey);
