import { loadAccessFile } from "../config/load.js";
import { isError } from "../model/problem.js";
import { awsConfigText } from "../report/aws-config.js";
import { renderProblems } from "../report/problems.js";
import { type CliIo, checkoutOf, EXIT } from "./io.js";

/** Prints what belongs into ~/.aws/config of those who connect; asks no server. */
export async function awsConfig(io: CliIo, { file }: { readonly file: string }): Promise<number> {
  const { declared, problems } = await loadAccessFile(file, file, checkoutOf(io));
  if (declared === null || problems.some(isError)) {
    io.err(renderProblems(problems, { color: io.color }));
    return EXIT.error;
  }
  io.out(awsConfigText(declared));
  return EXIT.done;
}
