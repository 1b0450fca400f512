import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plan } from "../model/plan.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import { sha256 } from "../reconcile.js";
import type { MadeFrom } from "../report/json.js";
import { type PlanFile, parsePlanFile } from "../report/plan-file.js";
import { titleOf } from "../report/title.js";
import { visible } from "../report/visible.js";
import type { TargetOptions } from "./io.js";
import { targetWords } from "./next-command.js";

/** What a saved plan must remember to be applied from anywhere. */
export async function madeFrom({ file, fileLabel, address = [] }: TargetOptions): Promise<MadeFrom> {
  return { file: resolve(file), label: fileLabel ?? file, sha256: await fingerprint(file), addresses: Object.fromEntries(address) };
}

const fingerprint = async (file: string): Promise<string> =>
  createHash("sha256")
    .update(await readFile(file))
    .digest("hex");

/** A problem: why it is no plan that may be applied. */
export async function readPlanFile(path: string): Promise<PlanFile | Problem> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    const reason = REASONS[error.code ?? ""] ?? error.message;
    const hint = "Make one with `pgaccord plan --out FILE`.";
    throw new ProblemsError([errorProblem("plan-not-found", `The plan ${path} cannot be read: ${reason}.`, { hint })]);
  });
  const read = parsePlanFile(text, path, sha256);
  if ("code" in read && read.code === "not-a-plan" && /^version:/m.test(text)) {
    const hint = `To apply it: pgaccord apply -f ${path}. Without a saved plan the plan is made, shown and asked for.`;
    return errorProblem("not-a-plan", `${path} is an access file, no plan that pgaccord saved.`, { hint });
  }
  return read;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
};

/** The options that the plan was made with, unless the command line says otherwise; a problem where that would be another plan. */
export async function withSaved<T extends TargetOptions & { readonly fileGiven?: boolean }>(
  options: T,
  saved: PlanFile,
  path: string,
): Promise<T | Problem> {
  const made = saved.madeFrom;
  if (made === null) return options;
  if (options.fileGiven && resolve(options.file) !== made.file && (await fingerprint(options.file).catch(() => null)) !== made.sha256) {
    const hint = "Leave -f out: the plan knows its file. Or plan with this file, and apply that plan.";
    return errorProblem("plan-made-otherwise", `${path} was made from ${made.file}, and ${options.file} is another file.`, { hint });
  }
  // Before anything is connected to: what the file says of addresses and passwords may be another thing by now.
  if (!options.fileGiven && (await fingerprint(made.file).catch(() => made.sha256)) !== made.sha256) {
    const hint = "Run `pgaccord plan --out FILE` again, review it, and apply that.";
    return errorProblem("plan-made-otherwise", `${made.file} was changed after ${path} was made from it.`, { hint });
  }
  const narrowed = scopeProblem(options, saved, path);
  if (narrowed) return narrowed;
  const file = options.fileGiven ? options.file : made.file;
  const label = options.fileGiven ? options.file : resolve(made.label) === made.file ? made.label : made.file;
  const given = new Map(options.address);
  const address = Object.entries({ ...made.addresses, ...Object.fromEntries(given) });
  return { ...options, ...saved.scope, file, fileLabel: options.fileLabel ?? label, address };
}

function scopeProblem(options: TargetOptions, { scope }: PlanFile, path: string): Problem | null {
  const { cluster, account } = options;
  if (!cluster && !account) return null;
  const was = targetWords(scope).sort().join(" ");
  const is = targetWords({ ...(cluster ? { cluster } : {}), ...(account ? { account } : {}) }).sort();
  if (is.join(" ") === was) return null;
  const message = `${path} was made ${was === "" ? "for every cluster and account" : `with ${was}`}, not with ${is.join(" ")}.`;
  return errorProblem("plan-made-otherwise", message, {
    hint: "Leave --cluster and --account out: the plan knows them. Or plan again, and apply that.",
  });
}

/** `access.yaml, with --address demo=127.0.0.1:6432`: where an apply of a saved plan goes. */
export function madeFromText({ file, fileLabel, ...targets }: TargetOptions): string {
  const words = targetWords(targets);
  return visible(`${fileLabel ?? file}${words.length === 0 ? "" : `, with ${words.join(" ")}`}`);
}

/** Whoever looked at a plan, or names its digest, applies that one or none. */
export function staleProblem(plan: Plan, saved: PlanFile | null, digest: string | undefined): Problem | null {
  const expected = digest ?? saved?.digest;
  if (expected === undefined || (expected === plan.digest && (saved === null || saved.digest === plan.digest))) return null;
  const hint = "Run `pgaccord plan --out FILE` again, review it, and apply that.";
  if (saved === null) return errorProblem("digest-differs", `The plan of now has the digest ${plan.digest}, not ${expected}.`, { hint });
  return errorProblem("plan-stale", `The saved plan is no longer the plan of now: ${differenceText(plan, saved)}.${dayText(plan, saved)}`, {
    hint,
  });
}

/** What expires in between is another plan of the same file and the same servers. */
function dayText({ asOf }: Plan, { day }: PlanFile): string {
  const today = asOf.slice(0, 10);
  return day === null || day === today ? "" : ` It was made as of ${day}, and now it is ${today} (UTC): entries may have expired.`;
}

/** Names what came and what went, a few of each. */
function differenceText(plan: Plan, saved: PlanFile): string {
  const was = new Map(saved.changes.map((c) => [c.id, c.title]));
  const is = new Map(plan.changes.map((c) => [c.id, titleOf(c)]));
  const few = (titles: readonly string[]): string =>
    titles.slice(0, 5).join("; ") + (titles.length > 5 ? `; and ${titles.length - 5} more` : "");
  const gone = [...was].filter(([id]) => !is.has(id)).map(([, title]) => title);
  const come = [...is].filter(([id]) => !was.has(id)).map(([, title]) => title);
  const parts = [...(gone.length > 0 ? [`no longer needed: ${few(gone)}`] : []), ...(come.length > 0 ? [`new: ${few(come)}`] : [])];
  return parts.join(". ") || "its owner or its scope differs";
}

/** As a plan prints it: a slip of the hand is no plan that differs. */
export function checkDigest(digest: string | undefined): void {
  if (digest === undefined || /^sha256:[0-9a-f]{64}$/.test(digest)) return;
  const hint = "Copy the whole line that the plan prints: sha256: and 64 hexadecimal digits.";
  throw new ProblemsError([errorProblem("malformed-digest", `--digest ${digest.slice(0, 80)} is no digest of a plan.`, { hint })]);
}
