import type { IAMClient } from "@aws-sdk/client-iam";
import type { DeclaredAccount } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import type { AwsCommandName } from "../model/operation.js";
import { isError, ProblemsError } from "../model/problem.js";
import type { Aws } from "./client.js";
import { awsProblem, failureOf } from "./problem.js";

type Input = Readonly<Record<string, unknown>>;

export interface Clock {
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}
const REAL_CLOCK: Clock = { now: Date.now, sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };

/** What AWS still says after a change is done, for this long at most (Terraform waits as long for IAM). */
const PROPAGATION_MS = 120_000;
const LONG_MS = 10_000;

/** One call, as often as it takes while the error is known to pass. */
export async function callAws(
  aws: Aws,
  account: DeclaredAccount,
  command: AwsCommandName,
  input: Input,
  clock: Clock = REAL_CLOCK,
): Promise<void> {
  const end = clock.now() + PROPAGATION_MS;
  const iam = await clientOf(aws, account);
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try {
      await send(iam, command, input);
      return;
    } catch (error) {
      const meaning = meaningOf(command, error);
      if (meaning === "done") return;
      if (meaning !== "passes" || clock.now() + wait > end) throw failure(error, { aws, account, command, input, meaning });
      // Every new thing takes AWS a moment; what takes longer is worth a word.
      aws.log.write(end - clock.now() < PROPAGATION_MS - LONG_MS ? "warn" : "info", "aws-wait", () => ({
        call: `iam:${command}`,
        account: account.name,
        error: failureOf(error).name,
        wait_ms: wait,
      }));
      await clock.sleep(wait * (0.75 + Math.random() / 2));
    }
  }
}

async function clientOf(aws: Aws, account: DeclaredAccount): Promise<IAMClient> {
  try {
    await aws.verifyCaller(account);
    return await aws.iam(account);
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    const problem = error.problems.find(isError);
    throw new RunError("failed", problem?.message ?? error.message, {
      code: problem?.code ?? null,
      hint: problem?.hint ?? null,
      cause: error,
    });
  }
}

/** The SDK's commands are classes of one shape; the input was made for the command of its name (kinds/iam-*.ts). */
async function send(iam: IAMClient, command: AwsCommandName, input: Input): Promise<void> {
  const sdk = await import("@aws-sdk/client-iam");
  const table: { readonly [C in AwsCommandName]: new (input: never) => unknown } = {
    CreateRole: sdk.CreateRoleCommand,
    UpdateAssumeRolePolicy: sdk.UpdateAssumeRolePolicyCommand,
    TagRole: sdk.TagRoleCommand,
    UntagRole: sdk.UntagRoleCommand,
    DeleteRole: sdk.DeleteRoleCommand,
    PutRolePermissionsBoundary: sdk.PutRolePermissionsBoundaryCommand,
    DeleteRolePermissionsBoundary: sdk.DeleteRolePermissionsBoundaryCommand,
    DeleteRolePolicy: sdk.DeleteRolePolicyCommand,
    CreatePolicy: sdk.CreatePolicyCommand,
    CreatePolicyVersion: sdk.CreatePolicyVersionCommand,
    DeletePolicyVersion: sdk.DeletePolicyVersionCommand,
    TagPolicy: sdk.TagPolicyCommand,
    UntagPolicy: sdk.UntagPolicyCommand,
    DeletePolicy: sdk.DeletePolicyCommand,
    AttachRolePolicy: sdk.AttachRolePolicyCommand,
    AttachUserPolicy: sdk.AttachUserPolicyCommand,
    DetachRolePolicy: sdk.DetachRolePolicyCommand,
    DetachUserPolicy: sdk.DetachUserPolicyCommand,
    DetachGroupPolicy: sdk.DetachGroupPolicyCommand,
    CreateInstanceProfile: sdk.CreateInstanceProfileCommand,
    AddRoleToInstanceProfile: sdk.AddRoleToInstanceProfileCommand,
    RemoveRoleFromInstanceProfile: sdk.RemoveRoleFromInstanceProfileCommand,
    TagInstanceProfile: sdk.TagInstanceProfileCommand,
    UntagInstanceProfile: sdk.UntagInstanceProfileCommand,
    DeleteInstanceProfile: sdk.DeleteInstanceProfileCommand,
  };
  const Command = table[command];
  await iam.send(new Command(input as never) as Parameters<IAMClient["send"]>[0]);
}

type Meaning = "done" | "passes" | "unknown" | "failed";

/** Takes away something: that it is gone already is what was wanted. */
const REMOVES = /^(Delete|Detach|Remove|Untag)/;
/** Refers to something that may have been made a moment ago. */
const REFERS = /^(Attach|Add|Put|UpdateAssume|CreatePolicyVersion|Tag)/;

function meaningOf(command: AwsCommandName, error: unknown): Meaning {
  const { name, message, code } = failureOf(error);
  if (name.startsWith("NoSuchEntity")) return REMOVES.test(command) ? "done" : REFERS.test(command) ? "passes" : "failed";
  if (name.startsWith("MalformedPolicyDocument")) return /Invalid principal/i.test(message) ? "passes" : "failed";
  if (/ConcurrentModification|ServiceFailure|Throttl|RequestLimitExceeded|ServiceUnavailable/.test(name)) return "passes";
  // Detaching takes a moment to be seen, and until then the thing is in use.
  if (name.startsWith("DeleteConflict")) return "passes";
  return /ECONNRESET|EPIPE|TimeoutError|socket hang up/.test(`${name} ${code} ${message}`) ? "unknown" : "failed";
}

interface Failed {
  readonly aws: Aws;
  readonly account: DeclaredAccount;
  readonly command: AwsCommandName;
  readonly input: Input;
  readonly meaning: Meaning;
}

function failure(error: unknown, { aws, account, command, input, meaning }: Failed): RunError {
  const problem = awsProblem(error, { call: `iam:${command}`, account, caller: aws.callerOf(account), place: null });
  const { name, message } = failureOf(error);
  const text = problem.code === "aws-failed" ? `iam:${command} on ${subjectOf(input)} failed: ${message}` : problem.message;
  return new RunError(meaning === "unknown" ? "unknown" : "failed", text, { code: name, hint: problem.hint ?? null, cause: error });
}

const subjectOf = (input: Input): string =>
  String(input["RoleName"] ?? input["PolicyName"] ?? input["PolicyArn"] ?? input["InstanceProfileName"] ?? "it");
