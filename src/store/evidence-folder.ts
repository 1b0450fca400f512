import { createHash, randomBytes } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { parseDay, renderDay } from "../evidence/day-file.js";
import { type DayRecord, mergeObservations } from "../evidence/observation.js";
import { errorProblem, type Problem, ProblemsError, warningProblem } from "../model/problem.js";
import { writeWholeFile } from "./whole-file.js";

/** One record as a file has it. */
export interface StoredDay {
  readonly path: string;
  readonly record: DayRecord;
}

export interface FolderContent {
  readonly days: readonly StoredDay[];
  /** Files that could not be used; the others are. */
  readonly problems: readonly Problem[];
}

/** DIR/CLUSTER/PART/2026-11-25.HASH.json. The names are for people: what a file is about it says itself. */
const DAY_FILE = /^(\d{4}-\d\d-\d\d)\.[0-9a-f]{12}\.json$/;
const TEMPORARY = /^\.\d{4}-\d\d-\d\d\.[0-9a-f]+\.tmp$/;

/** All days of the folder from `since` on, as they were written. A folder that is not there holds none. */
export async function readDays(dir: string, since: string): Promise<FolderContent> {
  const found: FolderContent[] = [];
  for (const folder of await foldersIn(dir)) found.push(await readPart(folder, (day) => day >= since));
  return { days: found.flatMap(({ days }) => days), problems: found.flatMap(({ problems }) => problems) };
}

/**
 * Adds what was observed of one day. The new file is whole and in place before the old ones go, and holds all that was in them: whoever
 * dies or writes beside it at any moment loses nothing, and leaves at most two files for one that are merged the next time.
 */
export async function addDay(dir: string, record: DayRecord): Promise<{ readonly record: DayRecord; readonly isNew: boolean }> {
  const folder = folderOf(dir, record);
  const { days } = await readPart(folder, (day) => day === record.day);
  const known = days.filter((one) => one.record.cluster === record.cluster && one.record.part === record.part);
  const before = mergeObservations(known.flatMap((one) => one.record.observations));
  const merged: DayRecord = { ...record, observations: mergeObservations([...before, ...record.observations]) };
  const text = renderDay(merged);
  const path = join(folder, `${record.day}.${createHash("sha256").update(text).digest("hex").slice(0, 12)}.json`);
  if (!known.some((one) => one.path === path)) await writeWhole(folder, path, record.day, text);
  for (const one of known) if (one.path !== path) await rm(one.path, { force: true });
  return { record: merged, isNew: text !== renderDay({ ...record, observations: before }) };
}

/** What a run left that was killed while it wrote: nothing refers to it. */
export async function sweepTemporary(dir: string, now: number): Promise<void> {
  for (const folder of await foldersIn(dir))
    for (const name of await namesIn(folder)) {
      if (!TEMPORARY.test(name)) continue;
      const path = join(folder, name);
      const written = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => now,
      );
      // One that is written right now is younger.
      if (now - written > 3_600_000) await rm(path, { force: true });
    }
}

const folderOf = (dir: string, { cluster, part }: Pick<DayRecord, "cluster" | "part">): string =>
  join(dir, safeName(cluster), part === null ? "_" : safeName(part));

/** A name of the file or of RDS as one that every file system takes. */
function safeName(name: string): string {
  const safe = [...name].map((c) => (/[A-Za-z0-9_.-]/.test(c) ? c : `%${Buffer.from(c, "utf8").toString("hex")}`)).join("");
  const whole = /^[.]|^_$|^$/.test(safe) ? `%${safe}` : safe;
  return whole.length <= 100 ? whole : `${whole.slice(0, 80)}%${createHash("sha256").update(name).digest("hex").slice(0, 12)}`;
}

async function writeWhole(folder: string, path: string, day: string, text: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await writeWholeFile(path, text, null, join(folder, `.${day}.${randomBytes(8).toString("hex")}.tmp`));
  } catch (error) {
    throw failed("evidence-folder", `${path} could not be written: ${reasonOf(error)}.`, error);
  }
}

/** A file that is listed and not there has been merged away: what it held stands in a newer one, which is listed soon. */
const [TRIES, PAUSE_MS] = [50, 10];

/** Read again from the start where a file went meanwhile. */
async function readPart(folder: string, wants: (day: string) => boolean): Promise<FolderContent> {
  for (let tries = 1; ; tries++) {
    const names = (await namesIn(folder)).filter((one) => !TEMPORARY.test(one) && wants(DAY_FILE.exec(one)?.[1] ?? "9"));
    const read = await Promise.all(names.map((name) => readDay(folder, name)));
    const isWhole = read.every((one) => one !== null);
    if (!isWhole && tries < TRIES) {
      await setTimeout(PAUSE_MS);
      continue;
    }
    const all = read.map((one, i) => one ?? foreign(join(folder, names[i] ?? ""), "it is listed, and not there"));
    return {
      days: all.flatMap((one) => ("record" in one ? [one] : [])),
      problems: all.flatMap((one) => ("code" in one ? [one] : [])),
    };
  }
}

/** null: it was merged away since it was listed. */
async function readDay(folder: string, name: string): Promise<StoredDay | Problem | null> {
  const path = join(folder, name);
  const day = DAY_FILE.exec(name)?.[1];
  if (day === undefined) return foreign(path, "its name is none of a day");
  const text = await readFile(path, "utf8").catch(gone);
  if (text === null) return null;
  const record = parseDay(text);
  if ("wrong" in record) return foreign(path, record.wrong);
  return record.day === day ? { path, record } : foreign(path, `it is of ${record.day}`);
}

const foreign = (path: string, why: string): Problem =>
  warningProblem("evidence-file-broken", `${path} is no evidence that can be read: ${why}.`, {
    hint: "Restore it from the folder's history, or remove it: its day is then read again while the host still has its log.",
  });

/** Folders that hold days: two levels below. `.git` and the like are none. */
async function foldersIn(dir: string): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => notThere(error, folder));
    return entries
      .filter((one) => one.isDirectory() && !one.name.startsWith("."))
      .map(({ name }) => join(folder, name))
      .sort();
  };
  const found: string[] = [];
  for (const cluster of await below(dir)) found.push(...(await below(cluster)));
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => notThere(error, folder));
  return entries
    .filter((one) => !one.isDirectory())
    .map(({ name }) => basename(name))
    .sort();
}

function gone(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw failed("evidence-folder", `A file of the evidence folder could not be read: ${reasonOf(error)}.`, error);
}

function notThere(error: unknown, folder: string): never[] {
  if (codeOf(error) === "ENOENT") return [];
  throw failed("evidence-folder", `${folder} could not be read: ${reasonOf(error)}.`, error);
}

const codeOf = (error: unknown): unknown => (error instanceof Error && "code" in error ? error.code : null);
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const failed = (code: string, message: string, cause: unknown): ProblemsError =>
  new ProblemsError([errorProblem(code, message, { hint: "Check the path, and who may write there." })], { cause });
