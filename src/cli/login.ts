import { type DeclaredDoor, declaredDoors } from "../access/declared-ways.js";
import { asOf } from "../config/as-of.js";
import { loadAccessFile } from "../config/load.js";
import { nearest } from "../facts/nearest.js";
import { dayOf } from "../model/day.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, isError, type Problem, ProblemsError } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { renderProblems } from "../report/problems.js";
import { type CliIo, checkoutOf, EXIT, type TargetOptions } from "./io.js";
import { loginWorld, openDoor, proveLogin } from "./login-door.js";
import { runAs } from "./login-run.js";
import { addressesOf } from "./run.js";

export interface LoginOptions extends Pick<TargetOptions, "file" | "address" | "format"> {
  /** Name of the IAM role, where several lead there. */
  readonly as?: string;
  readonly check?: boolean;
}

/** Logs in as a user of the file through a door of it, and runs psql or another command there; its exit code is ours. */
export async function login(io: CliIo, target: string | undefined, command: readonly string[], options: LoginOptions): Promise<number> {
  const { declared: written, problems } = await loadAccessFile(options.file, options.file, checkoutOf(io));
  if (written === null || problems.some(isError)) {
    io.err(renderProblems(problems, { color: io.color }));
    return EXIT.error;
  }
  const declared = asOf(written, dayOf(new Date()));
  const addresses = addressesOf(declared, options);
  if (options.check) return (await import("./login-check.js")).loginCheck(await loginWorld(io, declared, addresses), options.format);
  if (target === undefined) throw refused("missing-argument", "It is not said as whom to log in.", "Write pgaccord login USER@CLUSTER.");
  const { door, database } = wantedOf(declared, target, options.as);
  const world = await loginWorld(io, declared, addresses);
  const open = await openDoor(world, door);
  // One login of our own first: what fails here is named, hop by hop.
  await proveLogin(world, open, door.user, database);
  return await runAs(world, open, { user: door.user, database, command });
}

const refused = (code: string, message: string, hint: string): ProblemsError => new ProblemsError([errorProblem(code, message, { hint })]);

interface Wanted {
  readonly door: DeclaredDoor;
  readonly database: string;
}

/** USER@CLUSTER, or USER@CLUSTER/DATABASE. Names of users may hold an @. */
function wantedOf(declared: Declared, target: string, as: string | undefined): Wanted {
  const [, user = "", clusterName = "", database] = /^(.+)@([^@/]+)(?:\/(.+))?$/.exec(target) ?? [];
  if (user === "")
    throw refused(
      "wrong-value",
      `"${target}" is not USER@CLUSTER or USER@CLUSTER/DATABASE.`,
      "Write, for example, pgaccord login pgmonitor@demo.",
    );
  const problems = namesOf(declared, user, clusterName);
  if (problems.length > 0) throw new ProblemsError(problems);
  return { door: doorOf(declared, user, clusterName, as), database: databaseOf(declared, clusterName, database) };
}

/** One that keeps secrets takes a token of a user with a password. */
const hasProxy = (declared: Declared, user: string, cluster: string): boolean =>
  declaredDoors(declared).some((door) => door.viaProxy && door.user === user && door.cluster.name === cluster);

function namesOf(declared: Declared, user: string, cluster: string): Problem[] {
  const { roles, clusters } = declared;
  const role = roles.get(user);
  const found = role
    ? []
    : [
        unknown(
          "user",
          user,
          [...roles.values()].filter((one) => one.login === "iam").map(({ name }) => name),
        ),
      ];
  if (!clusters.has(cluster)) return [...found, unknown("cluster", cluster, [...clusters.keys()])];
  if (!role || role.login === "iam" || (role.login === "external" && hasProxy(declared, user, cluster))) return found;
  const how = role.login === "none" ? "is a role, and cannot log in" : "does not log in by IAM";
  return [errorProblem("not-an-iam-user", `${displayName(user)} ${how}.`, { place: role.place, hint: "Name a user with login: iam." })];
}

function unknown(noun: string, name: string, names: readonly string[]): Problem {
  const near = nearest(name, names);
  const hint = near === undefined ? `The file has: ${names.join(", ") || "none"}.` : `Did you mean ${near}?`;
  return errorProblem(`unknown-${noun}`, `The file has no ${noun} ${displayName(name)}.`, { hint });
}

function doorOf(declared: Declared, user: string, cluster: string, as: string | undefined): DeclaredDoor {
  const doors = declaredDoors(declared).filter((one) => one.user === user && one.cluster.name === cluster);
  const named = as === undefined ? doors : doors.filter(({ role }) => role.id === as || role.name === as);
  const names = [...new Set(doors.map(({ role }) => role.id))];
  const [first, ...more] = named;
  if (first && more.length === 0) return first;
  if (first)
    throw refused(
      "several-doors",
      `Several IAM roles may log in as ${displayName(user)} on cluster ${cluster}: ${names.join(", ")}.`,
      "Choose one: --as IAM-ROLE.",
    );
  const who = as === undefined || doors.length === 0 ? "No IAM role of the file has a door" : `IAM role ${as} has no door`;
  throw refused(
    "no-door",
    `${who} to log in as ${displayName(user)} on cluster ${cluster}.`,
    doors.length > 0 ? `These may: ${names.join(", ")}.` : "Add it to connect of an IAM role.",
  );
}

function databaseOf({ clusters }: Declared, name: string, database: string | undefined): string {
  if (database !== undefined) return database;
  const all = [...(clusters.get(name)?.databases.keys() ?? [])];
  const [only, ...more] = all;
  if (only !== undefined && more.length === 0) return only;
  throw refused(
    "missing-argument",
    `Cluster ${name} has several databases in the file.`,
    `Name one: USER@${name}/DATABASE, of ${all.join(", ")}.`,
  );
}
