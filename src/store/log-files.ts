import { createReadStream } from "node:fs";
import type { LogSource } from "../evidence/log-source.js";
import { errorProblem, ProblemsError } from "../model/problem.js";

const PIECE = 262_144;
const LINE_END = Buffer.from("\n");

/** Log files of one server, in their order: pieces of one log. `-` is standard input. */
export function fileSource(files: readonly string[], of: Pick<LogSource, "cluster" | "part" | "format">): LogSource {
  return {
    ...of,
    source: "log-file",
    absent: [],
    read: async (_window, push) => {
      for (const file of files) {
        await readFile(file, push);
        // A file that was cut off ends its last line here.
        push(LINE_END);
      }
      return [];
    },
  };
}

async function readFile(file: string, push: (bytes: Uint8Array) => void): Promise<void> {
  try {
    for await (const piece of streamOf(file)) push(piece);
  } catch (cause) {
    if (!(cause instanceof Error) || !("syscall" in cause)) throw cause;
    const hint = "Name a log file of PostgreSQL, or - for standard input.";
    throw new ProblemsError([errorProblem("log-not-read", `The log ${file} cannot be read: ${cause.message}.`, { hint })], { cause });
  }
}

const streamOf = (file: string): AsyncIterable<Buffer> =>
  file === "-" ? createReadStream("", { fd: 0, autoClose: false, highWaterMark: PIECE }) : createReadStream(file, { highWaterMark: PIECE });
