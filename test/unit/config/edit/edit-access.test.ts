import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { editAccess } from "../../../../src/config/edit/edit-access.js";
import type { FileEdit } from "../../../../src/model/review.js";
import { CASES, connect, expire, iamRole, member, remove, user } from "./cases.js";

const edit = (text: string, ...edits: readonly FileEdit[]) => editAccess(text, "access.yaml", edits);
const ACCESS = readFileSync(new URL("../../../../access.yaml", import.meta.url), "utf8");

describe("editAccess", () => {
  it.each(CASES)("$title", ({ before, edits, after }) => {
    const { text, problems, done } = edit(before, ...edits);
    expect(problems).toEqual([]);
    expect(text).toBe(after);
    expect(done).toEqual(edits);
  });

  it("changes a file of its own lines alone", () => {
    const { text, problems } = edit(ACCESS, remove(user("oltp_rw_user")), expire(member("pgmonitor", "pg_monitor")));
    expect(problems).toEqual([]);
    const [was, is] = [ACCESS.split("\n"), text.split("\n")];
    expect(was.filter((line) => !is.includes(line)).map((line) => line.trim())).toEqual([
      "oltp_rw_user: { login: iam, member_of: [oltp_rw_role] }",
      "pgmonitor: { login: iam, member_of: [pg_monitor] }",
      "connect: [{ user: oltp_rw_user, clusters: [demo] }]",
      "policy: pgdemo-oltp-rw-user-policy",
    ]);
    expect(is.filter((line) => !was.includes(line)).map((line) => line.trim())).toEqual([
      "pgmonitor: { login: iam, member_of: [{ role: pg_monitor, expires: 2026-12-25 }] }",
    ]);
  });
});

describe("an edit that is not made", () => {
  const refusals: readonly (readonly [string, string, FileEdit, string])[] = [
    ["of what is not there", "users: { ann: {} }\n", remove(user("bob")), 'User "bob" is not removed: it is not in the file.'],
    [
      "of one cluster of any",
      "iam_roles: { i: { connect: [{ user: u, any_cluster: true }] } }\n",
      expire(connect("i", "u", ["x"])),
      'The door of IAM role "i" to "u" on x is not given an end: the entry says any_cluster, and one cluster of any cannot be taken out.',
    ],
    [
      "of one of several accounts",
      "iam_roles: { i: { account: [a, b] } }\n",
      remove(iamRole("a/i")),
      'IAM role "a/i" is not removed: its entry stands for one IAM role in each of several accounts; give this account an entry of its own.',
    ],
    [
      "below which a comment would become a part of the text above",
      "iam_roles:\n  i:\n    description: |\n      The app.\n  j: {}\n      # j\n",
      remove(iamRole("j")),
      'IAM role "j" is not removed: what comes out would not say what is meant.',
    ],
    [
      "where keys are written with a question mark",
      "version: 1\nusers:\n  ? bob\n  : { login: iam }\n",
      expire(user("bob")),
      'User "bob" is not given an end: the file is written there in a form that is not changed by itself.',
    ],
  ];
  it.each(refusals)("%s", (_title, before, one, message) => {
    const { text, done, problems } = edit(before, one);
    expect(text).toBe(before);
    expect(done).toEqual([]);
    expect(problems.map((problem) => [problem.code, problem.message])).toEqual([["edit-refused", message]]);
    expect(problems[0]?.hint).toContain("by hand");
  });

  it("is one whose file the rules would refuse", () => {
    const { text, problems } = edit(ACCESS, remove(iamRole("pg-mgmt-role")));
    expect(text).toBe(ACCESS);
    expect(problems.map(({ message }) => message)).toEqual([
      'IAM role "pg-mgmt-role" is not removed: then the file would be wrong: iam_roles.pg-monitor-role: "trust" is missing.',
    ]);
  });

  it("does not hold up the others", () => {
    const { text, done, problems } = edit(
      "version: 1\nusers: { ann: {}, bob: {}, cy: {} }\n",
      remove(user("ann")),
      remove(user("nobody")),
      expire(user("cy")),
    );
    expect(text).toBe("version: 1\nusers: { bob: {}, cy: { expires: 2026-12-25 } }\n");
    expect(done).toEqual([remove(user("ann")), expire(user("cy"))]);
    expect(problems.map(({ message }) => message.replace(/:.*/, ""))).toEqual(['User "nobody" is not removed']);
  });

  it("takes along what others speak of", () => {
    const edits = [remove(user("pgmonitor")), remove(member("pgmonitor", "pg_monitor")), remove(iamRole("pg-mgmt-role"))];
    const { done, problems } = edit(ACCESS, ...edits);
    expect(done).toEqual(edits.slice(0, 2));
    expect(problems.map(({ message }) => message.replace(/:.*/, ""))).toEqual(['IAM role "pg-mgmt-role" is not removed']);
    expect(problems[0]?.hint).toContain("Remove it by hand");
  });

  it("leaves alone what is no YAML, and says why", () => {
    const { text, problems } = edit("users: [\n", remove(user("bob")));
    expect([text, problems.map(({ code }) => code)]).toEqual(["users: [\n", ["yaml-syntax"]]);
  });
});

