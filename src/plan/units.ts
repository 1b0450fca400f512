import type { Facts } from "../facts/facts.js";
import type { Step, Unit } from "../model/plan.js";
import { awsSteps, sqlSteps } from "./batch.js";
import type { UnitDraft } from "./draft.js";

export interface Rendered {
  readonly units: Unit[];
  readonly steps: Step[];
  readonly idOf: (draft: UnitDraft | undefined) => string;
}

/** Units with their names, what each waits for, and the statements and calls that it is made of. */
export function renderUnits(drafts: readonly UnitDraft[], facts: Facts): Rendered {
  const ids = new Map(drafts.map((draft, i) => [draft, `u${i + 1}`]));
  const units = drafts.map((draft): Unit => {
    const { phase, site, check } = draft;
    const mode = "account" in site ? "journal" : "transaction";
    const after = [...draft.after].flatMap((other) => ids.get(other) ?? []).sort(byNumber);
    return { id: ids.get(draft) ?? "", phase, site, mode, after, ...(check ? { check } : {}) };
  });
  const steps = drafts.flatMap((draft) => stepsOf(draft, facts).map((step) => ({ unit: ids.get(draft) ?? "", ...step })));
  return { units, steps, idOf: (draft) => (draft && ids.get(draft)) ?? "" };
}

const byNumber = (a: string, b: string): number => Number(a.slice(1)) - Number(b.slice(1));

function stepsOf(draft: UnitDraft, facts: Facts): Omit<Step, "unit">[] {
  if ("account" in draft.site) return awsSteps(draft);
  const cluster = facts.clusters.get(draft.site.cluster);
  return cluster ? sqlSteps(draft, cluster, facts.things) : [];
}
