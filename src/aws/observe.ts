import { isFields } from "../model/json.js";
import { type Log, since } from "../model/log.js";
import { ProblemsError } from "../model/problem.js";

/** A failed call, and which it was. */
export class AwsCallError extends Error {
  override readonly name = "AwsCallError";
  /** `iam:ListRoles`. */
  readonly call: string;
  constructor(call: string, cause: unknown) {
    super(`${call} failed`, { cause });
    this.call = call;
  }
}

interface Context {
  readonly clientName?: string;
  readonly commandName?: string;
}
interface Where {
  readonly account: string;
  readonly region: string;
}

/** Around the SDK's own retries. */
export const OUTERMOST = { step: "initialize", priority: "high", name: "pgaccordObserve" } as const;

/** The SDK's middleware that names the call that fails, and logs each: never its input, headers or URL. */
export const observe =
  (log: Log, { account, region }: Where) =>
  <Args, Result>(next: (args: Args) => Promise<Result>, context: Context) =>
  async (args: Args): Promise<Result> => {
    const { service, operation } = namesOf(context);
    const start = performance.now();
    const logged = (answer: unknown, error?: string): void =>
      log.write("debug", "aws", () => ({ service, operation, account, region, ms: since(start), ...metadataOf(answer), error }));
    try {
      const result = await next(args);
      logged(isFields(result) ? result["output"] : null);
      return result;
    } catch (error) {
      logged(error, error instanceof Error ? error.name : "Error");
      // Of the credentials: they say themselves what is wrong.
      if (error instanceof ProblemsError) throw error;
      throw new AwsCallError(`${service}:${operation}`, error);
    }
  };

const namesOf = ({ clientName = "", commandName = "" }: Context): { readonly service: string; readonly operation: string } => ({
  service: clientName.replace(/Client$/, "").toLowerCase(),
  operation: commandName.replace(/Command$/, ""),
});

function metadataOf(answer: unknown): { readonly status?: number; readonly request?: string; readonly attempts?: number } {
  const metadata = isFields(answer) ? answer["$metadata"] : null;
  if (!isFields(metadata)) return {};
  const { httpStatusCode, requestId, attempts } = metadata;
  return {
    ...(typeof httpStatusCode === "number" ? { status: httpStatusCode } : {}),
    ...(typeof requestId === "string" ? { request: requestId } : {}),
    ...(typeof attempts === "number" ? { attempts } : {}),
  };
}
