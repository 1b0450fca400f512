import { allCame, isDeclaredCaller, neverCame } from "../access/trail-callers.js";
import { createAws } from "../aws/client.js";
import { readTrail, type TrailRead } from "../aws/trail.js";
import { loadAccessFile } from "../config/load.js";
import { nearest } from "../facts/nearest.js";
import type { Declared, DeclaredIamRole } from "../model/declared.js";
import { errorProblem, isError, ProblemsError } from "../model/problem.js";
import { renderProblems } from "../report/problems.js";
import { renderTrail, renderTrailCsv, renderTrailJson, type TrailRole, type TrailShown } from "../report/trail.js";
import { type CliIo, checkoutOf, EXIT } from "./io.js";
import { sinceTime } from "./since.js";

export interface TrailOptions {
  readonly file: string;
  readonly format: "text" | "json" | "csv";
  readonly since: string;
  readonly role?: readonly string[];
  readonly ips?: boolean;
}

/** Who took the IAM roles of the file: a table of what CloudTrail says. */
export async function trail(io: CliIo, options: TrailOptions): Promise<number> {
  const { declared, problems } = await loadAccessFile(options.file, options.file, checkoutOf(io));
  if (declared === null || problems.some(isError)) {
    io.err(renderProblems(problems, { color: io.color }));
    return EXIT.error;
  }
  const now = new Date();
  const asked = { declared, roles: rolesOf(declared, options.role), since: sinceTime(options.since, now), now: now.getTime() };
  const read = await readTrail(createAws({ env: io.env, log: io.log, purpose: "plan" }), {
    ...asked,
    isEnough: (role, callers) => allCame(declared, role, callers),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  });
  if (read.problems.length > 0) io.err(renderProblems(read.problems, { color: io.color }));
  // What could be read is shown, too.
  if (read.coverage.some(({ seen }) => seen.length > 0))
    io.out(rendered(shownOf(declared, asked, read, options), options.format, io.color));
  return read.problems.some(isError) ? EXIT.error : EXIT.done;
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

interface Asked {
  readonly roles: readonly DeclaredIamRole[];
  readonly since: number;
  readonly now: number;
}

function shownOf(declared: Declared, { roles, since, now }: Asked, read: TrailRead, { ips = false }: TrailOptions): TrailShown {
  const isRead = (account: string): boolean => read.people.accounts.has(account);
  return {
    since,
    now,
    roles: roles.map((role): TrailRole => {
      const arn = read.people.arns.get(role.id) ?? "";
      const assumed = read.assumed.filter((one) => one.role === arn);
      return {
        id: role.id,
        arn,
        account: role.account,
        callers: assumed.map((one) => ({ ...one, declared: isDeclaredCaller(declared, role, one.caller, isRead) })),
        notSeen: neverCame(declared, role, assumed),
        lastUsed: read.roleUses.find((one) => one.role === arn)?.at ?? null,
      };
    }),
    coverage: read.coverage,
    joined: null,
    accounts: new Map([...declared.accounts.values()].map(({ id, name }) => [id, name])),
    bytesScanned: null,
    ips,
  };
}

function rendered(shown: TrailShown, format: TrailOptions["format"], color: boolean): string {
  if (format === "json") return renderTrailJson(shown);
  return format === "csv" ? renderTrailCsv(shown) : renderTrail(shown, { color });
}
