import { describe, expect, it } from "vitest";
import { reviewOf } from "../../../../src/access/review/review.js";
import type { AssumedRole, Evidence } from "../../../../src/model/evidence.js";
import type { Review, Subject } from "../../../../src/model/review.js";
import { subjectKey } from "../../../../src/report/review-words.js";
import { arnOf, covered, DAY, declaredOf, evidenceOf, HEAD, login, NOW, WINDOW } from "../../../support/review-world.js";

const FILE = `${HEAD}
roles: { readers: {}, staff: { member_of: [readers] } }
users:
  alice: { login: iam, member_of: [staff] }
  bob: { login: iam, clusters: [demo, other] }
iam_roles:
  app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: alice, clusters: [demo] }] }
  jobs: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: bob, clusters: [demo, other] }] }
`;
const TWO_DOORS = `${HEAD}
users: { alice: { login: iam } }
iam_roles:
  app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: alice, clusters: [demo] }] }
  old: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: alice, clusters: [demo] }] }
`;

const judge = (text: string, evidence: Partial<Evidence>, more: { was?: string | null; remove?: boolean } = {}): Review => {
  const { was = text, remove = false } = more;
  return reviewOf({
    file: declaredOf(text),
    was: was === null ? null : declaredOf(was),
    evidence: evidenceOf(evidence),
    window: WINDOW,
    remove,
  });
};
const verdictOf = (review: Review, key: string) => review.verdicts.find(({ subject }) => subjectKey(subject) === key);
const wordsOf = (review: Review): Record<string, string> =>
  Object.fromEntries(review.verdicts.map(({ subject, verdict }) => [subjectKey(subject), verdict]));
const edits = (review: Review) => review.proposals.map(({ edit }) => edit);
const taken = (name: string, at: number): AssumedRole => ({
  role: arnOf(name),
  caller: { account: "111122223333", arn: null, uniqueId: null },
  count: 1,
  first: at,
  last: at,
  sessions: [],
  addresses: [],
});
const WHOLE = [covered("demo"), covered("other")];

