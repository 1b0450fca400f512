import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { reviewOf } from "../../../../src/access/review/review.js";
import type { AssumedRole, Coverage, Evidence, EvidenceSource, LoginCount } from "../../../../src/model/evidence.js";
import type { Subject } from "../../../../src/model/review.js";
import { generated } from "../../../support/generated.js";
import { arnOf, DAY, declaredOf, evidenceOf, HEAD, login, NOW, WINDOW } from "../../../support/review-world.js";

const FILE = declaredOf(`${HEAD}
roles: { readers: { clusters: [demo, other] }, staff: { clusters: [demo, other], member_of: [readers] } }
users:
  alice: { login: iam, member_of: [staff], clusters: [demo, other] }
  bob: { login: iam, clusters: [demo, other], member_of: [readers] }
  carol: { login: external, member_of: [staff] }
iam_roles:
  app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: alice, clusters: [demo] }, { user: bob, clusters: [demo] }] }
  jobs: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: bob, clusters: [demo, other] }] }
  wide: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: alice, any_cluster: true }] }
iam_users:
  ci: { account: db, connect: [{ user: bob, clusters: [other] }] }
`);
const ROLES = ["app", "jobs", "wide"] as const;
const SOURCES = [
  "rds-log",
  "cloudwatch-log",
  "log-file",
  "iam-db-auth-error",
  "pg-stat-activity",
] as const satisfies readonly EvidenceSource[];
const DAYS = 90;

/** Mostly whole, often with a hole of a day or more somewhere. */
const days = fc.oneof(
  { weight: 3, arbitrary: fc.constant([[0, DAYS]] as const) },
  { weight: 2, arbitrary: fc.array(fc.tuple(fc.integer({ min: 0, max: 89 }), fc.integer({ min: 1, max: 90 })), { maxLength: 4 }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 0, max: 89 }).map((hole) => [
      [0, hole],
      [hole + 1, DAYS],
    ]),
  },
);
const seenOf = (list: readonly (readonly number[])[]) =>
  list.map(([from = 0, to = 0]) => ({ from: WINDOW.from + from * DAY, to: WINDOW.from + Math.max(from, to) * DAY }));

const logCoverage = fc
  .record({
    target: fc.constantFrom("demo", "other"),
    part: fc.constantFrom(null, "one", "two"),
    source: fc.constantFrom(...SOURCES),
    days,
  })
  .map(({ days: list, ...rest }): Coverage => ({ ...rest, seen: seenOf(list), gaps: [] }));
const trailCoverage = fc
  .record({
    role: fc.constantFrom(...ROLES),
    part: fc.constantFrom("us-east-1", "us-east-2"),
    source: fc.constantFrom("cloudtrail", "athena", "access-advisor"),
    days,
  })
  .map(({ role, days: list, ...rest }): Coverage => ({ ...rest, target: arnOf(role), seen: seenOf(list), gaps: [] }));
const moment = fc.integer({ min: -5, max: DAYS - 1 }).map((day) => WINDOW.from + day * DAY + 1);
const logins = fc
  .record({ user: fc.constantFrom("alice", "bob", "carol"), at: moment, cluster: fc.constantFrom("demo", "other"), ok: fc.boolean() })
  .map(({ user, at, cluster, ok }): LoginCount => login(user, at, { cluster, ...(ok ? {} : { outcome: "failed", reason: "password" }) }));
const assumed = fc.record({ role: fc.constantFrom(...ROLES), at: moment }).map(
  ({ role, at }): AssumedRole => ({
    role: arnOf(role),
    caller: { account: null, arn: "ec2.amazonaws.com", uniqueId: null },
    count: 1,
    first: at,
    last: at,
    sessions: [],
    addresses: [],
  }),
);
const worlds = fc
  .record({
    coverage: fc.tuple(fc.array(logCoverage, { maxLength: 5 }), fc.array(trailCoverage, { maxLength: 4 })).map((lists) => lists.flat()),
    logins: fc.array(logins, { maxLength: 6 }),
    assumed: fc.array(assumed, { maxLength: 3 }),
  })
  .map(evidenceOf);

/** Day by day, by every list: whether what is asked would have been seen on each of them. */
function isSeenAlways(coverage: readonly Coverage[], days: number): boolean {
  const parts = [...new Set(coverage.map(({ part }) => part))];
  if (parts.length === 0) return false;
  for (let day = 0; day < days; day++) {
    const noon = WINDOW.from + day * DAY + DAY / 2;
    for (const part of parts)
      if (!coverage.some((one) => one.part === part && one.seen.some(({ from, to }) => from <= noon && noon < to))) return false;
  }
  return true;
}

