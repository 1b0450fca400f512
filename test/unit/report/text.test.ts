import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/change.js";
import type { Plan, Unmanaged } from "../../../src/model/plan.js";
import { errorProblem, warningProblem } from "../../../src/model/problem.js";
import type { Key } from "../../../src/model/resource.js";
import { renderText } from "../../../src/report/text.js";
import {
  fakeChange,
  fakePlan,
  fakeResidue,
  grantsOnTables,
  item,
  membershipThing,
  PLAIN_MEMBER,
  role,
  SERVER,
  tableThing,
} from "../../support/fake-plan.js";

const text = (plan: Parameters<typeof renderText>[0], verbose = false): string => renderText(plan, { color: false, verbose });
const place = { file: "access.yaml", line: 12, column: 3 };
const line = { ...place, pattern: null, until: null };
const stranger = (name: string): Unmanaged => ({
  key: `pg.role/main/${name}` as Key,
  who: role(name),
  rights: [{ who: role(name), verb: "select", on: tableThing("t", "s"), terms: {} }],
});

describe("a plan as text", () => {
  it("is effects first, with the line behind each, problems and counts", () => {
    const changes = [
      fakeChange("pg.role/main/ann", {
        op: "create",
        kind: "pg.role",
        subject: { type: "role", name: "ann", login: true },
        sources: [line],
      }),
      ...grantsOnTables(2, 1, 1),
      fakeChange("pg.membership/main/r/x", {
        op: "delete",
        kind: "pg.membership",
        delta: [item("x", "loses", "member", { on: membershipThing("r"), terms: PLAIN_MEMBER })],
      }),
      fakeChange("pg.role/main/old", { op: "delete", kind: "pg.role", subject: { type: "role", name: "old", login: true } }),
    ];
    const problems = [warningProblem("later-objects-not-covered", "Later objects are not covered.", { place, hint: "Name the creators." })];
    const unmanaged = [stranger("z")];
    expect(text(fakePlan(changes, { problems, unmanaged }))).toBe(`cluster main PostgreSQL 17.10
  + create user ann (access.yaml:12)
  + r0 gains select on 2 tables of s0 (s0.*, access.yaml:7)
  - x loses membership in role r (not in the file)
  - delete user old (not in the file)

access.yaml:12:3: warning: Later objects are not covered. [later-objects-not-covered]
    Name the creators.

Left alone:
  ? role z of cluster main holds select on table s.t; it is not in the file

Plan: 1 to create, 1 to delete; 2 rights gained, 1 lost.
Digest: sha256:${"0".repeat(64)}
`);
  });

  it("is one line when there is nothing to do", () => {
    expect(text(fakePlan([]))).toBe("No changes: the servers match the file.\n");
  });

  it.each<[string, Partial<Plan>, string]>([
    [
      "an error",
      { problems: [errorProblem("missing-object", "Table s.t is not there.")] },
      "No changes besides what the errors are about.",
    ],
    ["what stays", { residue: [fakeResidue("t")] }, "No changes, but what stays different cannot be changed here."],
    [
      "what stays and is accepted",
      { residue: [fakeResidue("t", { accepted: { until: "2027-03-31", reason: "vendor schema" } })] },
      "No changes: what stays different is accepted.",
    ],
    ["a narrowed run", { scope: { cluster: ["x"] } }, "No changes in what was selected."],
    ["another warning", { problems: [warningProblem("w", "Hm.")] }, "No changes: the servers match the file."],
  ])("without changes, and with %s, says no more than is true", (_, rest, sentence) => {
    expect(text(fakePlan([], rest)).trimEnd().split("\n").at(-1)).toBe(sentence);
  });

  it("lists what stays once, with what to run, alike things together, and what is accepted as a note below", () => {
    const accepted = { until: "2027-03-31", reason: "vendor schema" };
    const residue = [fakeResidue("n", { grantor: "eve", accepted }), ...["t", "u", "v"].map((name) => fakeResidue(name))];
    const out = text(fakePlan([], { residue, problems: residue.slice(1).map(({ problem }) => problem) }));
    expect(out).toBe(`Stays different:
  ! evil should lose select on table s.t in shop, but mallory gave it. And 2 more alike.
    Let a superuser run once: REVOKE … t;
  · evil should lose select on table s.n in shop, but mallory gave it.
    Accepted until 2027-03-31: vendor schema.

No changes, but what stays different cannot be changed here.
`);
  });

  it("never says that all is well when a target could not be read", () => {
    const problems = [errorProblem("cannot-connect", "Cannot connect.")];
    const unread = { target: { type: "cluster", name: "reporting" }, problems, rds: null } as const;
    const out = text(fakePlan([], { complete: false, leftOut: [unread], problems: [errorProblem("cannot-connect", "Cannot connect.")] }));
    expect(out).toContain(
      "Left out: cluster reporting (cannot-connect). Nothing of it is in the plan, and what leads to it stays as it is.",
    );
    expect(out).not.toContain("match the file");
  });

  it.each([
    [1, "r0 gains select on 5,000 tables of s0 (s0.*, access.yaml:7)"],
    [50, "r0 gains select on 5,000 tables of 50 schemas (access.yaml:7 and 49 more lines)"],
  ])("5,000 tables × 20 roles in %i schemas are at most 50 lines", (schemas, line) => {
    const out = text(fakePlan(grantsOnTables(5000, 20, schemas)));
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).toContain(line);
  });

  it("says what it left out, and shows all when asked", () => {
    const odd = oddGains(1000);
    const out = text(fakePlan(odd));
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).toContain("and 966 more rights gained: --verbose shows all");
    expect(text(fakePlan(odd), true).split("\n").length).toBeGreaterThan(1000);
  });

  it("shares the screen between two targets of 1,000 odd effects each", () => {
    const account = { type: "account", name: "db" } as const;
    const changes = [...oddGains(1000), ...oddGains(1000, { target: account })];
    const targets = [
      ...fakePlan([]).targets,
      { target: account, about: "111122223333, us-east-2", identity: "111122223333", databases: [] },
    ];
    const lines = text(fakePlan(changes, { targets })).split("\n");
    expect(lines.length).toBeLessThanOrEqual(50);
    expect(lines.filter((line) => line.includes("and 983 more rights gained: --verbose shows all"))).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith("  + "))).toHaveLength(34);
  });

  it("keeps a line of every type and of every target, and fits with all that is around it", () => {
    const gain = (name: string, rest: Partial<Change>): Change =>
      fakeChange(name, {
        subject: { type: "privileges", on: tableThing("d") },
        delta: [item(name, "gains", name, { sources: [line] })],
        ...rest,
      });
    const gains = Array.from({ length: 300 }, (_, i) => gain(`r${i}`, {}));
    const account = { type: "account", name: "db" } as const;
    const out = text(
      fakePlan(
        [
          ...gains,
          fakeChange("d", { op: "delete", kind: "pg.role", subject: { type: "role", name: "boss", login: true } }),
          gain("x", { target: account }),
        ],
        {
          complete: false,
          problems: Array.from({ length: 9 }, (_, i) => warningProblem("w", `Warning ${i}.`, { hint: "Do." })),
          unmanaged: Array.from({ length: 9 }, (_, i) => stranger(`k${i}`)),
        },
      ),
    );
    expect(out.split("\n").length).toBeLessThanOrEqual(50);
    expect(out).toContain("- delete user boss");
    expect(out).toContain("AWS account db");
    expect(out).toContain("+ x gains x on table d");
  });

  it("counts IAM things by their own nouns", () => {
    const target = { type: "account", name: "db" } as const;
    const account = "111122223333";
    const sources = [line];
    const changes = Array.from({ length: 40 }, (_, i): Change[] => [
      fakeChange(`role${i}`, {
        op: "create",
        kind: "iam.role",
        target,
        subject: { type: "iam-role", name: `r${i}` },
        sources,
        delta: [
          item({ type: "service", name: "ec2.amazonaws.com" }, "gains", "sts:AssumeRole", {
            on: { type: "iam-role", account, name: `r${i}` },
            sources,
          }),
        ],
      }),
      fakeChange(`policy${i}`, {
        op: "create",
        kind: "iam.policy",
        target,
        subject: { type: "iam-policy", name: `p${i}` },
        sources,
        delta: [
          item({ type: "policy", account, name: `p${i}` }, "gains", "rds-db:connect", {
            on: { type: "door", resource: `us-east-2:${account}:1`, user: `u${i}` },
            sources,
          }),
        ],
      }),
      fakeChange(`attachment${i}`, {
        op: "create",
        kind: "iam.attachment",
        target,
        subject: { type: "attachment", policy: `p${i}`, to: { type: "iam", account, kind: "role", name: `r${i}` } },
        delta: [
          item({ type: "iam", account, kind: "role", name: `r${i}` }, "gains", "attached", {
            on: { type: "iam-policy", account, name: `p${i}` },
            sources,
          }),
        ],
      }),
    ]).flat();
    expect(
      text(fakePlan(changes, { targets: [{ target, about: "111122223333, us-east-2", identity: "111122223333", databases: [] }] })),
    ).toBe(`AWS account db 111122223333, us-east-2
  + create 40 IAM roles (access.yaml:12)
  + create 40 IAM policies (access.yaml:12)
  + service ec2.amazonaws.com gains sts:AssumeRole of 40 IAM roles (access.yaml:12)
  + 40 IAM policies gain rds-db:connect as 40 users, 40 rights (access.yaml:12)
  + 40 IAM roles gain 40 IAM policies in account db, 40 rights (access.yaml:12)

Plan: 80 to create; 120 rights gained, 0 lost.
Digest: sha256:${"0".repeat(64)}
`);
  });

  it("never counts every schema, or a second creator, as one more schema", () => {
    const later = (schema: string | null, creator: string): Change =>
      fakeChange(`${schema}/${creator}`, {
        kind: "pg.default-acl",
        subject: { type: "privileges", on: { type: "later", server: SERVER, database: "shop", creator, schema, objects: "tables" } },
        delta: Array.from({ length: 40 }, (_, r) => item(`r${r}`, "gains", "select", { sources: [line] })),
      });
    const out = text(fakePlan([later("a", "x"), later("a", "y"), later("b", "x"), later(null, "x"), later(null, "y")]));
    expect(out.split("\n").slice(1, 3)).toEqual([
      "  + 40 roles gain select on later tables of 2 schemas, 120 rights (access.yaml:12)",
      "  + 40 roles gain select on later tables of every schema, 80 rights (access.yaml:12)",
    ]);
  });

  it("never folds the admin option into a plain membership, nor shows one condition as that of all", () => {
    const admin = { membership: { admin: true, inherit: true, set: true } };
    const members = Array.from({ length: 60 }, (_, i) =>
      fakeChange(`m${i}`, {
        kind: "pg.membership",
        delta: [item(`u${i}`, "gains", "member", { on: membershipThing(`g${i}`), terms: i % 3 ? PLAIN_MEMBER : admin })],
      }),
    );
    const doors = Array.from({ length: 60 }, (_, i) =>
      fakeChange(`p${i}`, {
        kind: "iam.policy",
        subject: { type: "iam-policy", name: `p${i}` },
        delta: [
          item({ type: "policy", account: "111122223333", name: `p${i}` }, "gains", i % 2 ? "rds-db:connect" : "sts:AssumeRole", {
            on: { type: "door", resource: "us-east-2:111122223333:1", user: `u${i}` },
            terms: i % 2 ? { condition: `c${i}` } : { statement: `{"NotAction":"${i}"}` },
          }),
        ],
      }),
    );
    expect(
      text(fakePlan([...members, ...doors]))
        .split("\n")
        .slice(1, 5),
    ).toEqual([
      "  + 20 roles gain membership, admin option in 20 roles, 20 rights",
      "  + 40 roles gain membership in 40 roles, 40 rights",
      "  + 30 IAM policies gain what their statements allow as 30 users, 30 rights",
      "  + 30 IAM policies gain rds-db:connect as 30 users if their conditions hold, 30 rights",
    ]);
  });

  it("quotes a name that could be read as a part of the sentence", () => {
    const change = fakeChange("t", { delta: [item("x loses", "gains", "select")] });
    expect(text(fakePlan([change]))).toContain('+ "x loses" gains select on table t');
  });

  it("shows a name of 63 bytes whole, quoted as SQL does", () => {
    const who = `größe_${"例".repeat(18)}a`;
    expect(Buffer.byteLength(who)).toBe(63);
    expect(text(fakePlan([fakeChange("t", { delta: [item(who, "gains", "select")] })]))).toContain(`+ "${who}" gains select on table t`);
  });

  it("cannot be forged by a name", () => {
    const who = "a\n  + root gains everything\u001b[31m\u202e\u00a0\u3000";
    const change = fakeChange("t", { delta: [item(who, "gains", "select")] });
    const out = text(fakePlan([change]));
    expect(out).toContain('+ "a\\u{a}  + root gains everything\\u{1b}[31m\\u{202e}\\u{a0}\\u{3000}" gains select on table t');
    expect(out.split("\n").filter((l) => l.startsWith("  +"))).toHaveLength(1);
  });
});

/** Effects that share nothing: no two of them fold into one line. */
const oddGains = (count: number, rest: Partial<Change> = {}): Change[] =>
  Array.from({ length: count }, (_, i) => fakeChange(`thing${i} x`, { delta: [item(`r${i}`, "gains", `privilege ${i}`)], ...rest }));
