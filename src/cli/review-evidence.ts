import { isDeclaredCaller } from "../access/trail-callers.js";
import { createAws } from "../aws/client.js";
import { readTrail, type TrailRead } from "../aws/trail.js";
import type { Declared } from "../model/declared.js";
import { type Evidence, NO_EVIDENCE } from "../model/evidence.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { CliIo } from "./io.js";
import { passwordsOf } from "./log-mask.js";
import { createProgress } from "./progress.js";

export interface EvidenceAsked {
  readonly declared: Declared;
  /** A folder that `evidence collect` keeps; left out: the logs of the servers themselves, as far back as they reach. */
  readonly folder?: string | undefined;
  /** Whether CloudTrail is asked who took the IAM roles. */
  readonly trail: boolean;
  readonly since: number;
  readonly now: number;
}

export interface EvidenceRead {
  readonly evidence: Evidence;
  readonly problems: readonly Problem[];
}

/** All that can be known of what was used: logs, or what was collected of them, and who took the IAM roles. */
export async function readEvidence(io: CliIo, asked: EvidenceAsked): Promise<EvidenceRead> {
  const logs = await readLogs(io, asked);
  if (!asked.trail || asked.declared.iamRoles.size === 0) return logs;
  const { assumed, roleUses, coverage, problems } = await readTakers(io, asked);
  return {
    evidence: { ...logs.evidence, assumed, roleUses, coverage: [...logs.evidence.coverage, ...coverage] },
    problems: [...logs.problems, ...problems],
  };
}

async function readLogs(io: CliIo, { declared, folder, since }: EvidenceAsked): Promise<EvidenceRead> {
  if (folder !== undefined) return (await import("../store/read-evidence.js")).readEvidenceFolder(folder, since);
  const { readRdsLogins } = await import("./logins-rds.js");
  const { problems, ...read } = await readRdsLogins(io, { declared, since, options: { file: "", fileGiven: true, format: "text" } });
  return { evidence: { ...NO_EVIDENCE, ...read }, problems };
}

async function readTakers(io: CliIo, { declared, since, now }: EvidenceAsked): Promise<TrailRead> {
  const aws = createAws({ env: io.env, log: io.log.hiding(passwordsOf(declared, io.env)), purpose: "plan" });
  const over = createProgress(io)("Asking CloudTrail who took the IAM roles");
  const request = {
    declared,
    roles: [...declared.iamRoles.values()],
    since,
    now,
    // What is silent must be known of the whole window.
    isEnough: () => false,
    sleep: (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
  const { athena } = declared;
  const read = athena
    ? await (await import("../aws/trail-by-athena.js")).readTrailTable(aws, request, athena)
    : await readTrail(aws, request);
  over();
  return { ...read, problems: [...read.problems, ...strangers(declared, read)] };
}

/** Who took an IAM role and is not in its trust as the file writes it. */
const strangers = (declared: Declared, { assumed, people }: TrailRead): Problem[] =>
  [...declared.iamRoles.values()].flatMap((role) =>
    assumed
      .filter((one) => one.role === people.arns.get(role.id))
      .filter(({ caller }) => isDeclaredCaller(declared, role, caller, (account) => people.accounts.has(account)) === false)
      .map(({ caller }) =>
        warningProblem(
          "assumed-not-declared",
          `IAM role ${role.id} was taken by ${caller.arn ?? `${caller.uniqueId ?? "somebody"} of account ${caller.account ?? "unknown"}`}, whom its trust in the file does not name.`,
          { place: role.place, hint: "Its live trust is wider than the file, or was: pgaccord plan says what it would take." },
        ),
      ),
  );
