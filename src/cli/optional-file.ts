import { loadAccessFile } from "../config/load.js";
import type { Declared } from "../model/declared.js";
import { isError, ProblemsError } from "../model/problem.js";
import { type CliIo, checkoutOf } from "./io.js";

/** An access file that says more, where there is one; null: none was named, and none is here. Throws ProblemsError for its mistakes. */
export async function optionalFile(
  io: Pick<CliIo, "env">,
  { file, fileGiven }: { readonly file: string; readonly fileGiven: boolean },
): Promise<Declared | null> {
  const { declared, problems } = await loadAccessFile(file, file, checkoutOf(io));
  if (!fileGiven && problems.some(({ code }) => code === "file-not-found")) return null;
  if (problems.some(isError)) throw new ProblemsError(problems);
  return declared;
}
