import { partitionDay, readAthenaRows, trailQuery } from "../evidence/athena-sql.js";
import { countAssumed } from "../evidence/count-assumed.js";
import { common, missing, union } from "../evidence/intervals.js";
import { DAY_MS } from "../model/day.js";
import type { DeclaredAccount, DeclaredAthena } from "../model/declared.js";
import type { Coverage, Interval } from "../model/evidence.js";
import type { Aws } from "./client.js";
import { problemsOf, readPeople, regionsOf, type TrailAsked, type TrailRead } from "./trail.js";
import { runAthena } from "./trail-athena.js";

/** Who took the IAM roles, from the table of a trail, which may go back further than the event history. */
export async function readTrailTable(
  aws: Aws,
  asked: TrailAsked,
  athena: DeclaredAthena,
): Promise<TrailRead & { readonly bytesScanned: number | null }> {
  const { declared, roles, since, now } = asked;
  const people = await readPeople(aws, declared, roles);
  const window = { from: since, to: now };
  const targets = roles.flatMap((role) => {
    const account = declared.accounts.get(role.account);
    return account ? [{ arn: people.arns.get(role.id) ?? "", account }] : [];
  });
  const owner = declared.accounts.get(athena.account);
  const none = { assumed: [], events: [], roleUses: people.roleUses, people, bytesScanned: null };
  if (!owner) return { ...none, coverage: [], problems: people.problems };
  try {
    await aws.verifyCaller(owner);
    const accounts = [...declared.accounts.values()];
    const regions = [...new Set(accounts.flatMap((account) => regionsOf(declared, account)))].sort();
    const ids = accounts.map(({ id }) => id).sort();
    const sql = trailQuery({ table: athena.table, accounts: ids, regions, roles: targets.map(({ arn }) => arn), since, now });
    const client = await aws.athena(owner, owner.region);
    const { rows, bytesScanned } = await runAthena({ client, athena, sleep: asked.sleep }, sql);
    const { events, names, days } = readAthenaRows(rows);
    return {
      assumed: countAssumed(events, new Map([...names, ...people.names])),
      events,
      roleUses: people.roleUses,
      coverage: targets.map(({ arn, account }) => coverageOf(arn, account, days, window)),
      people,
      problems: people.problems,
      bytesScanned,
    };
  } catch (error) {
    const problems = problemsOf(aws, owner, error, "athena:StartQueryExecution");
    const gap = { seen: [], gaps: [{ ...window, why: problems[0]?.message ?? "Athena could not be asked" }] };
    const coverage = targets.map(({ arn }): Coverage => ({ source: "athena", target: arn, part: null, ...gap }));
    return { ...none, coverage, problems: [...people.problems, ...problems] };
  }
}

/** CloudTrail brings records to the bucket within some fifteen minutes. */
const LATE = 15 * 60_000;

/** A day on which the account has no record in any Region is one that the trail did not see: a plan alone leaves some. */
function coverageOf(target: string, { id }: DeclaredAccount, days: ReadonlySet<string>, window: Interval): Coverage {
  const there = new Set([...days].flatMap((day) => (day.startsWith(`${id} `) ? [day.slice(-10)] : [])));
  const seenDays: Interval[] = [];
  for (let at = Math.floor(window.from / DAY_MS) * DAY_MS; at < window.to; at += DAY_MS)
    if (there.has(partitionDay(at))) seenDays.push({ from: at, to: at + DAY_MS });
  const seen = common(union(seenDays), [{ from: window.from, to: Math.max(window.from, window.to - LATE) }]);
  const gaps = missing(window, seen).map((gap) => ({
    ...gap,
    why: gap.to - gap.from <= LATE ? "records of the last minutes are still on their way" : "the table has no record of these days",
  }));
  return { source: "athena", target, part: null, seen, gaps };
}
