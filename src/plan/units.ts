import type { Facts } from "../facts/facts.js";
import type { Step, Unit } from "../model/plan.js";
import { awsSteps, sqlSteps } from "./batch.js";
import type { Ordered, UnitDraft } from "./order.js";

/** Units with their names, what each waits for, and the statements and calls that it is made of. */
export function renderUnits(ordered: Ordered, facts: Facts): { units: Unit[]; steps: Step[] } {
  const units: Unit[] = [];
  const steps: Step[] = [];
  const lastOf = new Map<string, { phase: string; ids: string[]; before: string[] }>();
  for (const [i, draft] of ordered.drafts.entries()) {
    const id = `u${i + 1}`;
    const component = componentOf(draft, facts);
    const last = lastOf.get(component) ?? { phase: "", ids: [], before: [] };
    // Units of one phase do not wait for each other, but for those of the phase before; a check is waited for.
    const after = last.phase === draft.phase && !draft.check ? last.before : last.ids;
    const ids = last.phase === draft.phase && !draft.check ? [...last.ids, id] : [id];
    lastOf.set(component, { phase: draft.check ? "" : draft.phase, ids, before: after });
    const mode = "account" in draft.site ? "journal" : "transaction";
    units.push({ id, phase: draft.phase, site: draft.site, mode, after: [...after], ...(draft.check ? { check: draft.check } : {}) });
    steps.push(...stepsOf(draft, facts).map((step) => ({ unit: id, ...step })));
  }
  return { units, steps };
}

function stepsOf(draft: UnitDraft, facts: Facts): Omit<Step, "unit">[] {
  if ("account" in draft.site) return awsSteps(draft);
  const cluster = facts.clusters.get(draft.site.cluster);
  return cluster ? sqlSteps(draft, cluster.powers, facts.things) : [];
}

/** A cluster and the account whose resources refer to it stand or fall together. */
function componentOf(draft: UnitDraft, facts: Facts): string {
  if ("account" in draft.site) return `account ${draft.site.account}`;
  const account = facts.clusters.get(draft.site.cluster)?.declared.account ?? null;
  return account === null ? `cluster ${draft.site.cluster}` : `account ${account}`;
}
