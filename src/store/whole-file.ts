import { randomUUID } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { errorProblem, ProblemsError } from "../model/problem.js";

/**
 * Written beside and renamed: no reader ever sees half a file, and nothing is left of one that could not be written.
 * @param mode null: as the process makes files
 * @param half where it is written until it is whole, in the same folder
 */
export async function writeWholeFile(path: string, text: string, mode: number | null, half = `${path}.${randomUUID()}.tmp`): Promise<void> {
  try {
    const file = await open(half, "wx", mode ?? undefined);
    try {
      // The mask of the process has taken of the mode.
      if (mode !== null) await file.chmod(mode);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

/**
 * Puts another text into a file that is there: with its mode, and where a link leads to it, behind the link. Throws a problem if the
 * file is no longer what was read.
 */
export async function rewriteFile(path: string, was: string, text: string): Promise<void> {
  const real = await realpath(path);
  const { mode } = await stat(real);
  if ((await readFile(real, "utf8")) !== was) {
    const hint = "Nothing was written. Run the command again.";
    throw new ProblemsError([errorProblem("file-changed", `${path} was changed by somebody else in the meantime.`, { hint })]);
  }
  await writeWholeFile(real, text, mode & 0o777);
}
