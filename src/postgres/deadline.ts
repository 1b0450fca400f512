import { ConnectError } from "./connect-problem.js";

/** One end for all that has to come until a connection can be used. */
export interface Deadline {
  /** Fails, naming `what`, when the end is there first. */
  readonly until: <T>(what: string, work: Promise<T>) => Promise<T>;
}

export function createDeadline(milliseconds: number): Deadline {
  const end = Date.now() + milliseconds;
  const seconds = milliseconds / 1000;
  return {
    until: async (what, work) => {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const fail = (): void => reject(new ConnectError("cannot-connect", `${what} did not come within ${seconds} seconds`));
        timer = setTimeout(fail, Math.max(0, end - Date.now()));
      });
      try {
        return await Promise.race([work, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
