import { lastUses } from "../access/review/last-use.js";
import type { Plan } from "../model/plan.js";
import type { Snapshot } from "../model/snapshot.js";
import { sinceTime } from "./since.js";

/** Puts what an evidence folder knows of whoever loses something beside the plan's problems: nothing that is hashed changes. */
export async function withEvidence(plan: Plan, snapshot: Snapshot, folder: string | undefined): Promise<Plan> {
  if (folder === undefined) return plan;
  const now = Date.now();
  const from = sinceTime(WINDOW, new Date(now));
  const { readEvidenceFolder } = await import("../store/read-evidence.js");
  const { evidence, problems } = await readEvidenceFolder(folder, from);
  const more = [...problems, ...lastUses(plan.changes, snapshot, evidence, { from, to: now })];
  return more.length === 0 ? plan : { ...plan, problems: [...plan.problems, ...more] };
}

const WINDOW = "90d";
