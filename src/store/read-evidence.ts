import { evidenceOf } from "../evidence/day-evidence.js";
import { dayOf } from "../model/day.js";
import type { Evidence } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";
import { readDays } from "./evidence-folder.js";

export interface EvidenceFolder {
  readonly evidence: Evidence;
  /** Files that could not be used. */
  readonly problems: readonly Problem[];
}

/** What was collected from the day of `since` on. Reads the folder alone; one that is not there holds nothing. */
export async function readEvidenceFolder(dir: string, since: number): Promise<EvidenceFolder> {
  const { days, problems } = await readDays(dir, dayOf(since));
  return { evidence: evidenceOf(days.map(({ record }) => record)), problems };
}
