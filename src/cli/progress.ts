import type { CliIo } from "./io.js";

/** Announces what is being done; returns a function that says it is over. */
export type Progress = (doing: string) => () => void;

/** A line on standard error for what takes longer than a second, on a terminal only. */
export function createProgress(io: Pick<CliIo, "err" | "progress">): Progress {
  if (!io.progress) return () => () => undefined;
  return (doing) => {
    const timer = setTimeout(() => io.err(`${doing} …\n`), 1000);
    return () => clearTimeout(timer);
  };
}
