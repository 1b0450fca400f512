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

/** Before an answer is read, inside the SDK's retries. */
export const BEFORE_READING = { step: "deserialize", priority: "low", name: "pgaccordPages" } as const;

/**
 * AWS answers in XML or JSON. The page of a proxy or a load balancer reads as an answer in which every list is empty: it is none, and
 * is asked for again.
 */
export const refusePages =
  <Args, Result>(next: (args: Args) => Promise<Result>) =>
  async (args: Args): Promise<Result> => {
    const result = await next(args);
    const response = isFields(result) ? result["response"] : null;
    const headers = isFields(response) && isFields(response["headers"]) ? response["headers"] : {};
    if (!/html/i.test(String(headers["content-type"] ?? ""))) return result;
    throw Object.assign(new Error("Deserialization error: the answer is a page"), { name: "PageError", $retryable: { throttling: false } });
  };

/** Around what reads an answer, inside the SDK's retries. */
export const AROUND_READING = { step: "deserialize", priority: "high", name: "pgaccordQuotas" } as const;

/** IAM's LimitExceeded is a quota; by its name the SDK takes it for throttling, and would ask ten times, ever more slowly. */
export const quotasAreFinal =
  <Args, Result>(next: (args: Args) => Promise<Result>) =>
  async (args: Args): Promise<Result> => {
    try {
      return await next(args);
    } catch (error) {
      if (error instanceof Error && error.name === "LimitExceededException") error.name = "LimitExceeded";
      throw error;
    }
  };

/** Where policies call a service otherwise than the SDK does. */
const PREFIXES: Readonly<Record<string, string>> = { cloudwatchlogs: "logs" };

const namesOf = ({ clientName = "", commandName = "" }: Context): { readonly service: string; readonly operation: string } => ({
  service: serviceOf(clientName.replace(/Client$/, "").toLowerCase()),
  operation: commandName.replace(/Command$/, ""),
});

const serviceOf = (name: string): string => PREFIXES[name] ?? name;

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
