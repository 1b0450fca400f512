import { expect, it } from "vitest";
import { readAthenaRows, trailQuery } from "../../src/evidence/athena-sql.js";
import { assumeEvent } from "../../src/evidence/cloudtrail.js";
import { countAssumed } from "../../src/evidence/count-assumed.js";
import { duckTrail } from "../support/duck-trail.js";
import { callerRecord, DB, instanceRecord, MANAGEMENT, MGMT, MGMT_ID, MONITOR, ownerRecord } from "../support/trail-records.js";

const duck = process.env["PGACCORD_MATRIX"] ? duckTrail() : null;

/** As the article asks Athena: every column by name, no partition. */
const ARTICLE = `SELECT useridentity.accountid, useridentity.principalid, eventtime, recipientaccountid FROM cloudtrail_logs
WHERE eventname = 'AssumeRole' AND requestparameters LIKE '%pg-monitor-role%'`;

const DAY = 86_400_000;
const START = Date.parse("2026-11-01T08:00:00Z");
const at = (day: number): string => `${new Date(START + day * DAY).toISOString().slice(0, 19)}Z`;

const records = [
  ...Array.from({ length: 20 }, (_, day) => [
    ownerRecord({ at: at(day), id: `m${day}`, session: `s${day % 3}` }),
    callerRecord({ at: at(day), id: `m${day}`, session: `s${day % 3}` }),
    instanceRecord({ at: at(day), id: `i${day}`, role: MGMT }),
  ]).flat(),
  ownerRecord({ at: at(5), id: "same", more: {} }, { id: "AROASAMESAMESAMESAME", account: DB }),
  { ...ownerRecord({ at: at(6), id: "refused" }), errorCode: "AccessDenied" },
  ownerRecord({ at: at(-10), id: "early" }),
  ownerRecord({ at: at(7), id: "other", role: `${MONITOR}-2` }),
];

it.skipIf(duck === null)(
  "the article's query and ours find the same callers in a real engine, and ours the same as the records themselves",
  () => {
    const since = START - DAY;
    const now = START + 21 * DAY;
    const regions = ["us-east-1", "us-east-2"];
    const ours = trailQuery({ table: "main.cloudtrail_logs", accounts: [DB, MANAGEMENT], regions, roles: [MONITOR], since, now });
    const rows = duck?.(records, { article: ARTICLE, ours }) ?? {};
    const { events, names, days } = readAthenaRows(rows["ours"] ?? []);
    const found = countAssumed(events, names);
    const direct = countAssumed(
      records.flatMap((record) => assumeEvent(record) ?? []).filter((one) => one.role === MONITOR && one.at >= since),
      new Map(),
    );
    expect(found).toEqual(direct);
    expect(found.map(({ caller, count, sessions }) => [caller.arn ?? caller.uniqueId, count, sessions.length])).toEqual([
      [MGMT, 20, 3],
      ["AROASAMESAMESAMESAME", 1, 1],
    ]);
    expect(days.has(`${DB} us-east-2 2026/11/06`)).toBe(true);

    // Beyond that it has both records of each call, a refused one, one before the window, and an IAM role whose name begins alike.
    const article = rows["article"] ?? [];
    const inOwners = article.filter((row) => row["recipientaccountid"] === DB);
    expect(inOwners.length).toBe(21 + 3);
    expect(article.length - inOwners.length).toBe(20);
    const callers = (list: readonly (string | null | undefined)[]): unknown[] => [...new Set(list)].sort();
    expect(callers(inOwners.map((row) => row["accountid"]))).toEqual(callers(found.map(({ caller }) => caller.account)));
    expect(callers(inOwners.map((row) => row["principalid"]?.split(":")[0]))).toEqual([MGMT_ID, "AROASAMESAMESAMESAME"].sort());
  },
);
