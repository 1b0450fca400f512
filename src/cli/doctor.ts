import { createAws } from "../aws/client.js";
import { readLogSettings } from "../aws/log-settings.js";
import { type DoctorInput, diagnose, isMissing } from "../doctor/diagnose.js";
import { RunError } from "../model/failure.js";
import { type Problem, ProblemsError } from "../model/problem.js";
import type { Snapshot } from "../model/snapshot.js";
import { isSameTarget } from "../model/unread.js";
import { renderDoctor, renderDoctorJson } from "../report/doctor.js";
import { type CliIo, EXIT, type TargetOptions } from "./io.js";
import { passwordsOf } from "./log-mask.js";
import { openRun, type Run } from "./run.js";

/** Reads as the reader, as the admin where that one is refused, and tries the admin's login; it writes nothing. */
export async function doctor(io: CliIo, options: TargetOptions): Promise<number> {
  const run = await openRun(io, options, "reader");
  const asAdmin = run && (await openRun(io, options, "admin"));
  if (!run || !asAdmin) return EXIT.error;
  const { snapshot, refused } = await readBoth(run, asAdmin);
  const heads = await readHeads(run, asAdmin, snapshot);
  const logs = await readLogs(io, run, snapshot);
  const findings = diagnose({ declared: run.declared, snapshot, planOf: run.build, includes: run.includes, heads, refused, logs });
  io.out(
    options.format === "json" ? renderDoctorJson(findings) : renderDoctor(findings, { color: io.color, verbose: options.verbose ?? false }),
  );
  if (findings.some(({ read }) => !read)) return EXIT.error;
  return findings.some(isMissing) ? EXIT.pending : EXIT.done;
}

/** Where RDS keeps the logs that a review will ask for. */
async function readLogs(io: CliIo, { declared, includes }: Run, { clusters }: Snapshot): Promise<NonNullable<DoctorInput["logs"]>> {
  const aws = createAws({ env: io.env, log: io.log.hiding(passwordsOf(declared, io.env)), purpose: "plan" });
  const asked = [...declared.clusters.values()].filter(
    ({ name, rds }) => rds !== null && clusters.has(name) && includes({ type: "cluster", name }),
  );
  const read = await Promise.all(
    asked.map(async (cluster) => {
      const account = declared.accounts.get(cluster.account ?? "");
      return account ? [[cluster.name, await readLogSettings(aws, cluster, account)] as const] : [];
    }),
  );
  return new Map(read.flat());
}

interface BothRead {
  readonly snapshot: Snapshot;
  /** Why a login that was tried did not succeed, by cluster. */
  readonly refused: ReadonlyMap<string, readonly Problem[]>;
}

async function readBoth(run: Run, asAdmin: Run): Promise<BothRead> {
  const first = await run.world.inspect();
  const hasReader = (name: string): boolean => run.declared.clusters.get(name)?.reader != null;
  const closed = first.unread.filter(({ target }) => target.type === "cluster" && hasReader(target.name) && run.includes(target));
  const second = closed.length === 0 ? null : await asAdmin.world.inspect();
  const opened = closed.filter(({ target }) => second?.clusters.has(target.name));
  const more = opened.flatMap(({ target }) => second?.clusters.get(target.name) ?? []);
  const snapshot: Snapshot = {
    ...first,
    clusters: new Map([...first.clusters, ...more.map((one) => [one.name, one] as const)]),
    unread: first.unread.filter(({ target }) => !opened.some((one) => isSameTarget(one.target, target))),
  };
  const proofs = [...first.clusters.keys()].filter((name) => hasReader(name) && run.includes({ type: "cluster", name }));
  const tried = await Promise.all(proofs.map(async (name) => [name, await loginProblems(asAdmin, name)] as const));
  return { snapshot, refused: new Map([...tried, ...opened.map(({ target, problems }) => [target.name, problems] as const)]) };
}

/** Who may not enter a database can still read what belongs to the whole server. */
async function readHeads(run: Run, asAdmin: Run, { unread }: Snapshot): Promise<Snapshot["clusters"]> {
  const closed = unread.flatMap(({ target, problems }) =>
    target.type === "cluster" && run.includes(target) && problems.some(({ code }) => code === "may-not-connect" || code === "login-refused")
      ? [target.name]
      : [],
  );
  if (closed.length === 0) return new Map();
  const [first, second] = await Promise.all([run.heads(closed), asAdmin.heads(closed)]);
  return new Map([...second.clusters, ...first.clusters]);
}

async function loginProblems({ world }: Run, cluster: string): Promise<readonly Problem[]> {
  try {
    await world.ports.proveLogin(cluster, "admin");
    return [];
  } catch (error) {
    const cause = error instanceof RunError ? error.cause : error;
    if (cause instanceof ProblemsError) return cause.problems;
    throw error;
  }
}
