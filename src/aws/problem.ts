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
  readonly message: (call: string, account: string, failure: Failure & Caller) => string;
  readonly hint: string | ((caller: Caller) => string);
}

/** What the environment said of who calls, and where. */
export interface Caller {
  /** AWS_PROFILE. */
  readonly profile?: string | undefined;
  readonly region?: string;
}

/** What a failed call means, first match first; matched against the error's name, code and message. */
const ROWS: readonly Row[] = [
  {
    code: "aws-no-credentials",
    when: /CredentialsProviderError|Could not load credentials|CredentialsNotFound/,
    message: (_, account, { profile }) =>
      profile === undefined
        ? `There are no AWS credentials for account ${account}.`
        : `The AWS profile "${profile}" (AWS_PROFILE) gives no credentials for account ${account}.`,
    hint: ({ profile }) =>
      profile === undefined
        ? "Log in to AWS (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        : `Does aws configure list-profiles name it? Then log in: aws sso login --profile ${profile}. Else correct AWS_PROFILE.`,
  },
  {
    code: "aws-no-credentials",
    when: /ENOENT/,
    message: (_, account, f) => `A file that holds AWS credentials for account ${account} is not there: ${f.message.replace(/\.$/, "")}.`,
    hint: "Correct AWS_WEB_IDENTITY_TOKEN_FILE, AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE, whichever names it.",
  },
  {
    code: "aws-no-region",
    when: /Region is missing/i,
    message: (call, account) => `The AWS SDK knows no Region for ${call} in account ${account}.`,
    hint: "Set AWS_REGION, or region in the profile of ~/.aws/config.",
  },
  {
    code: "aws-credentials-expired",
    when: /ExpiredToken|TokenRefreshRequired|RequestExpired|session.*expired/i,
    message: (_, account) => `The AWS credentials for account ${account} have expired.`,
    hint: "Log in to AWS again.",
  },
  {
    code: "aws-credentials-refused",
    when: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId/,
    message: (_, account, f) => `AWS refused the credentials for account ${account}: ${f.message.replace(/\.$/, "")}.`,
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
    message: (call, account, f) =>
      `AWS could not be reached for ${call} in account ${account}${f.region === undefined ? "" : ` (Region ${f.region})`}: ${f.code || f.message}.`,
    hint: "Check the network, the account's region in the file, and AWS_ENDPOINT_URL if it is set.",
  },
  {
    code: "aws-throttled",
    when: /Throttl|RequestLimitExceeded|TooManyRequests/,
    message: (call, account) => `AWS kept throttling ${call} in account ${account}.`,
    hint: "Try again in a few minutes.",
  },
  {
    code: "aws-not-supported",
    when: /Deserialization error|NotImplemented|not.*implemented|char '.*' is not expected/i,
    message: (call, account) => `What answers ${call} for account ${account} does not speak as AWS does.`,
    hint: "Check AWS_ENDPOINT_URL, if it is set, and proxies: an emulator may lack this call, and a proxy answers with a page of its own.",
  },
];

export function awsProblem(error: unknown, call: string, account: string, place: Place | null, caller: Caller = {}): Problem {
  const failure = failureOf(error);
  const row = ROWS.find((r) => r.when.test(`${failure.name} ${failure.code} ${failure.message}`));
  if (!row)
    return errorProblem("aws-failed", `${call} failed in account ${account}: ${failure.message.replace(/\.$/, "")}.`, {
      place,
      hint: "The message is AWS's own: look the call up in its documentation, or try it with the AWS CLI.",
    });
  const hint = typeof row.hint === "string" ? row.hint : row.hint(caller);
  return errorProblem(row.code, row.message(call, account, { ...failure, ...caller }), { place, hint });
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  return { name: inner.name, message: inner.message || inner.name, code };
}
