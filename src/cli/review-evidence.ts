import type { Declared } from "../model/declared.js";
import { type Evidence, NO_EVIDENCE } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";
import type { CliIo } from "./io.js";

export interface EvidenceAsked {
  readonly declared: Declared;
  /** A folder that `evidence collect` keeps; left out: the logs of the servers themselves, as far back as they reach. */
  readonly evidence?: string | undefined;
  readonly since: number;
}

/** All that can be known of what was used: logs, or what was collected of them. */
export async function readEvidence(
  io: CliIo,
  { declared, evidence: folder, since }: EvidenceAsked,
): Promise<{ readonly evidence: Evidence; readonly problems: readonly Problem[] }> {
  if (folder !== undefined) return (await import("../store/read-evidence.js")).readEvidenceFolder(folder, since);
  const { readRdsLogins } = await import("./logins-rds.js");
  const { problems, ...read } = await readRdsLogins(io, { declared, since, options: { file: "", fileGiven: true, format: "text" } });
  return { evidence: { ...NO_EVIDENCE, ...read }, problems };
}