describe("what is left", () => {
  it("without a purpose is said of roles, users and IAM roles", () => {
    expect(edit(ACCESS, remove(user("oltp_rw_user"))).left).toEqual([
      'Role "oltp_rw_role" has no member of the file any more.',
      'IAM role "pgdemo-oltp-rw-role" is left without a purpose: it connects as nobody and takes no other IAM role.',
    ]);
    expect(edit(ACCESS, remove(connect("pgdemo-oltp-ro-role", "oltp_ro_user"))).left).toEqual([
      'User "oltp_ro_user" has no door any more: no IAM role, user or policy of the file connects as it.',
      'IAM role "pgdemo-oltp-ro-role" is left without a purpose: it connects as nobody and takes no other IAM role.',
    ]);
    expect(edit(ACCESS, expire(user("oltp_rw_user"))).left).toEqual([]);
  });

  it("and what an IAM role alone took", () => {
    expect(edit(ACCESS, remove(iamRole("pg-monitor-role"))).left).toEqual([
      'User "pgmonitor" has no door any more: no IAM role, user or policy of the file connects as it.',
      'IAM role "pg-mgmt-role" is left without a purpose: it connects as nobody and takes no other IAM role.',
    ]);
    const more = ACCESS.replace("service: ec2.amazonaws.com }]\n    assume", "service: ec2.amazonaws.com }]\n    connect: []\n    assume");
    const other = more.replace("trust: [{ role: pg-mgmt-role }]", "trust: [{ role: pg-mgmt-role }, { service: ec2.amazonaws.com }]");
    expect(edit(other, remove(iamRole("pg-mgmt-role"))).left).toEqual([
      'IAM role "pg-monitor-role" is taken by no IAM role of the file any more.',
    ]);
  });

  it("and still names what is gone", () => {
    const text = `${ACCESS.replace("creators: [app_owner]", "creators: [app_owner, pgmonitor]")}\nsafety:\n  protect: [pgmonitor]\n`;
    expect(edit(text, remove(user("pgmonitor"))).left).toEqual([
      'IAM role "pg-monitor-role" is left without a purpose: it connects as nobody and takes no other IAM role.',
      'clusters.demo.databases.demo.creators still names "pgmonitor": look whether it should.',
      'safety.protect still names "pgmonitor": look whether it should.',
    ]);
  });

  it("and an ARN that names it", () => {
    const trust = 'trust: [{ service: ec2.amazonaws.com }, { arn: "arn:aws:iam::444455556666:role/x/mgmt" }]';
    const text = ACCESS.replace("  pg-mgmt-role:\n", "  pg-mgmt-role:\n    name: mgmt\n").replace("trust: [{ role: pg-mgmt-role }]", trust);
    expect(edit(text, remove(iamRole("pg-mgmt-role"))).left).toContain(
      'iam_roles.pg-monitor-role.trust.arn still names "mgmt": look whether it should.',
    );
  });

  it("goes where it is nothing without a door", () => {
    const text = "version: 1\nusers: { bob: {} }\niam_users: { ops: { account: db, connect: [{ user: bob, any_cluster: true }] } }\n";
    expect(edit(text, remove(user("bob"))).left).toEqual(['IAM user "ops" leads to nobody any more: its entry under iam_users goes, too.']);
  });
});
