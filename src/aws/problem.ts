import type { DeclaredAccount } from "../model/declared.js";
import type { Place } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { AwsCallError } from "./observe.js";

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

interface Row {
  readonly code: string;
  readonly when: RegExp;
  readonly message: (call: string, account: string, failure: Failure, caller: string | null) => string;
  readonly hint: string | ((call: string, failure: Failure) => string);
}

/** What was asked of AWS. */
export interface AwsCall {
  /** `iam:CreatePolicy`, where the error does not say it itself. */
  readonly call: string;
  readonly account: DeclaredAccount;
  /** ARN of who asked; null: not known. */
  readonly caller: string | null;
  readonly place: Place | null;
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
    message: (call, account, failure, caller) => {
      const { who, action, resource } = deniedOf(failure);
      const lacks = action === null || action === call ? "" : `: that needs ${action} on ${resource ?? "*"}`;
      return `The AWS credentials${parenthesis(caller ?? who)} may not ${call} in account ${account}${lacks}.`;
    },
    hint: deniedHint,
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

/** "User: ARN is not authorized to perform: ACTION on resource: ARN because …": AWS's usual words, in English always. They add detail only. */
const DENIED = /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (?:\w+ )?(\S+))?/;

function deniedOf({ message }: Failure): { readonly who: string | null; readonly action: string | null; readonly resource: string | null } {
  const [, who = null, action = null, resource = null] = DENIED.exec(message) ?? [];
  return { who, action, resource };
}

const parenthesis = (text: string | null): string => (text === null ? "" : ` (${text})`);

function deniedHint(call: string, failure: Failure): string {
  const { action, resource } = deniedOf(failure);
  const [, policy] = /with an explicit deny in an? ([\w -]+?)(?:$|[:.])/.exec(failure.message) ?? [];
  if (policy) return `An explicit Deny in a ${policy.trim()} forbids it: no Allow helps while that stands.`;
  return `Allow ${action ?? call}${resource === null ? "" : ` on ${resource}`} to whoever runs pgaccord; docs/setup.md lists what it needs.`;
}

/** The call that failed, if the error says so, else what was being done. */
export function awsProblem(error: unknown, { call: doing, account: { name: account }, caller, place }: AwsCall): Problem {
  const failure = failureOf(error);
  const call = error instanceof AwsCallError ? error.call : doing;
  const row = ROWS.find((r) => r.when.test(`${failure.name} ${failure.code} ${failure.message}`));
  if (!row)
    return errorProblem("aws-failed", `${call} failed in account ${account}: ${failure.message}`, {
      place,
      hint: "See the message of AWS above.",
    });
  const hint = typeof row.hint === "string" ? row.hint : row.hint(call, failure);
  return errorProblem(row.code, row.message(call, account, failure, caller), { place, hint });
}

export function failureOf(error: unknown): Failure {
  if (error instanceof AwsCallError) return failureOf(error.cause);
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  return { name: inner.name, message: inner.message || inner.name, code };
}
