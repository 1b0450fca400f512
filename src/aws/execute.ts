import { type AwsAction, type AwsActions, type AwsRequest, type AwsService, callName } from "../model/aws-call.js";
import type { DeclaredAccount } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import { isError, ProblemsError } from "../model/problem.js";
import type { Aws } from "./client.js";
import { attemptsOf, awsProblem, failureOf } from "./problem.js";
import { PROPAGATION_MS, sightOfCall, type Waiting } from "./settle.js";

const LONG_MS = 10_000;

/**
 * One call, as often as it takes while the error is known to pass. A lost answer is none: the call is made again, and what then is so
 * already is looked at.
 */
export async function callAws(aws: Aws, account: DeclaredAccount, call: AwsRequest, { clock, onWait }: Waiting): Promise<void> {
  const end = clock.now() + PROPAGATION_MS;
  const send = await senderOf(aws, account, call);
  const waits: (() => void)[] = [];
  let wasLost = false;
  try {
    for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
      const error = await send().then(() => null, failed);
      if (error === null) return;
      wasLost ||= error.attempts > 1;
      const meaning = await meaningNow(aws, account, call, { ...error, wasLost });
      if (meaning === "done") return;
      if (!(meaning === "passes" || meaning === "unknown") || clock.now() + wait > end)
        throw failure(error.cause, { aws, account, call, meaning });
      wasLost ||= meaning === "unknown";
      if (waits.length === 0) waits.push(onWait(`Waiting for AWS: ${callName(call)} in account ${account.name}`));
      // Every new thing takes AWS a moment; what takes longer is worth a word.
      aws.log.write(end - clock.now() < PROPAGATION_MS - LONG_MS ? "warn" : "info", "aws-wait", () => ({
        call: callName(call),
        account: account.name,
        error: failureOf(error.cause).name,
        wait_ms: wait,
      }));
      await clock.sleep(wait * (0.75 + Math.random() / 2));
    }
  } finally {
    for (const over of waits) over();
  }
}

interface FailedCall {
  readonly cause: unknown;
  /** Of the SDK, which repeats a call by itself. */
  readonly attempts: number;
}
const failed = (cause: unknown): FailedCall => ({ cause, attempts: attemptsOf(cause) });

/** What an error means; of "that is there already": whether it is this call that did it. */
async function meaningNow(
  aws: Aws,
  account: DeclaredAccount,
  call: AwsRequest,
  { cause, wasLost }: FailedCall & { readonly wasLost: boolean },
): Promise<Meaning> {
  const meaning = meaningOf(call.action, cause);
  if (meaning !== "exists") return meaning;
  const sight = await sightOfCall(aws, account, call).catch((error: unknown) => {
    throw failure(error, { aws, account, call, meaning: "unknown" });
  });
  if (sight === "shown") return "done";
  return wasLost || sight === "not shown" ? "passes" : "failed";
}

type Send = () => Promise<unknown>;

