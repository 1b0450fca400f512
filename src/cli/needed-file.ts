import { loadAccessFile } from "../config/load.js";
import type { Declared } from "../model/declared.js";
import { isError, ProblemsError } from "../model/problem.js";
import { type CliIo, checkoutOf } from "./io.js";

/** The access file, as it is written. Throws ProblemsError for its mistakes. */
export async function neededFile(io: Pick<CliIo, "env">, path: string, displayName = path): Promise<Declared> {
  const { declared, problems } = await loadAccessFile(path, displayName, checkoutOf(io));
  if (declared === null || problems.some(isError)) throw new ProblemsError(problems);
  return declared;
}
