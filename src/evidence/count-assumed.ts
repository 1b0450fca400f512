import type { AssumeCaller, AssumedRole } from "../model/evidence.js";
import type { AssumeEvent } from "./cloudtrail.js";

/**
 * Who took which IAM role how often. The two records of a call from another account count once; the one of the caller's account names the
 * caller. Other ids are looked up in `names`, and in what other records say.
 * @param names ARNs by unique id
 */
export function countAssumed(events: readonly AssumeEvent[], names: ReadonlyMap<string, string>): AssumedRole[] {
  const known = new Map([...namesIn(events), ...names]);
  const groups = new Map<string, AssumedRole>();
  for (const event of onceEach(events)) {
    const caller = resolved(event.caller, known);
    const key = JSON.stringify([event.role, caller.account, caller.arn ?? caller.uniqueId, caller.subject]);
    const before = groups.get(key);
    groups.set(key, before ? joined(before, event) : { ...tallyOf(event), caller });
  }
  return [...groups.values()].sort((a, b) => (a.role === b.role ? b.last - a.last : a.role < b.role ? -1 : 1));
}

/** Ids that only stand beside no name, by account: who is gone, or of an account that is not read. */
export const unresolvedIn = (assumed: readonly AssumedRole[]): AssumeCaller[] =>
  assumed.map(({ caller }) => caller).filter(({ arn, uniqueId }) => arn === null && uniqueId !== null);

const namesIn = (events: readonly AssumeEvent[]): [string, string][] =>
  events.flatMap(({ caller: { uniqueId, arn } }) => (uniqueId !== null && arn !== null ? [[uniqueId, arn] as [string, string]] : []));

/** Of two records of one call the one that names its caller. */
function onceEach(events: readonly AssumeEvent[]): AssumeEvent[] {
  const byId = new Map<string, AssumeEvent>();
  for (const event of events) {
    const before = byId.get(event.id);
    if (!before || (before.caller.arn === null && event.caller.arn !== null)) byId.set(event.id, event);
  }
  return [...byId.values()];
}

function resolved(caller: AssumeCaller, names: ReadonlyMap<string, string>): AssumeCaller {
  if (caller.uniqueId === null) return caller;
  const arn = names.get(caller.uniqueId);
  return arn === undefined ? caller : { ...caller, arn };
}

const tallyOf = ({ role, caller, count, first, at, sessions, addresses }: AssumeEvent): AssumedRole => ({
  role,
  caller,
  count,
  first,
  last: at,
  sessions: sorted(sessions),
  addresses: sorted(addresses),
});

const joined = (before: AssumedRole, event: AssumeEvent): AssumedRole => ({
  ...before,
  count: before.count + event.count,
  first: Math.min(before.first, event.first),
  last: Math.max(before.last, event.at),
  sessions: sorted([...before.sessions, ...event.sessions]),
  addresses: sorted([...before.addresses, ...event.addresses]),
});

const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();
