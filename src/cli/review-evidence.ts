import { stat } from "node:fs/promises";
import { isDeclaredCaller } from "../access/trail-callers.js";
import type { Advised } from "../aws/advisor.js";
import type { Aws } from "../aws/client.js";
import { readTrail, type TrailRead } from "../aws/trail.js";
import type { Declared, DeclaredCluster } from "../model/declared.js";
import { type Evidence, type LoginCount, NO_EVIDENCE } from "../model/evidence.js";
import { errorProblem, type Problem, ProblemsError, warningProblem } from "../model/problem.js";
import { createWorld } from "../world.js";
import type { CliIo } from "./io.js";
import { passwordsOf } from "./log-mask.js";
import { createProgress } from "./progress.js";
import { awsOf } from "./reading-aws.js";
import { addressesOf } from "./run.js";

export interface EvidenceAsked {
  readonly declared: Declared;
  /** A folder that `evidence collect` keeps; left out: the logs of the servers themselves, as far back as they reach. */
  readonly folder?: string | undefined;
  /** Whether CloudTrail is asked who took the IAM roles. */
  readonly trail: boolean;
  /** Whether IAM's access advisor is asked, a job for each IAM role with a door. */
  readonly advisor: boolean;
  /** Whether the clusters are asked who is connected now, and where their sockets go. */
  readonly activity: boolean;
  readonly address?: readonly (readonly [string, string])[] | undefined;
  readonly since: number;
  readonly now: number;
}

export interface EvidenceRead {
  readonly evidence: Evidence;
  readonly problems: readonly Problem[];
}

/** All that can be known of what was used: logs, or what was collected of them, and who took the IAM roles. */
export async function readEvidence(io: CliIo, asked: EvidenceAsked): Promise<EvidenceRead> {
  const aws = await awsOf(io, asked.declared);
  const [logged, now] = [await readLogs(io, asked, aws), asked.activity ? await readNow(io, asked) : NOBODY];
  const logs = {
    evidence: { ...logged.evidence, logins: [...logged.evidence.logins, ...now.logins] },
    problems: [...logged.problems, ...now.problems],
  };
  if (!asked.trail || asked.declared.iamRoles.size === 0) return logs;
  const { assumed, roleUses, coverage, problems } = await readTakers(io, asked, aws);
  return {
    evidence: { ...logs.evidence, assumed, roleUses, coverage: [...logs.evidence.coverage, ...coverage] },
    problems: [...logs.problems, ...problems],
  };
}

async function readLogs(io: CliIo, { declared, folder, since }: EvidenceAsked, aws: Aws): Promise<EvidenceRead> {
  if (folder !== undefined && !(await isFolder(folder)))
    throw new ProblemsError([
      errorProblem("evidence-folder", `${folder} is no folder, so it holds no evidence.`, {
        hint: "Name the folder that pgaccord evidence collect --to FOLDER keeps, or leave --evidence out: the servers' own logs are read.",
      }),
    ]);
  if (folder !== undefined) return (await import("../store/read-evidence.js")).readEvidenceFolder(folder, since);
  const { readRdsLogins } = await import("./logins-rds.js");
  const { problems, ...read } = await readRdsLogins(io, { declared, since, aws });
  return { evidence: { ...NO_EVIDENCE, ...read }, problems };
}

interface Now {
  readonly logins: readonly LoginCount[];
  readonly problems: readonly Problem[];
}
const NOBODY: Now = { logins: [], problems: [] };

/** Whoever came in before the window and never left has no line in the log of the window. */
async function readNow(io: CliIo, { declared, address, now }: EvidenceAsked): Promise<Now> {
  const log = io.log.hiding(passwordsOf(declared, io.env));
  const addresses = addressesOf(declared, address ? { address } : {});
  const world = createWorld({ declared, env: io.env, addresses, readAs: "reader", onProgress: createProgress(io), log });
  const read = await Promise.all(
    [...declared.clusters.values()].map((cluster) =>
      world.activity(cluster).then((list) => connected(cluster, list, now), notAsked(cluster)),
    ),
  );
  return { logins: read.flatMap((one) => one.logins), problems: read.flatMap((one) => one.problems) };
}

const connected = (
  { name: cluster }: DeclaredCluster,
  list: readonly { readonly user: string; readonly database: string }[],
  at: number,
): Now => ({
  ...NOBODY,
  logins: list.map((one) => ({ cluster, ...one, method: null, outcome: "ok", reason: null, count: 1, first: at, last: at })),
});

const notAsked =
  ({ name, place }: DeclaredCluster) =>
  (error: unknown): Now => {
    if (!(error instanceof ProblemsError)) throw error;
    const why = error.problems[0]?.message ?? "";
    const hint = "Where nothing but logs may be read, say --no-activity.";
    const message = `Who is connected to cluster ${name} now, since before the window perhaps, is not known: ${why}`;
    return { ...NOBODY, problems: [warningProblem("activity-not-read", message, { place, hint })] };
  };

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (one) => one.isDirectory(),
    () => false,
  );

async function readTakers(io: CliIo, { declared, advisor, since, now }: EvidenceAsked, aws: Aws): Promise<TrailRead> {
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
  const advised = advisor ? await askAdvisor(aws, declared, read, request.sleep) : [];
  over();
  return {
    ...read,
    roleUses: [...read.roleUses, ...advised.flatMap(({ uses }) => uses)],
    problems: [...read.problems, ...advised.flatMap(({ problems }) => problems), ...strangers(declared, read)],
  };
}

const askAdvisor = (
  aws: Aws,
  { accounts, iamRoles }: Declared,
  { people }: TrailRead,
  sleep: (ms: number) => Promise<void>,
): Promise<Advised[]> =>
  Promise.all(
    [...accounts.values()].map(async (account) => {
      const roles = [...iamRoles.values()].filter((role) => role.account === account.name && role.connect.length > 0);
      const { readAdvisor } = await import("../aws/advisor.js");
      return readAdvisor(
        aws,
        account,
        roles.flatMap(({ id }) => people.arns.get(id) ?? []),
        sleep,
      );
    }),
  );

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
