import type { DeclaredAccount } from "../model/declared.js";
import { isFields } from "../model/json.js";
import type { Need } from "../model/need.js";
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
  readonly message: (asked: Asked) => string;
  readonly hint: string | ((asked: Asked) => string);
}

/** What was asked of AWS. */
export interface Asking {
  /** `iam:CreatePolicy`, where the error does not say it itself. */
  readonly call: string;
  readonly account: DeclaredAccount;
  /** ARN of who asked; null: not known. */
  readonly caller: string | null;
  readonly place: Place | null;
  /** AWS_PROFILE, where credentials were looked for. */
  readonly profile?: string | undefined;
}

interface Asked {
  readonly call: string;
  /** Its name in the file. */
  readonly account: string;
  readonly region: string;
  readonly caller: string | null;
  readonly profile: string | undefined;
  readonly failure: Failure;
}

const wordsOf = ({ message }: Failure): string => message.replace(/\.$/, "");

/** What a failed call means, first match first; matched against the error's name, code and message. */
const ROWS: readonly Row[] = [
  {
    code: "aws-no-credentials",
    when: /CredentialsProviderError|Could not load credentials|CredentialsNotFound/,
    message: ({ account, profile }) =>
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
    message: ({ account, failure }) => `A file that holds AWS credentials for account ${account} is not there: ${wordsOf(failure)}.`,
    hint: "Correct AWS_WEB_IDENTITY_TOKEN_FILE, AWS_SHARED_CREDENTIALS_FILE or AWS_CONFIG_FILE, whichever names it.",
  },
  {
    code: "aws-no-region",
    when: /Region is missing/i,
    message: ({ call, account }) => `The AWS SDK knows no Region for ${call} in account ${account}.`,
    hint: "Set AWS_REGION, or region in the profile of ~/.aws/config.",
  },
  {
    code: "aws-credentials-expired",
    when: /ExpiredToken|TokenRefreshRequired|RequestExpired|session.{0,100}expired/i,
    message: ({ account }) => `The AWS credentials for account ${account} have expired.`,
    hint: "Log in to AWS again.",
  },
  {
    code: "aws-credentials-refused",
    when: /InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidAccessKeyId/,
    message: ({ account, failure }) => `AWS refused the credentials for account ${account}: ${wordsOf(failure)}.`,
    hint: "Correct the credentials; also check the clock of this machine.",
  },
  {
    code: "aws-access-denied",
    when: /AccessDenied|UnauthorizedOperation/,
    message: ({ call, account, failure, caller }) => {
      const { who, action, resource } = deniedOf(failure);
      const lacks = action === null || action === call ? "" : `: that needs ${action} on ${resource ?? "*"}`;
      return `The AWS credentials${parenthesis(caller ?? who)} may not ${call} in account ${account}${lacks}.`;
    },
    hint: deniedHint,
  },
  {
    code: "aws-unreachable",
    when: /ECONNREFUSED|ENOTFOUND|ECONNRESET|ETIMEDOUT|EAI_AGAIN|TimeoutError|socket hang up/,
    message: ({ call, account, region, failure }) =>
      `AWS could not be reached for ${call} in account ${account} (Region ${region}): ${failure.code || wordsOf(failure)}.`,
    hint: "Check the network, the account's region in the file, and AWS_ENDPOINT_URL if it is set.",
  },
  {
    code: "aws-throttled",
    when: /Throttl|RequestLimitExceeded|TooManyRequests/,
    message: ({ call, account }) => `AWS kept throttling ${call} in account ${account}.`,
    hint: "Try again in a few minutes.",
  },
  {
    code: "aws-not-supported",
    when: /Deserialization error|NotImplemented|not.{0,100}implemented|char '.{0,100}' is not expected/i,
    message: ({ call, account }) => `What answers ${call} for account ${account} does not speak as AWS does.`,
    hint: "Check AWS_ENDPOINT_URL, if it is set, and proxies: an emulator may lack this call, and a proxy answers with a page of its own.",
  },
];

/** "User: ARN is not authorized to perform: ACTION on resource: ARN because …": AWS's usual words, in English always. They add detail only. */
const DENIED = /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (?:\w+ )?(\S+))?/;

const DENIED_BY = /with an explicit deny in an? ([\w -]+?)(?:$|[:.])/;

function deniedOf({ message }: Failure): { readonly who: string | null; readonly action: string | null; readonly resource: string | null } {
  const [, who = null, action = null, resource = null] = DENIED.exec(message) ?? [];
  return { who, action, resource };
}

const parenthesis = (text: string | null): string => (text === null ? "" : ` (${text})`);

function deniedHint({ call, failure }: Asked): string {
  const { action, resource } = deniedOf(failure);
  const [, policy] = DENIED_BY.exec(failure.message) ?? [];
  if (policy) return `An explicit Deny in a ${policy.trim()} forbids it: no Allow helps while that stands.`;
  return `Allow ${action ?? call}${resource === null ? "" : ` on ${resource}`} to whoever runs pgaccord; pgaccord iam-policy prints what it needs.`;
}

/** What a policy would have to allow; nothing helps against a Deny. */
function allowNeeds({ call, account, failure }: Asked): Need[] {
  const { action, resource } = deniedOf(failure);
  const needed = action ?? call;
  if (!needed.includes(":") || DENIED_BY.test(failure.message)) return [];
  return [{ type: "allow", account, action: needed, resource: resource ?? "*" }];
}

/** The call that failed, if the error says so, else what was being done. */
export function awsProblem(error: unknown, { call: doing, account: { name, region }, caller, place, profile }: Asking): Problem {
  const failure = failureOf(error);
  const call = error instanceof AwsCallError ? error.call : doing;
  const row = ROWS.find((r) => r.when.test(`${failure.name} ${failure.code} ${failure.message}`));
  if (!row)
    return errorProblem("aws-failed", `${call} failed in account ${name}: ${wordsOf(failure)}.`, {
      place,
      hint: "The message is AWS's own: look the call up in its documentation, or try it with the AWS CLI.",
    });
  const asked = { call, account: name, region, caller, profile, failure };
  const hint = typeof row.hint === "string" ? row.hint : row.hint(asked);
  return errorProblem(row.code, row.message(asked), {
    place,
    hint,
    ...(row.code === "aws-access-denied" ? { needs: allowNeeds(asked) } : {}),
  });
}

export function failureOf(error: unknown): Failure {
  if (error instanceof AwsCallError) return failureOf(error.cause);
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: "" };
  const inner = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  const code = "code" in inner && typeof inner.code === "string" ? inner.code : "";
  return { name: inner.name, message: inner.message || inner.name, code };
}

/** How often the SDK asked before it gave up. */
export function attemptsOf(error: unknown): number {
  const cause = error instanceof AwsCallError ? error.cause : error;
  const metadata = isFields(cause) ? cause["$metadata"] : null;
  return isFields(metadata) && typeof metadata["attempts"] === "number" ? metadata["attempts"] : 1;
}