async function senderOf(aws: Aws, account: DeclaredAccount, call: AwsRequest): Promise<Send> {
  try {
    await aws.verifyCaller(account);
    return await SENDERS[call.service](aws, account, call);
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

/** The SDK's commands are classes of one shape; the input was made for the command of its name (kinds/). */
type Commands<S extends AwsService> = { readonly [A in AwsActions[S]]: new (input: never) => unknown };

const SENDERS: { readonly [S in AwsService]: (aws: Aws, account: DeclaredAccount, call: AwsRequest) => Promise<Send> } = {
  iam: async (aws, account, call) => {
    const [client, Command] = [await aws.iam(account), commandOf(await iamCommands(), call)];
    return () => client.send(new Command(call.input as never) as Parameters<typeof client.send>[0]);
  },
  rds: async (aws, account, call) => {
    const [client, Command] = [await aws.rds(account, call.region), commandOf(await rdsCommands(), call)];
    return () => client.send(new Command(call.input as never) as Parameters<typeof client.send>[0]);
  },
  ec2: async (aws, account, call) => {
    const [client, Command] = [await aws.ec2(account, call.region), commandOf(await ec2Commands(), call)];
    return () => client.send(new Command(call.input as never) as Parameters<typeof client.send>[0]);
  },
};

function commandOf(table: Readonly<Partial<Record<AwsAction, new (input: never) => unknown>>>, call: AwsRequest) {
  const Command = table[call.action];
  if (!Command) throw new Error(`${callName(call)} is no call of that service`);
  return Command;
}

async function rdsCommands(): Promise<Commands<"rds">> {
  const sdk = await import("@aws-sdk/client-rds");
  return {
    ModifyDBCluster: sdk.ModifyDBClusterCommand,
    ModifyDBInstance: sdk.ModifyDBInstanceCommand,
    ModifyDBClusterParameterGroup: sdk.ModifyDBClusterParameterGroupCommand,
    ModifyDBParameterGroup: sdk.ModifyDBParameterGroupCommand,
  };
}

async function ec2Commands(): Promise<Commands<"ec2">> {
  const sdk = await import("./ec2-sdk.js");
  return {
    AssociateIamInstanceProfile: sdk.AssociateIamInstanceProfileCommand,
    ReplaceIamInstanceProfileAssociation: sdk.ReplaceIamInstanceProfileAssociationCommand,
    DisassociateIamInstanceProfile: sdk.DisassociateIamInstanceProfileCommand,
  };
}

async function iamCommands(): Promise<Commands<"iam">> {
  const sdk = await import("@aws-sdk/client-iam");
  return {
    CreateRole: sdk.CreateRoleCommand,
    UpdateAssumeRolePolicy: sdk.UpdateAssumeRolePolicyCommand,
    UpdateRole: sdk.UpdateRoleCommand,
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
}

type Meaning = "done" | "exists" | "passes" | "unknown" | "failed";

/** Takes away something: that it is gone already is what was wanted. */
const REMOVES = /^(Delete|Detach|Remove|Untag)/;
/** Refers to something that may have been made a moment ago. */
const REFERS = /^(Attach|Add|Put|Update|CreatePolicyVersion|Tag|Associate|Replace)/;
/** Had it been carried out before, it would be over the limit now: one role per profile, five versions. */
const ONCE = /^(AddRole|CreatePolicyVersion)/;

/** Detaching takes a moment to be seen, and until then the thing is in use; so is a cluster that RDS is at work on. */
const PASSING =
  /ConcurrentModification|ServiceFailure|Throttl|RequestLimitExceeded|ServiceUnavailable|^DeleteConflict|InvalidDB(Cluster|Instance)State/;

function meaningOf(action: AwsAction, error: unknown): Meaning {
  const { name, message, code } = failureOf(error);
  if (name.startsWith("NoSuchEntity")) return REMOVES.test(action) ? "done" : REFERS.test(action) ? "passes" : "failed";
  if (name.startsWith("MalformedPolicyDocument")) return /Invalid principal/i.test(message) ? "passes" : "failed";
  if (name.startsWith("EntityAlreadyExists") || (name.startsWith("LimitExceeded") && ONCE.test(action))) return "exists";
  if (EC2_SAYS.test(name)) return ofInstance(action, name, message);
  if (PASSING.test(name)) return "passes";
  // A page in between says nothing of what is behind it.
  return /ECONNRESET|EPIPE|TimeoutError|socket hang up|Deserialization error|InternalFailure|InternalError/.test(
    `${name} ${code} ${message}`,
  )
    ? "unknown"
    : "failed";
}

const EC2_SAYS = /^(InvalidParameterValue|InvalidAssociationID|IncorrectState$)/;

/** A new profile takes EC2 a moment to see; an instance that carries one takes no second. */
function ofInstance(action: AwsAction, name: string, message: string): Meaning {
  if (name.startsWith("InvalidAssociationID")) return action === "DisassociateIamInstanceProfile" ? "done" : "failed";
  if (/Invalid IAM Instance Profile/i.test(message)) return "passes";
  return name === "IncorrectState" && action === "AssociateIamInstanceProfile" ? "exists" : "failed";
}

interface Failed {
  readonly aws: Aws;
  readonly account: DeclaredAccount;
  readonly call: AwsRequest;
  readonly meaning: Meaning;
}

function failure(error: unknown, { aws, account, call, meaning }: Failed): RunError {
  const problem = awsProblem(error, { call: callName(call), account, caller: aws.callerOf(account), place: null });
  const { name, message } = failureOf(error);
  const text = problem.code === "aws-failed" ? `${callName(call)} on ${subjectOf(call)} failed: ${message}` : problem.message;
  return new RunError(meaning === "unknown" ? "unknown" : "failed", text, { code: name, hint: problem.hint ?? null, cause: error });
}

/** What it is about, in the words that each service has for it. */
const SUBJECTS = [
  "RoleName",
  "UserName",
  "GroupName",
  "PolicyName",
  "PolicyArn",
  "InstanceProfileName",
  "DBClusterIdentifier",
  "DBInstanceIdentifier",
  "DBClusterParameterGroupName",
  "DBParameterGroupName",
  "InstanceId",
  "AssociationId",
];

const subjectOf = ({ input }: AwsRequest): string =>
  String(SUBJECTS.map((name) => input[name]).find((value) => value !== undefined) ?? "it");
