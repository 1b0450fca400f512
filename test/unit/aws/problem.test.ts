import { describe, expect, it } from "vitest";
import { AwsCallError, observe } from "../../../src/aws/observe.js";
import { awsProblem, failureOf } from "../../../src/aws/problem.js";
import type { LogFields } from "../../../src/model/log.js";

const account = {
  name: "db",
  id: "111122223333",
  region: "us-east-2",
  partition: "aws",
  planRole: null,
  applyRole: null,
  place: { file: "a", line: 1, column: 1 },
} as const;
const ROLE = "arn:aws:sts::111122223333:assumed-role/ci/run-7";
const denied = (message: string): Error => Object.assign(new Error(message), { name: "AccessDenied" });
const about = (error: unknown, caller: string | null = ROLE) => awsProblem(error, { call: "iam", account, caller, place: null });
const said = (error: unknown, caller: string | null = ROLE): string[] => {
  const { code, message, hint } = about(error, caller);
  return [code, message, hint ?? ""];
};
const usual = (action: string, on: string, why = ""): string =>
  `User: ${ROLE} is not authorized to perform: ${action} on resource: ${on}${why}`;

describe("a denied call", () => {
  it("is named with who asked, in which account, and what is missing", () => {
    const error = new AwsCallError("iam:CreatePolicy", denied(usual("iam:CreatePolicy", "arn:aws:iam::1:policy/x")));
    expect(said(error)).toEqual([
      "aws-access-denied",
      `The AWS credentials (${ROLE}) may not iam:CreatePolicy in account db.`,
      "Allow iam:CreatePolicy on arn:aws:iam::1:policy/x to whoever runs pgaccord; pgaccord iam-policy prints what it needs.",
    ]);
  });

  it("that needs another permission than its own name says which, and on what", () => {
    const error = new AwsCallError(
      "iam:CreateRole",
      denied(usual("iam:TagRole", "arn:aws:iam::1:role/x", " because no identity-based policy allows the iam:TagRole action")),
    );
    expect(said(error).slice(1)).toEqual([
      `The AWS credentials (${ROLE}) may not iam:CreateRole in account db: that needs iam:TagRole on arn:aws:iam::1:role/x.`,
      "Allow iam:TagRole on arn:aws:iam::1:role/x to whoever runs pgaccord; pgaccord iam-policy prints what it needs.",
    ]);
  });

  it("takes who asked from AWS's words where nobody knew, and does without them", () => {
    const error = new AwsCallError("sts:GetCallerIdentity", denied(usual("sts:GetCallerIdentity", "*")));
    expect(said(error, null)[1]).toBe(`The AWS credentials (${ROLE}) may not sts:GetCallerIdentity in account db.`);
    expect(said(new AwsCallError("rds:DescribeDBClusters", denied("nein")), null).slice(1)).toEqual([
      "The AWS credentials may not rds:DescribeDBClusters in account db.",
      "Allow rds:DescribeDBClusters to whoever runs pgaccord; pgaccord iam-policy prints what it needs.",
    ]);
  });

  it("by an explicit Deny has no advice to allow it", () => {
    const error = new AwsCallError(
      "iam:CreateRole",
      denied(usual("iam:CreateRole", "x", " with an explicit deny in a service control policy")),
    );
    expect(said(error)[2]).toBe("An explicit Deny in a service control policy forbids it: no Allow helps while that stands.");
  });

  it("is decided by the error's name, whatever its words", () => {
    expect(about(Object.assign(new Error("User: x is not authorized"), { name: "Other" })).code).toBe("aws-failed");
  });
});

describe("a call of the SDK", () => {
  const lines: LogFields[] = [];
  const log = { write: (_: string, event: string, fields: () => LogFields) => void lines.push({ event, ...fields() }), hiding: () => log };
  const context = { clientName: "IAMClient", commandName: "ListRolesCommand" };
  const call = (next: (args: object) => Promise<object>) =>
    observe(log, { account: "db", region: "us-east-2" })(next, context)({ input: { secret: "hunter2" } });

  it("is logged with what AWS calls it, and never with its input", async () => {
    lines.length = 0;
    await call(async () => ({
      output: { Roles: ["r"], $metadata: { httpStatusCode: 200, requestId: "req-1", attempts: 2 } },
      response: {},
    }));
    expect(lines).toEqual([
      {
        event: "aws",
        service: "iam",
        operation: "ListRoles",
        account: "db",
        region: "us-east-2",
        ms: expect.any(Number),
        status: 200,
        request: "req-1",
        attempts: 2,
        error: undefined,
      },
    ]);
  });

  it("that fails is logged, and keeps its error behind the name of the call", async () => {
    lines.length = 0;
    const cause = Object.assign(denied("no"), { $metadata: { httpStatusCode: 403, requestId: "req-2" } });
    const error = await call(() => Promise.reject(cause)).catch((e: unknown) => e);
    expect(error).toMatchObject({ call: "iam:ListRoles", cause });
    expect(failureOf(error).name).toBe("AccessDenied");
    expect(lines).toEqual([expect.objectContaining({ status: 403, request: "req-2", error: "AccessDenied" })]);
  });
});

const saidOf = (name: string, message: string, { profile, region = "us-east-2" }: { profile?: string; region?: string }): string => {
  const error = Object.assign(new Error(message), { name });
  const asked = { call: "sts:GetCallerIdentity", account: { ...account, region }, caller: null, place: null, profile };
  const problem = awsProblem(error, asked);
  return `${problem.code}: ${problem.message} ${problem.hint}`;
};

describe("what a failed call of AWS means, and what to do", () => {
  it.each<[string, string, { profile?: string; region?: string }, string]>([
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
    expect(saidOf(name, message, caller)).toContain(expected);
  });
});
