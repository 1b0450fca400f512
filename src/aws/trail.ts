import { ASSUME_EVENTS, type AssumeEvent } from "../evidence/cloudtrail.js";
import { countAssumed, unresolvedIn } from "../evidence/count-assumed.js";
import { missing } from "../evidence/intervals.js";
import { roleArn } from "../facts/iam-things.js";
import type { Declared, DeclaredAccount, DeclaredIamRole } from "../model/declared.js";
import type { AssumeCaller, AssumedRole, Coverage, RoleUse } from "../model/evidence.js";
import { type Problem, ProblemsError } from "../model/problem.js";
import type { Aws } from "./client.js";
import { awsProblem } from "./problem.js";
import { arnsById, readSweep, rolesOf } from "./sweep.js";
import { createPace, type Looked, type Looking, lookUpAll, lookUpRole } from "./trail-lookup.js";

export interface TrailAsked {
  readonly declared: Declared;
  readonly roles: readonly DeclaredIamRole[];
  readonly since: number;
  readonly now: number;
  /** Whether the search for an IAM role may end, once these were seen. */
  readonly isEnough: (role: DeclaredIamRole, callers: readonly AssumeCaller[]) => boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

export interface TrailRead {
  readonly assumed: readonly AssumedRole[];
  readonly events: readonly AssumeEvent[];
  readonly roleUses: readonly RoleUse[];
  readonly coverage: readonly Coverage[];
  readonly people: People;
  readonly problems: readonly Problem[];
}

/** Who is in the accounts of the file. */
export interface People {
  /** ARNs by unique id. */
  readonly names: ReadonlyMap<string, string>;
  /** ARNs of declared IAM roles, by their ids in the file. */
  readonly arns: ReadonlyMap<string, string>;
  /** Digits of the accounts that could be read. */
  readonly accounts: ReadonlySet<string>;
  readonly roleUses: readonly RoleUse[];
  readonly problems: readonly Problem[];
}

/** Who took the IAM roles, from the event history of CloudTrail in every Region where it may stand. */
export async function readTrail(aws: Aws, asked: TrailAsked): Promise<TrailRead> {
  const people = await readPeople(aws, asked.declared, asked.roles);
  const lanes = await Promise.all(lanesOf(asked).map((lane) => readLane(aws, asked, lane, people.arns)));
  const events = lanes.flatMap((lane) => lane.events);
  const first = countAssumed(events, people.names);
  const more = await namesElsewhere(aws, asked, first);
  return {
    assumed: countAssumed(events, new Map([...more.names, ...people.names])),
    events,
    roleUses: people.roleUses,
    coverage: lanes.flatMap((lane) => lane.coverage),
    people,
    problems: [...people.problems, ...lanes.flatMap((lane) => lane.problems), ...more.problems],
  };
}

/** What cannot be read leaves ids without names: a warning. */
export async function readPeople(aws: Aws, declared: Declared, roles: readonly DeclaredIamRole[]): Promise<People> {
  const read = await Promise.all([...declared.accounts.values()].map((account) => readAccount(aws, account)));
  const arnOf = (role: DeclaredIamRole): string => {
    const account = declared.accounts.get(role.account);
    const there = read.find((one) => one.account === account)?.roles.get(role.name)?.arn;
    return there ?? (account ? roleArn(account, role.name, role.manage === "whole" ? declared.iam.path : "/") : "");
  };
  const arns = new Map(roles.map((role) => [role.id, arnOf(role)]));
  const declaredArns = new Set(arns.values());
  return {
    names: new Map(read.flatMap((one) => [...one.names])),
    arns,
    accounts: new Set(read.flatMap(({ account, problems }) => (problems.length === 0 ? [account.id] : []))),
    roleUses: read.flatMap((one) =>
      [...one.roles.values()].flatMap(({ arn, lastUsed }): RoleUse[] =>
        lastUsed && declaredArns.has(arn) ? [{ role: arn, ...lastUsed, source: "role-last-used" }] : [],
      ),
    ),
    problems: read.flatMap((one) => one.problems),
  };
}

async function readAccount(aws: Aws, account: DeclaredAccount) {
  try {
    await aws.verifyCaller(account);
    const sweep = await readSweep(await aws.iam(account));
    return { account, names: arnsById(sweep), roles: rolesOf(sweep), problems: [] };
  } catch (error) {
    const problems = problemsOf(aws, account, error, "iam:GetAccountAuthorizationDetails").map(asWarning);
    return { account, names: new Map<string, string>(), roles: new Map<string, never>(), problems };
  }
}

const asWarning = (problem: Problem): Problem => ({ ...problem, severity: "warning" });

export function problemsOf(aws: Aws, account: DeclaredAccount, error: unknown, call: string): readonly Problem[] {
  if (error instanceof ProblemsError) return error.problems;
  return [awsProblem(error, { call, account, caller: aws.callerOf(account), place: account.place })];
}

/** One account's history in one Region: what AWS counts its requests by. */
interface Lane {
  readonly account: DeclaredAccount;
  readonly region: string;
  readonly roles: readonly DeclaredIamRole[];
}

const lanesOf = ({ declared, roles }: TrailAsked): Lane[] =>
  [...declared.accounts.values()].flatMap((account) => {
    const own = roles.filter((role) => role.account === account.name);
    return own.length === 0 ? [] : regionsOf(declared, account).map((region) => ({ account, region, roles: own }));
  });

/** Where the events of the global endpoint of STS stand, by partition. */
const GLOBAL: Readonly<Record<string, string>> = { aws: "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1" };

/** Endpoints of STS log in their own Region: whoever connects to a cluster likely asks the one that is next to it. */
export const regionsOf = ({ clusters }: Declared, { region, partition }: DeclaredAccount): string[] => {
  const others = [...clusters.values()].flatMap((cluster) => cluster.region ?? []);
  return [...new Set([region, GLOBAL[partition] ?? region, ...others])].sort();
};

type LaneRead = Pick<TrailRead, "events" | "coverage" | "problems">;

async function readLane(aws: Aws, asked: TrailAsked, lane: Lane, arns: ReadonlyMap<string, string>): Promise<LaneRead> {
  const window = { from: asked.since, to: asked.now };
  const targets = lane.roles.map((role) => ({ role, arn: arns.get(role.id) ?? "" }));
  try {
    await aws.verifyCaller(lane.account);
    const looking: Looking = {
      client: await aws.cloudtrail(lane.account, lane.region),
      pace: createPace(asked.sleep),
      since: asked.since,
      now: asked.now,
    };
    const found = new Map<string, Looked>();
    for (const { role, arn } of targets) {
      found.set(
        arn,
        await lookUpRole(looking, arn, (events) =>
          asked.isEnough(
            role,
            events.map(({ caller }) => caller),
          ),
        ),
      );
    }
    const empty = targets.filter(({ arn }) => found.get(arn)?.events.length === 0);
    // Where the history finds one by its ARN it would have found the others: they were not taken.
    const isFindable = empty.length < targets.length;
    for (const [arn, looked] of await lookForThese(looking, isFindable ? [] : empty)) found.set(arn, looked);
    return {
      events: [...found.values()].flatMap(({ events }) => events),
      coverage: [...found].map(([arn, looked]) => coverageOf(arn, lane.region, looked, window)),
      problems: [],
    };
  } catch (error) {
    const problems = problemsOf(aws, lane.account, error, "cloudtrail:LookupEvents");
    const why = problems[0]?.message ?? "CloudTrail could not be read";
    const gap = { seen: [], gaps: [{ ...window, why }] };
    const coverage = targets.map(({ arn }): Coverage => ({ source: "cloudtrail", target: arn, part: lane.region, ...gap }));
    return { events: [], coverage, problems };
  }
}

/** One search for all that were not found by their ARNs. */
async function lookForThese(
  looking: Looking,
  targets: readonly { readonly role: DeclaredIamRole; readonly arn: string }[],
): Promise<Map<string, Looked>> {
  if (targets.length === 0) return new Map();
  const federated = targets.some(({ role }) => role.trust.some(({ type }) => type === "oidc" || type === "saml" || type === "statement"));
  const arns = new Set(targets.map(({ arn }) => arn));
  const looked: Looked[] = [];
  for (const name of federated ? ASSUME_EVENTS : ASSUME_EVENTS.slice(0, 1)) looked.push(await lookUpAll(looking, name, arns));
  const from = Math.max(...looked.map((one) => one.from));
  const stopped = looked.find((one) => one.from === from)?.stopped ?? null;
  const events = looked.flatMap((one) => one.events);
  return new Map([...arns].map((arn) => [arn, { events: events.filter(({ role }) => role === arn), from, stopped }]));
}

function coverageOf(
  target: string,
  part: string,
  { from, stopped }: Looked,
  window: { readonly from: number; readonly to: number },
): Coverage {
  const seen = from < window.to ? [{ from, to: window.to }] : [];
  const gaps = missing(window, seen).map((gap) => ({ ...gap, why: stopped ?? "not read" }));
  return { source: "cloudtrail", target, part, seen, gaps };
}

/** Callers that are gone: the record of their own account knew their names. Asked only where somebody has none. */
async function namesElsewhere(aws: Aws, asked: TrailAsked, assumed: readonly AssumedRole[]): Promise<Pick<People, "names" | "problems">> {
  const open = assumed.filter((one) => unresolvedIn([one]).length > 0);
  const lanes = [...asked.declared.accounts.values()].flatMap((account) => {
    const roles = new Set(open.flatMap((one) => (one.caller.account === account.id ? one.role : [])));
    return roles.size === 0 ? [] : regionsOf(asked.declared, account).map((region) => ({ account, region, roles }));
  });
  const read = await Promise.all(
    lanes.map(async ({ account, region, roles }) => {
      try {
        await aws.verifyCaller(account);
        const client = await aws.cloudtrail(account, region);
        const looking = { client, pace: createPace(asked.sleep), since: asked.since, now: asked.now };
        const events: AssumeEvent[] = [];
        for (const role of roles) events.push(...(await lookUpRole(looking, role, () => false)).events);
        return { events, problems: [] };
      } catch (error) {
        return { events: [], problems: problemsOf(aws, account, error, "cloudtrail:LookupEvents").map(asWarning) };
      }
    }),
  );
  const callers = read.flatMap(({ events }) => events.map(({ caller }) => caller));
  const names = callers.flatMap(({ uniqueId, arn }) => (uniqueId !== null && arn !== null ? [[uniqueId, arn] as const] : []));
  return { names: new Map(names), problems: read.flatMap(({ problems }) => problems) };
}
