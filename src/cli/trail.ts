import { allCame, isDeclaredCaller, neverCame } from "../access/trail-callers.js";
import type { Aws } from "../aws/client.js";
import { readTrail, regionsOf, type TrailAsked, type TrailRead } from "../aws/trail.js";
import { trailTable } from "../evidence/athena-sql.js";
import { nearest } from "../facts/nearest.js";
import type { Declared, DeclaredAthena, DeclaredIamRole } from "../model/declared.js";
import type { LoginAttempt } from "../model/evidence.js";
import { distinctProblems, errorProblem, isError, type Problem, ProblemsError } from "../model/problem.js";
import { renderProblems } from "../report/problems.js";
import { renderTrail, renderTrailCsv, renderTrailJson, type TrailJoin, type TrailRole, type TrailShown } from "../report/trail.js";
import { type CliIo, EXIT } from "./io.js";
import { neededFile } from "./needed-file.js";
import { awsOf } from "./reading-aws.js";
import { sinceTime } from "./since.js";

export interface TrailOptions {
  readonly file: string;
  readonly format: "text" | "json" | "csv";
  readonly since: string;
  readonly role?: readonly string[];
  readonly ips?: boolean;
  readonly printDdl?: boolean;
  readonly log?: readonly string[];
  readonly logLinePrefix?: string;
  readonly logTimezone?: string;
}

/** Who took the IAM roles of the file: a table of what CloudTrail says. */
export async function trail(io: CliIo, options: TrailOptions): Promise<number> {
  const declared = await neededFile(io, options.file);
  if (options.printDdl) {
    io.out(tableText(declared));
    return EXIT.done;
  }
  const now = new Date();
  const asked = { declared, roles: rolesOf(declared, options.role), since: sinceTime(options.since, now), now: now.getTime() };
  const aws = await awsOf(io, declared);
  const request: TrailAsked = {
    ...asked,
    isEnough: (role, callers) => allCame(declared, role, callers),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
  const read = declared.athena
    ? await readTable(aws, request, declared.athena)
    : { ...(await readTrail(aws, request)), bytesScanned: null };
  const joined = await joinedOf(io, declared, asked.since, read, options);
  const all = distinctProblems([...read.problems, ...joined.problems]);
  if (all.length > 0) io.err(renderProblems(all, { color: io.color }));
  // What could be read is shown, too.
  if (read.coverage.some(({ seen }) => seen.length > 0))
    io.out(rendered({ ...shownOf(declared, asked, read, options), joined: joined.traces }, options.format, io.color));
  return all.some(isError) ? EXIT.error : EXIT.done;
}

async function readTable(aws: Aws, asked: TrailAsked, athena: DeclaredAthena): Promise<Read> {
  const { readTrailTable } = await import("../aws/trail-by-athena.js");
  return readTrailTable(aws, asked, athena);
}

type Read = TrailRead & { readonly bytesScanned: number | null };

/** Of every account and Region that a query of the file names. */
function tableText(declared: Declared): string {
  const accounts = [...declared.accounts.values()];
  const regions = [...new Set(accounts.flatMap((account) => regionsOf(declared, account)))].sort();
  const table = declared.athena?.table ?? "default.cloudtrail_logs";
  const head =
    "-- Run this once in Athena, with the bucket of your trail in place of BUCKET. The trail of an organization has its id before each account.\n";
  return head + trailTable(table, { accounts: accounts.map(({ id }) => id).sort(), regions, bucket: "BUCKET" });
}

function rolesOf({ iamRoles }: Declared, ids: readonly string[] | undefined): DeclaredIamRole[] {
  const roles = [...iamRoles.values()];
  const named = ids === undefined ? roles : roles.filter(({ id }) => ids.includes(id));
  const unknown = (ids ?? []).filter((id) => !iamRoles.has(id));
  if (unknown.length > 0)
    throw new ProblemsError(
      unknown.map((id) => {
        const near = nearest(id, [...iamRoles.keys()]);
        const hint = near === undefined ? `The file has: ${[...iamRoles.keys()].join(", ") || "none"}.` : `Did you mean ${near}?`;
        return errorProblem("unknown-iam-role", `The file has no IAM role ${id}.`, { hint });
      }),
    );
  if (named.length > 0) return named;
  throw new ProblemsError([
    errorProblem("no-iam-role", "The file has no IAM role, so there is nothing that anybody could take.", {
      hint: "Declare one under iam_roles, or see who logs in with pgaccord logins.",
    }),
  ]);
}

interface Joined {
  readonly traces: readonly TrailJoin[] | null;
  readonly problems: readonly Problem[];
}

/** Which logins of a log likely came through which IAM role. Athena's rows are counts, and have no moment to join by. */
async function joinedOf(io: CliIo, declared: Declared, since: number, read: Read, options: TrailOptions): Promise<Joined> {
  if (options.log === undefined) return { traces: null, problems: [] };
  const [{ scanLogFiles }, { joinTraces }] = await Promise.all([import("./logins-files.js"), import("../evidence/join-traces.js")]);
  const attempts: LoginAttempt[] = [];
  const keep = (attempt: LoginAttempt): void => void (attempt.at >= since && attempts.push(attempt));
  const problems = await scanLogFiles(io, declared, options, { attempt: keep, connectionLine: () => undefined });
  const ids = new Map([...read.people.arns].map(([id, arn]) => [arn, id]));
  const names = new Map(
    read.assumed.flatMap(({ caller }) => (caller.uniqueId && caller.arn ? [[caller.uniqueId, caller.arn] as const] : [])),
  );
  const traces = joinTraces(read.events, attempts).map(
    ({ assumed: { role, caller, at }, login }): TrailJoin => ({
      role: ids.get(role) ?? role,
      caller: caller.arn ?? names.get(caller.uniqueId ?? "") ?? caller.uniqueId ?? "not named",
      user: login.user,
      database: login.database,
      address: login.address ?? "",
      assumedAt: at,
      loginAt: login.at,
    }),
  );
  return { traces, problems };
}

interface Asked {
  readonly roles: readonly DeclaredIamRole[];
  readonly since: number;
  readonly now: number;
}

function shownOf(declared: Declared, { roles, since, now }: Asked, read: Read, { ips = false }: TrailOptions): Omit<TrailShown, "joined"> {
  const isRead = (account: string): boolean => read.people.accounts.has(account);
  return {
    since,
    now,
    roles: roles.map((role): TrailRole => {
      const arn = read.people.arns.get(role.id) ?? "";
      const assumed = read.assumed.filter((one) => one.role === arn);
      const isSeen = read.coverage.some(({ target, seen }) => target === arn && seen.length > 0);
      return {
        id: role.id,
        arn,
        account: role.account,
        callers: assumed.map((one) => ({ ...one, declared: isDeclaredCaller(declared, role, one.caller, isRead) })),
        isRead: isSeen,
        notSeen: isSeen ? neverCame(declared, role, assumed) : [],
        lastUsed: read.roleUses.find((one) => one.role === arn)?.at ?? null,
      };
    }),
    coverage: read.coverage,
    accounts: new Map([...declared.accounts.values()].map(({ id, name }) => [id, name])),
    bytesScanned: read.bytesScanned,
    ips,
  };
}

function rendered(shown: TrailShown, format: TrailOptions["format"], color: boolean): string {
  if (format === "json") return renderTrailJson(shown);
  return format === "csv" ? renderTrailCsv(shown) : renderTrail(shown, { color });
}
