import type { LoginAttempt } from "../model/evidence.js";
import type { AssumeEvent } from "./cloudtrail.js";

/** A login that likely came through an IAM role: the same address took it at most an hour before. */
export interface JoinedTrace {
  readonly assumed: AssumeEvent;
  readonly login: LoginAttempt;
  readonly secondsBetween: number;
}

/** A session of an IAM role that another session took ends after an hour at most. */
const AT_MOST = 3_600_000;

/** For each login the last AssumeRole from its address within the hour before. Likely, not proved: an address may be shared. */
export function joinTraces(events: readonly AssumeEvent[], attempts: readonly LoginAttempt[]): JoinedTrace[] {
  const byAddress = new Map<string, AssumeEvent[]>();
  for (const event of [...events].sort((a, b) => a.at - b.at))
    for (const address of event.addresses) byAddress.set(address, [...(byAddress.get(address) ?? []), event]);
  return attempts.flatMap((login) => {
    if (login.outcome !== "ok" || login.address === null) return [];
    const before = (byAddress.get(hostOf(login.address)) ?? []).filter(({ at }) => at <= login.at && login.at - at <= AT_MOST);
    const assumed = before.at(-1);
    return assumed ? [{ assumed, login, secondsBetween: Math.round((login.at - assumed.at) / 1000) }] : [];
  });
}

/** `10.0.0.7:56368`, `10.0.0.7(56368)`, `[::1]:5432`. An IPv6 address of its own has no port. */
function hostOf(address: string): string {
  const [, bracketed] = /^\[([^\]]+)\]/.exec(address) ?? [];
  if (bracketed !== undefined) return bracketed;
  return address.replace(/\(\d+\)$/, "").replace(/^([^:]+):\d+$/, "$1");
}