describe("verdicts", () => {
  it("are unknown without evidence, and nothing is proposed", () => {
    const review = judge(FILE, {});
    expect(new Set(Object.values(wordsOf(review)))).toEqual(new Set(["unknown"]));
    expect(review.proposals).toEqual([]);
    expect(review.problems.map(({ code }) => code)).toEqual(["evidence-gap", "evidence-gap"]);
  });

  it("follow a login to the user's only door, its IAM role and the memberships above it", () => {
    const review = judge(FILE, { coverage: WHOLE, logins: [login("alice", NOW - 41 * DAY)] });
    expect(wordsOf(review)).toEqual({
      "login/alice/demo": "used",
      "login/bob/demo": "quiet",
      "login/bob/other": "quiet",
      "door/iam-role/app/alice/demo": "used",
      "door/iam-role/jobs/bob/demo": "quiet",
      "door/iam-role/jobs/bob/other": "quiet",
      "membership/staff/readers/demo": "used",
      "membership/alice/staff/demo": "used",
      "iam-role/app": "used",
      // What else it is taken for only CloudTrail knows.
      "iam-role/jobs": "unknown",
    });
    expect(verdictOf(review, "login/alice/demo")?.last).toBe(NOW - 41 * DAY);
    expect(edits(review)).toEqual([{ action: "expire", what: { type: "user", name: "bob" }, until: "2026-12-25" }]);
  });

  it("do not take a failed login, or one before the window, for use", () => {
    const failed = judge(FILE, { coverage: WHOLE, logins: [login("alice", NOW - DAY, { outcome: "failed", reason: "no-connect" })] });
    expect(wordsOf(failed)["login/alice/demo"]).toBe("quiet");
    const old = judge(FILE, { coverage: WHOLE, logins: [login("alice", NOW - 91 * DAY)] });
    expect(wordsOf(old)["login/alice/demo"]).toBe("quiet");
  });

  it("are unknown where a day is missing, or one of several servers", () => {
    const hole = [
      covered("demo", [
        { from: WINDOW.from, to: NOW - 50 * DAY },
        { from: NOW - 49 * DAY, to: NOW },
      ]),
      covered("other"),
    ];
    expect(wordsOf(judge(FILE, { coverage: hole }))["login/alice/demo"]).toBe("unknown");
    const reader = [...WHOLE, covered("demo", [], "rds-log", "reader")];
    expect(wordsOf(judge(FILE, { coverage: reader }))["login/alice/demo"]).toBe("unknown");
    const late = [covered("demo", [{ from: WINDOW.from, to: NOW - 7 * 3_600_000 }]), covered("other")];
    expect(wordsOf(judge(FILE, { coverage: late }))["login/alice/demo"]).toBe("unknown");
    const last = [covered("demo", [{ from: WINDOW.from, to: NOW - 3_600_000 }]), covered("other")];
    expect(wordsOf(judge(FILE, { coverage: last }))["login/alice/demo"]).toBe("quiet");
    const first = [covered("demo", [{ from: WINDOW.from + 1, to: NOW }]), covered("other")];
    expect(wordsOf(judge(FILE, { coverage: first }))["login/alice/demo"]).toBe("unknown");
  });

  it("are unknown of a window however short, when nothing of it or not half of it was read", () => {
    for (const length of [1000, 3_600_000, 6 * 3_600_000, 11 * 3_600_000]) {
      const isMinute = length < 60_000;
      const window = { from: NOW - length, to: NOW };
      const word = (seen: readonly { from: number; to: number }[]) =>
        reviewOf({
          file: declaredOf(FILE),
          was: declaredOf(FILE),
          evidence: evidenceOf({ coverage: [covered("demo", seen), covered("other", seen)] }),
          window,
          remove: false,
        }).verdicts.find(({ subject }) => subjectKey(subject) === "login/alice/demo")?.verdict;
      expect(word([]), String(length)).toBe("unknown");
      expect(word([{ from: window.from, to: window.from + length / 2 }]), String(length)).toBe(isMinute ? "quiet" : "unknown");
      expect(word([{ from: window.from, to: window.to - length / 3 }]), String(length)).toBe("quiet");
      expect(word([{ from: window.to - length / 3, to: window.to }]), String(length)).toBe("unknown");
    }
  });

  it("take what proves nothing by its silence for no cover", () => {
    for (const source of ["iam-db-auth-error", "pg-stat-activity", "role-last-used", "cloudtrail"] as const)
      expect(wordsOf(judge(FILE, { coverage: [covered("demo", [WINDOW], source)] }))["login/alice/demo"]).toBe("unknown");
  });

  it("of several doors to one user need the evidence of each one's own IAM role", () => {
    const logins = [login("alice", NOW - DAY)];
    const doors = (review: Review) => [wordsOf(review)["door/iam-role/app/alice/demo"], wordsOf(review)["door/iam-role/old/alice/demo"]];
    expect(doors(judge(TWO_DOORS, { coverage: WHOLE, logins }))).toEqual(["unknown", "unknown"]);
    expect(doors(judge(TWO_DOORS, { coverage: WHOLE, logins, assumed: [taken("app", NOW - DAY)] }))).toEqual(["used", "unknown"]);
    const trail = covered(arnOf("old"), [WINDOW], "cloudtrail", "us-east-2");
    const both = judge(TWO_DOORS, { coverage: [...WHOLE, trail], logins, assumed: [taken("app", NOW - DAY)] });
    expect(doors(both)).toEqual(["used", "quiet"]);
    expect(edits(both)).toEqual([{ action: "expire", what: { type: "iam-role", id: "old" }, until: "2026-12-25" }]);
    const oneRegion = [...WHOLE, trail, covered(arnOf("old"), [], "cloudtrail", "us-east-1")];
    expect(doors(judge(TWO_DOORS, { coverage: oneRegion, logins }))).toEqual(["unknown", "unknown"]);
    const roleUses = [{ role: arnOf("old"), at: NOW - DAY, region: null, source: "role-last-used" as const }];
    expect(doors(judge(TWO_DOORS, { coverage: WHOLE, logins, roleUses }))).toEqual(["unknown", "used"]);
    expect(doors(judge(TWO_DOORS, { coverage: WHOLE }))).toEqual(["quiet", "quiet"]);
  });

  it("never call a door to every cluster quiet by the logs of some", () => {
    const text = FILE.replace("connect: [{ user: bob, clusters: [demo, other] }]", "connect: [{ user: bob, any_cluster: true }]");
    expect(wordsOf(judge(text, { coverage: WHOLE }))["door/iam-role/jobs/bob/*"]).toBe("unknown");
    const seen = judge(text, { coverage: WHOLE, logins: [login("bob", NOW - DAY)] });
    expect(wordsOf(seen)["door/iam-role/jobs/bob/*"]).toBe("used");
    expect(seen.problems.map(({ code }) => code)).toEqual(["door-wider-than-use"]);
  });
});

describe("findings", () => {
  it("name who logged in and is in no line of the file", () => {
    const logins = ["mallory", "mallory", "access_admin", "rdsadmin", "alice"].map((user) => login(user, NOW - DAY));
    const text = FILE.replace("alice: {", "alice: { was: alix,");
    const { problems } = judge(text, {
      coverage: WHOLE,
      logins: [...logins, login("alix", NOW), login("late", NOW - 91 * DAY), login("eve", NOW, { outcome: "failed" })],
    });
    expect(problems.map(({ code, message }) => [code, message])).toEqual([
      ["login-not-declared", "mallory logged in to cluster demo 2 times, last on 2026-11-24, and is not in the file."],
    ]);
  });
});

