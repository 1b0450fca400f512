import { type AwsCall, type AwsRequest, callName } from "../model/aws-call.js";
import type { DeclaredAccount } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import { isFields } from "../model/json.js";
import type { Clock } from "../model/ports.js";
import type { Tag } from "../model/resource.js";
import type { Aws } from "./client.js";
import { readPolicyTags, readProfiles, readProfileTags } from "./inspect.js";
import { readInstances } from "./instances.js";
import { awsProblem } from "./problem.js";
import { type LiveIam, type Sight, sightOf } from "./seen.js";
import { readSweep } from "./sweep.js";

/** For how long AWS may still say what was so before a change (Terraform waits as long for IAM). */
export const PROPAGATION_MS = 120_000;

export interface Waiting {
  readonly clock: Clock;
  /** Says that AWS is waited for; the function it returns says that it is over. */
  readonly onWait: (what: string) => () => void;
}

/** IAM answers from copies: one that shows a change proves nothing of the next. */
const IN_A_ROW = 2;
const BETWEEN_MS = 100;
const LONGEST_MS = 8000;

/**
 * Until IAM shows what these calls did, twice in a row: what comes next hangs on it. IAM has no other sign of propagation, and the
 * document that it shows is the one that it will go by.
 */
export async function awaitSeen(aws: Aws, account: DeclaredAccount, calls: readonly AwsCall[], { clock, onWait }: Waiting): Promise<void> {
  const own = calls.filter(({ service }) => service === "iam");
  if (own.length === 0) return;
  const end = clock.now() + PROPAGATION_MS;
  const over = onWait(`Waiting until IAM of account ${account.name} shows what was written`);
  try {
    for (let inRow = 0, wait = BETWEEN_MS; ; ) {
      const missing = await firstMissing(aws, account, own);
      inRow = missing ? 0 : inRow + 1;
      if (inRow === IN_A_ROW) return;
      if (clock.now() + wait > end) throw notSeen(account, missing);
      await clock.sleep(missing ? wait : BETWEEN_MS);
      wait = missing ? Math.min(wait * 2, LONGEST_MS) : BETWEEN_MS;
    }
  } finally {
    over();
  }
}

/** What cannot be read now is not seen yet; what will not be read later either is a failure. */
async function firstMissing(aws: Aws, account: DeclaredAccount, calls: readonly AwsCall[]): Promise<AwsCall | undefined> {
  const live = await readIam(aws, account).catch((error: unknown) => {
    const problem = awsProblem(error, { call: "iam", account, caller: aws.callerOf(account), place: null });
    if (PASSES.has(problem.code)) return null;
    throw new RunError("failed", problem.message, { code: problem.code, hint: problem.hint ?? null, cause: error });
  });
  return live === null ? calls[0] : calls.find((call) => sightOf(call, live) !== "shown");
}
const PASSES: ReadonlySet<string> = new Set(["aws-throttled", "aws-unreachable", "aws-not-supported", "aws-failed"]);

function notSeen(account: DeclaredAccount, call: AwsRequest | undefined): RunError {
  const what = call ? `what ${callName(call)} did` : "the same twice in a row";
  return new RunError("failed", `After two minutes IAM of account ${account.name} does not show ${what}.`, {
    code: "aws-not-seen",
    hint: "What hangs on it was not begun. Run pgaccord apply again: it goes on from what AWS shows then.",
  });
}

async function readIam(aws: Aws, account: DeclaredAccount): Promise<LiveIam> {
  const iam = await aws.iam(account);
  const [sweep, profiles] = await Promise.all([readSweep(iam), readProfiles(iam)]);
  return { sweep, profiles };
}

/**
 * Whether a call that AWS refuses, because it is so already, was carried out before: its answer was lost, and it was asked again. Only
 * what has all that the call gives, our marks too, counts.
 */
export async function sightOfCall(aws: Aws, account: DeclaredAccount, call: AwsRequest): Promise<Sight> {
  if (call.service === "ec2") return sightOfAssociation(aws, account, call);
  const live = await readIam(aws, account);
  const sight = sightOf(call, live);
  if (sight !== "shown" || !Array.isArray(call.input["Tags"])) return sight;
  const tags = await tagsOfCreated(aws, account, call, live);
  return wantedTags(call.input["Tags"]).every(({ key, value }) => tags.some((tag) => tag.key === key && tag.value === value))
    ? "shown"
    : "other";
}

/** Of a profile that an instance is to carry. */
async function sightOfAssociation(aws: Aws, account: DeclaredAccount, { input }: AwsRequest): Promise<Sight> {
  const carried = (await readInstances(aws, account)).get(String(input["InstanceId"]))?.association?.profileArn;
  if (carried === undefined) return "not shown";
  const wanted = input["IamInstanceProfile"];
  return isFields(wanted) && wanted["Arn"] === carried ? "shown" : "other";
}

interface SdkTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}
const wantedTags = (tags: readonly SdkTag[]): Tag[] => tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value }));

async function tagsOfCreated(aws: Aws, account: DeclaredAccount, { action, input }: AwsRequest, { sweep }: LiveIam): Promise<Tag[]> {
  const iam = await aws.iam(account);
  if (action === "CreateRole") return wantedTags(sweep.roles.find((role) => role.RoleName === input["RoleName"])?.Tags ?? []);
  if (action === "CreateInstanceProfile") return (await readProfileTags(iam, String(input["InstanceProfileName"]))) ?? [];
  const arn = sweep.policies.find(({ Arn = "" }) => Arn.endsWith(`/${String(input["PolicyName"])}`))?.Arn;
  return arn === undefined ? [] : readPolicyTags(iam, arn);
}
