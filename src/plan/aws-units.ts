import type { AwsUnit } from "../access/atoms.js";
import type { Components } from "../access/components.js";
import type { Change } from "../model/change.js";
import type { Operation, Phase } from "../model/operation.js";
import { draftOf, groupBy, type UnitDraft } from "./draft.js";

/** The calls of one account, component and phase. */
export interface AwsDraft extends AwsUnit {
  readonly account: string;
  readonly component: string;
  readonly draft: UnitDraft;
}

/** Within a component each phase waits for the one before; components do not wait for each other. */
export function awsUnits(
  operations: readonly Operation[],
  changes: readonly Pick<Change, "key" | "target" | "subject">[],
  components: Components,
): AwsDraft[] {
  const componentOf = new Map(changes.flatMap((c) => (c.target.type === "account" ? [[c.key, components.of(c)] as const] : [])));
  const nameOf = (o: Operation): string | null =>
    "account" in o.site ? JSON.stringify([o.site.account, componentOf.get(o.change) ?? "", o.phase]) : null;
  const units = [...groupBy(operations, nameOf)].map(([name, own]): AwsDraft => {
    const [account = "", component = "", phase]: readonly string[] = JSON.parse(name);
    const sorted = [...own].sort((a, b) => a.rank - b.rank || (a.change < b.change ? -1 : a.change > b.change ? 1 : 0));
    // The text is one that nameOf made.
    const draft = draftOf(phase as Phase, { account }, sorted);
    return { name, account, component, takes: phase === "close" || phase === "replace", gives: phase === "open", draft };
  });
  for (const unit of units) for (const before of earlier(unit, units)) unit.draft.after.add(before);
  return units;
}

const EARLIER: { readonly [P in Phase]?: readonly Phase[] } = {
  open: ["prepare", "close"],
  replace: ["prepare", "close", "open"],
  delete: ["prepare", "close", "open", "replace"],
};

const earlier = ({ account, component, draft }: AwsDraft, units: readonly AwsDraft[]): UnitDraft[] =>
  units
    .filter((other) => other.account === account && other.component === component && EARLIER[draft.phase]?.includes(other.draft.phase))
    .map((other) => other.draft);
