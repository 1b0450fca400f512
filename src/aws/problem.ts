import type { Place } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

interface Row {
  readonly code: string;
  readonly when: RegExp;
  readonly message: (call: string, account: string, failure: Failure) => string;
  readonly hint: string;
}

/** What a failed call means, first match first; matched against the error's name, code and message. */
const ROWS: readonly Row[] = [
  {
    code: "aws-no-credentials",
    when: /CredentialsProviderError|Could not load credentials|CredentialsNotFound/,
    message: (_, account) => `There are no AWS credentials for account ${account}.`,
    hint: "Log in to AWS (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  },
  {
    code: "aws-credentials-expired",
    when: /ExpiredToken|TokenRefreshRequired|RequestExpired|session.{0,100}expired/i,
    message: (_, account) => `The AWS credentials for account ${account} have expired.`,
    hint: "Log in to AWS again.",
  },
  {
    code: "aws-credentials-refused",
    when: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId/,
    message: (_, account, f) => `AWS refused the credentials for account ${account}: ${f.message}`,
    hint: "Correct the credentials; also check the clock of this machine.",
  },
  {
    code: "aws-access-denied",
    when: /AccessDenied|UnauthorizedOperation/,
    message: (call, account) => `The AWS credentials may not ${call} in account ${account}.`,
    hint: "Allow that action to the IAM role that runs pgaccord.",
  },
  {
    code: "aws-unreachable",
    when: /ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|EAI_AGAIN|TimeoutError|socket hang up/,
    message: (call, account, f) => `AWS could not be reached for ${call} in account ${account}: ${f.code || f.message}.`,
    hint: "Check the network, the region, and AWS_ENDPOINT_URL if it is set.",
  },
  {
    code: "aws-throttled",
    when: /Throttl|RequestLimitExceeded|TooManyRequests/,
    message: (call, account) => `AWS kept throttling ${call} in account ${account}.`,
    hint: "Try again in a few minutes.",
  },
  {
    code: "aws-not-supported",
    when: /Deserialization error|NotImplemented|not.{0,100}implemented|char '.{0,100}' is not expected/i,
    message: (call, account) => `The AWS endpoint of account ${account} does not know ${call}.`,
    hint: "An emulator at AWS_ENDPOINT_URL may lack it.",
  },
];

export function awsProblem(error: unknown, call: string, account: string, place: Place | null): Problem {
  const failure = failureOf(error);
  const row = ROWS.find((r) => r.when.test(`${failure.name} ${failure.code} ${failure.message}`));
  if (!row)
    return errorProblem("aws-failed", `${call} failed in account ${account}: ${failure.message}`, {
      place,
      hint: "See the message of AWS above.",
    });
  return errorProblem(row.code, row.message(call, account, failure), { place, hint: row.hint });
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  return { name: inner.name, message: inner.message || inner.name, code };
}