describe("proposals", () => {
  const quiet = (text: string, more: Parameters<typeof judge>[2] = {}) =>
    edits(judge(text, { coverage: WHOLE, logins: [login("alice", NOW)] }, more));

  it("end one cluster of a door whose user comes to another", () => {
    const review = judge(FILE, { coverage: WHOLE, logins: [login("alice", NOW), login("bob", NOW)] });
    expect(edits(review)).toEqual([
      {
        action: "expire",
        what: { type: "connect", holder: "iam-role", door: "jobs", user: "bob", clusters: ["other"] },
        until: "2026-12-25",
      },
    ]);
  });

  it("leave out what is kept, until that day", () => {
    const kept = (until: string) => FILE.replace("bob: {", `bob: { review: { keep: true, reason: batch, until: ${until} },`);
    expect(quiet(kept("2026-11-25"))).toEqual([]);
    expect(quiet(kept("2026-11-24")).length).toBe(1);
  });

  it("leave out what is protected", () => {
    expect(quiet(`${FILE}safety: { protect: ["bo*"] }\n`)).toEqual([]);
  });

  it("leave out what is younger than the window, and all where nothing is known of then", () => {
    const young = FILE.replace("  bob: { login: iam, clusters: [demo, other] }\n", "").replace(/ {2}jobs: .*\n/, "");
    expect(quiet(FILE, { was: young })).toEqual([]);
    expect(quiet(FILE, { was: null })).toEqual([]);
    expect(judge(FILE, { coverage: WHOLE }, { was: null }).problems.map(({ code }) => code)).toContain("age-not-known");
  });

  it("are removals where somebody says so, or an end has passed", () => {
    expect(quiet(FILE, { remove: true })).toEqual([{ action: "remove", what: { type: "user", name: "bob" } }]);
    const ended = (end: string) => quiet(FILE.replace("bob: {", `bob: { expires: ${end},`)).map(({ action }) => action);
    expect(ended("2026-11-24")).toEqual(["remove"]);
    expect(ended("2026-11-25")).toEqual([]);
  });

  it("leave out what would take along what is kept", () => {
    const asked = (is: (subject: Subject) => boolean, text = FILE) =>
      reviewOf({
        file: declaredOf(text),
        was: declaredOf(text),
        evidence: evidenceOf({
          coverage: [...WHOLE, ...["app", "jobs", "gate"].map((name) => covered(arnOf(name), [WINDOW], "cloudtrail", "us-east-2"))],
        }),
        window: WINDOW,
        remove: false,
        isKept: is,
      }).proposals.map(({ edit: { what } }) => (what.type === "iam-role" ? what.id : what.type === "user" ? what.name : what.type));
    expect(asked(() => false)).toEqual(["alice", "bob", "app", "jobs"]);
    // A user: its doors on all clusters, and the IAM role that has them.
    expect(asked((one) => one.type === "login" && one.user === "bob" && one.cluster === "other")).toEqual(["alice", "app"]);
    expect(asked((one) => one.type === "door" && one.user === "bob" && one.cluster === "other")).toEqual(["alice", "app", "connect"]);
    expect(asked((one) => one.type === "iam-role" && one.id === "jobs")).toEqual(["alice", "bob", "app"]);
    // Whoever comes in by it, too.
    const chain = `${FILE.replace("jobs: { account: db, trust: [{ service: ec2.amazonaws.com }]", "jobs: { account: db, trust: [{ role: gate }]")}  gate: { account: db, trust: [{ service: ec2.amazonaws.com }], assume: [jobs] }\n`;
    expect(asked(() => false, chain)).toEqual(["alice", "bob", "app", "jobs", "gate"]);
    const kept = chain.replace("bob: {", "bob: { review: { keep: true, reason: batch, until: 2026-11-25 },");
    expect(asked(() => false, kept)).toEqual(["alice", "app"]);
  });

  it("leave out a user or an IAM role of long ago that got something new in the window", () => {
    const young = FILE.replace("connect: [{ user: bob, clusters: [demo, other] }]", "connect: [{ user: bob, clusters: [demo] }]");
    expect(quiet(FILE, { was: young }).map(({ what }) => what.type)).toEqual(["connect"]);
    const roles = FILE.replace("readers: {}", "readers: { clusters: [demo, other] }");
    expect(quiet(roles.replace("bob: {", "bob: { member_of: [readers],"), { was: roles })).toEqual([]);
  });
});