const usersOf = (subject: Subject): readonly (readonly [string, string])[] => {
  if (subject.type === "login") return [[subject.user, subject.cluster]];
  if (subject.type === "door" && subject.cluster !== null) return [[subject.user, subject.cluster]];
  if (subject.type !== "membership") return [];
  const below = { alice: ["alice"], bob: ["bob"], carol: ["carol"], staff: ["alice", "carol"] }[subject.member] ?? [];
  return below.filter((user) => user !== "carol" || subject.cluster === "demo").map((user) => [user, subject.cluster] as const);
};
const roleOf = (subject: Subject): string | null => {
  if (subject.type === "iam-role") return subject.id;
  return subject.type === "door" && subject.holder === "iam-role" ? subject.door : null;
};

/** Why a thing may be called quiet, by the definition alone. */
function mayBeQuiet(subject: Subject, evidence: Evidence, days = DAYS): boolean {
  const logs = (cluster: string) =>
    evidence.coverage.filter(({ source, target }) => ["rds-log", "cloudwatch-log", "log-file"].includes(source) && target === cluster);
  const users = usersOf(subject);
  const nobodyCame =
    users.length > 0 &&
    users.every(
      ([user, cluster]) =>
        isSeenAlways(logs(cluster), days) &&
        !evidence.logins.some((one) => one.user === user && one.cluster === cluster && one.outcome === "ok" && one.last >= WINDOW.from),
    );
  const role = roleOf(subject);
  const trail = evidence.coverage.filter(
    ({ source, target }) => ["cloudtrail", "athena"].includes(source) && role !== null && target === arnOf(role),
  );
  const nobodyTook =
    role !== null && isSeenAlways(trail, days) && !evidence.assumed.some((one) => one.role === arnOf(role) && one.last >= WINDOW.from);
  return (subject.type !== "iam-role" && nobodyCame) || nobodyTook;
}

describe("a review of whatever evidence", () => {
  it("calls nothing quiet without full coverage, and proposes nothing that is not quiet", () => {
    const counts = { quiet: 0, used: 0, unknown: 0 };
    fc.assert(
      fc.property(worlds, (evidence) => {
        const review = reviewOf({ file: FILE, was: FILE, evidence, window: WINDOW, remove: false });
        for (const { subject, verdict } of review.verdicts) {
          counts[verdict]++;
          if (verdict === "quiet") expect(mayBeQuiet(subject, evidence), JSON.stringify(subject)).toBe(true);
        }
        for (const { because } of review.proposals) for (const { verdict } of because) expect(verdict).toBe("quiet");
      }),
      generated({ short: 400, long: 4000 }),
    );
    // Not all alike, or it would prove nothing.
    expect(Math.min(counts.quiet, counts.used, counts.unknown)).toBeGreaterThan(100);
  });

  it("of a short window neither, unless the older half of it is known without a hole", () => {
    const factor = 3_600_000 / (WINDOW.to - WINDOW.from);
    const at = (moment: number): number => NOW - (NOW - moment) * factor;
    const window = { from: at(WINDOW.from), to: NOW };
    const counts = { quiet: 0, used: 0, unknown: 0 };
    fc.assert(
      fc.property(worlds, (evidence) => {
        const short: Evidence = {
          ...evidence,
          logins: evidence.logins.map((one) => ({ ...one, first: at(one.first), last: at(one.last) })),
          assumed: evidence.assumed.map((one) => ({ ...one, first: at(one.first), last: at(one.last) })),
          coverage: evidence.coverage.map((one) => ({ ...one, seen: one.seen.map(({ from, to }) => ({ from: at(from), to: at(to) })) })),
        };
        for (const { subject, verdict } of reviewOf({ file: FILE, was: FILE, evidence: short, window, remove: false }).verdicts) {
          counts[verdict]++;
          if (verdict === "quiet") expect(mayBeQuiet(subject, evidence, DAYS / 2), JSON.stringify(subject)).toBe(true);
        }
      }),
      generated({ short: 300, long: 3000 }),
    );
    expect(Math.min(counts.quiet, counts.used, counts.unknown)).toBeGreaterThan(100);
  });

  it("finds what is quiet where all is known", () => {
    const whole = (target: string): Coverage => ({ source: "rds-log", target, part: "one", seen: [WINDOW], gaps: [] });
    fc.assert(
      fc.property(fc.array(logins, { maxLength: 6 }), (seen) => {
        const evidence = evidenceOf({ coverage: [whole("demo"), whole("other")], logins: seen });
        const review = reviewOf({ file: FILE, was: FILE, evidence, window: WINDOW, remove: false });
        for (const { subject, verdict } of review.verdicts)
          if (subject.type === "login" || subject.type === "membership")
            expect(verdict, JSON.stringify(subject)).toBe(mayBeQuiet(subject, evidence) ? "quiet" : "used");
      }),
      generated({ short: 100, long: 1000 }),
    );
  });
});
