import type { Level, Net, NetItem } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import type { Thing } from "../model/thing.js";
import { placeOfThing } from "./approval.js";
import { canonical, type Hash } from "./digest.js";

/** One verb that somebody reaches at one place, on a level that it had not. */
interface NetGain {
  readonly who: Principal;
  readonly verb: string;
  readonly item: NetItem;
  /** 24 hexadecimal digits over who, verb, place and level: how many things there are at the place does not count, as with a wildcard. */
  readonly id: string;
}

/** What a record keeps of it (plan/approval-record.ts). */
interface Shown {
  readonly digest: string | null;
  readonly net: readonly string[] | null;
}

const DIGITS = 24;

export const netGains = ({ net }: Pick<Plan, "net">, hash: Hash): NetGain[] =>
  net.flatMap(({ who, items }) =>
    items
      .filter(({ from, to }) => from < to)
      .flatMap((item) => item.verbs.map((verb) => ({ who, verb, item, id: idOf(who, verb, item, item.to, hash) }))),
  );

const idOf = (who: Principal, verb: string, { examples: [on] }: NetItem, level: Level, hash: Hash): string =>
  hash(canonical(["net", who, verb, placeOf(on), level])).slice(0, DIGITS);

const placeOf = (on: Thing): string => placeOfThing(on) ?? canonical(on);

/**
 * What the plan lets somebody reach and no single record showed: two pull requests together give it. Whoever has seen a higher level
 * has seen the lower ones. None where a record does not say what its plan reached, or one is of this very plan.
 */
export function netNotShown(plan: Plan, records: readonly Shown[], hash: Hash): Net[] {
  if (records.some(({ net, digest }) => net === null || digest === plan.digest)) return [];
  const shown = new Set(records.flatMap(({ net }) => net ?? []));
  const levels = (from: Level): Level[] => ([1, 2, 3] as const).filter((level) => level >= from);
  const isShown = (who: Principal, verb: string, item: NetItem): boolean =>
    levels(item.to).some((level) => shown.has(idOf(who, verb, item, level, hash)));
  return plan.net.flatMap(({ who, items }): Net[] => {
    const left = items
      .filter(({ from, to }) => from < to)
      .map((item) => ({ ...item, verbs: item.verbs.filter((verb) => !isShown(who, verb, item)) }))
      .filter(({ verbs }) => verbs.length > 0);
    return left.length === 0 ? [] : [{ who, items: left, nowThrough: [] }];
  });
}
