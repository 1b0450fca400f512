import type { AwsUnit } from "../access/atoms.js";
import type { Components } from "../access/components.js";
import type { Facts } from "../facts/facts.js";
import type { Change } from "../model/change.js";
import { groupBy } from "../model/group-by.js";
import type { Operation, Phase } from "../model/operation.js";
import { draftOf, type UnitDraft } from "./draft.js";

/** The calls of one account, component and phase. */
export interface AwsDraft extends AwsUnit {
  readonly account: string;
  readonly component: string;
  /** Of `prepare`: how many IAM roles must be there before. */
  readonly depth: number;
  /** How many IAM roles stand before the last of its account on a way through several. */
  readonly deepest: number;
  readonly draft: UnitDraft;
}

/**
 * Within a component each phase waits for the one before, in whatever account; components do not wait for each other. An IAM role is
 * made after those that its trust names: IAM refuses a principal that is not there.
 */
export function awsUnits(
  operations: readonly Operation[],
  changes: readonly Pick<Change, "key" | "target" | "subject">[],
  components: Components,
  trustDepth: Facts["trustDepth"],
): AwsDraft[] {
  const componentOf = new Map(changes.flatMap((c) => (c.target.type === "account" ? [[c.key, components.of(c)] as const] : [])));
  const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws" && "account" in o.site);
  const spanning = spanningOf(calls, componentOf);
  const nameOf = (o: Operation<"aws">): string | null => {
    if (!("account" in o.site)) return null;
    const component = componentOf.get(o.change) ?? "";
    const role = o.args.input["RoleName"];
    const depth = spanning.has(component) && o.phase === "prepare" && typeof role === "string" ? trustDepth(o.site.account, role) : 0;
    return JSON.stringify([o.site.account, component, o.phase, depth]);
  };
  const units = [...groupBy(calls, nameOf)].map(([name, own]): AwsDraft => {
    const [account = "", component = "", phase, depth = 0]: readonly [string, string, Phase, number] = JSON.parse(name);
    const sorted = [...own].sort((a, b) => a.rank - b.rank || (a.change < b.change ? -1 : a.change > b.change ? 1 : 0));
    const draft = draftOf(phase, { account }, sorted);
    const deepest = Math.max(0, ...depthsIn(calls, account, (o) => componentOf.get(o.change) === component, trustDepth));
    return {
      name,
      account,
      component,
      depth,
      deepest: spanning.has(component) ? deepest : 0,
      takes: phase === "close" || phase === "replace",
      gives: phase === "open",
      draft,
    };
  });
  for (const unit of units) for (const before of earlier(unit, units)) unit.draft.after.add(before);
  return units;
}

/** Components with calls to several accounts. */
function spanningOf(calls: readonly Operation<"aws">[], componentOf: ReadonlyMap<string, string>): ReadonlySet<string> {
  const accounts = new Map<string, Set<string>>();
  for (const { change, site } of calls) {
    const component = componentOf.get(change) ?? "";
    if ("account" in site) accounts.set(component, (accounts.get(component) ?? new Set()).add(site.account));
  }
  return new Set([...accounts].flatMap(([component, names]) => (names.size > 1 ? [component] : [])));
}

const depthsIn = (
  calls: readonly Operation<"aws">[],
  account: string,
  isOwn: (o: Operation<"aws">) => boolean,
  trustDepth: Facts["trustDepth"],
): number[] =>
  calls
    .filter((o) => "account" in o.site && o.site.account === account && isOwn(o))
    .flatMap(({ args: { input } }) => (typeof input["RoleName"] === "string" ? [trustDepth(account, input["RoleName"])] : []));

const EARLIER: { readonly [P in Phase]?: readonly Phase[] } = {
  both: ["prepare"],
  close: ["both"],
  open: ["both", "prepare", "close"],
  replace: ["both", "prepare", "close", "open"],
  delete: ["both", "prepare", "close", "open", "replace"],
};

/** The door opens first, then what leads to it (design: door, trust, the caller's permission). */
const opensBefore = (other: AwsDraft, { deepest, draft }: AwsDraft): boolean =>
  draft.phase === "open" && other.draft.phase === "open" && other.deepest > deepest;

function earlier(unit: AwsDraft, units: readonly AwsDraft[]): UnitDraft[] {
  const { phase } = unit.draft;
  const isMadeBefore = ({ draft, depth }: AwsDraft): boolean => phase === "prepare" && draft.phase === "prepare" && depth < unit.depth;
  return units
    .filter((other) => other.component === unit.component)
    .filter((other) => EARLIER[phase]?.includes(other.draft.phase) || isMadeBefore(other) || opensBefore(other, unit))
    .map(({ draft }) => draft);
}
