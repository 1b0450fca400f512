import { describe, expect, test } from "vitest";
import { awsProblem, type Caller } from "../../../src/aws/problem.js";

const said = (name: string, message: string, caller: Caller = {}): string => {
  const error = Object.assign(new Error(message), { name });
  const problem = awsProblem(error, "sts:GetCallerIdentity", "db", null, caller);
  return `${problem.code}: ${problem.message} ${problem.hint}`;
};

describe("what a failed call of AWS means, and what to do", () => {
  test.each<[string, string, Caller, string]>([
    [
      "CredentialsProviderError",
      "Could not load credentials from any providers",
      {},
      "aws-no-credentials: There are no AWS credentials for account db. Log in",
    ],
    [
      "CredentialsProviderError",
      "Could not load credentials from any providers",
      { profile: "dev" },
      'aws-no-credentials: The AWS profile "dev" (AWS_PROFILE) gives no credentials for account db. Does aws configure list-profiles name it? Then log in: aws sso login --profile dev.',
    ],
    [
      "Error",
      "ENOENT: no such file or directory, open '/x'",
      {},
      "aws-no-credentials: A file that holds AWS credentials for account db is not there: ENOENT: no such file or directory, open '/x'. Correct AWS_WEB_IDENTITY_TOKEN_FILE",
    ],
    [
      "Error",
      "Region is missing",
      {},
      "aws-no-region: The AWS SDK knows no Region for sts:GetCallerIdentity in account db. Set AWS_REGION",
    ],
    [
      "Error",
      "getaddrinfo ENOTFOUND x",
      { region: "us-esat-2" },
      "aws-unreachable: AWS could not be reached for sts:GetCallerIdentity in account db (Region us-esat-2): getaddrinfo ENOTFOUND x. Check the network, the account's region",
    ],
    [
      "SyntaxError",
      "char '<' is not expected. Deserialization error",
      {},
      "aws-not-supported: What answers sts:GetCallerIdentity for account db does not speak as AWS does. Check AWS_ENDPOINT_URL",
    ],
    ["Odd", "Odd thing.", {}, "aws-failed: sts:GetCallerIdentity failed in account db: Odd thing. The message is AWS's own"],
  ])("%s %s %j", (name, message, caller, expected) => {
    expect(said(name, message, caller)).toContain(expected);
  });
});
