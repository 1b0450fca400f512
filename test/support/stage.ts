import { parseAccess } from "../../src/config/parse-access.js";
import { ORIGIN_TAG, OWNER_TAG } from "../../src/facts/iam-things.js";
import type { Acl, AclEntry } from "../../src/model/acl.js";
import { type Change, effectsOf } from "../../src/model/change.js";
import type { Declared } from "../../src/model/declared.js";
import type { Plan } from "../../src/model/plan.js";
import { type PrivilegeWord, privilegeSet } from "../../src/model/privileges.js";
import type { AccountSnapshot, ClusterSnapshot, MembershipRow, ObjectGroup, Snapshot } from "../../src/model/snapshot.js";
import { approvalsOf, unapproved } from "../../src/plan/approval.js";
import { planAccess, planBase, sha256 } from "../../src/reconcile.js";
import { approvalText } from "../../src/report/approval-text.js";
import { effectText, wordsOf } from "../../src/report/sentence.js";
import { titleOf } from "../../src/report/title.js";
import { fakeAccount, fakeRole } from "./fake-snapshot.js";

export const NOW = new Date("2026-12-01T12:00:00Z");
export const MARK = "[pgaccord:acme/access/main]";

/** A file about one plain server with the database shop. */
export const fileOf = (roles: string, more = "", admin = "postgres"): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:5432
    admin: { user: ${admin}, auth: none }
    reader: { user: access_reader, auth: none }
    databases: { shop: { creators: [own] } }
defaults: { clusters: [main] }
roles: ${roles}
${more}
`;

export function parse(text: string): Declared {
  const { declared, problems } = parseAccess(text, "access.yaml", () => ({ pem: "PEM" }));
  if (!declared) throw new Error(JSON.stringify(problems));
  return declared;
}

export const row = (role: string, grantor: string, words: readonly PrivilegeWord[], option: readonly PrivilegeWord[] = []): AclEntry => ({
  grantee: { role },
  grantor,
  privileges: privilegeSet([...words, ...option]),
  grantable: privilegeSet(option),
});

/** An ACL as it stands behind its owner's own row. */
export const acl = (...rows: readonly AclEntry[]): Acl => [row("own", "own", ["select", "insert", "update", "delete"]), ...rows];

export const tables = (names: readonly string[], of: Acl, rest: Partial<ObjectGroup> = {}): ObjectGroup => ({
  type: "table",
  schema: "s",
  owner: "own",
  extension: false,
  acl: of,
  objects: names.map((name) => ({ name })),
  ...rest,
});

export const member = (role: string, of: string, rest: Partial<MembershipRow> = {}): MembershipRow => ({
  role,
  member: of,
  grantor: "postgres",
  admin: false,
  inherit: true,
  set: true,
  ...rest,
});

/** The server main; `ours` carry our mark, `others` do not. */
export function serverOf(
  ours: readonly string[],
  groups: readonly ObjectGroup[],
  rest: Partial<ClusterSnapshot> = {},
  others: readonly string[] = [],
): ClusterSnapshot {
  const roles = [
    fakeRole("postgres", { superuser: true, login: true, createRole: true }),
    ...["own", "access_reader", ...others].map((name) => fakeRole(name)),
    ...ours.map((name) => fakeRole(name, { comment: MARK })),
  ];
  return {
    name: "main",
    identity: "1",
    versionNum: 170010,
    standby: false,
    rds: null,
    bootstrap: "postgres",
    roles: new Map(roles.map((role) => [role.name, role])),
    memberships: [],
    databases: new Map([["shop", { name: "shop", owner: "own", acl: [] }]]),
    inspected: new Map([
      ["shop", { name: "shop", schemas: new Map([["s", { name: "s", owner: "own", acl: [] }]]), groups, defaultAcls: [] }],
    ]),
    dependencies: [],
    ...rest,
  };
}

export const worldOf = (clusters: readonly ClusterSnapshot[], accounts: readonly AccountSnapshot[] = []): Snapshot => ({
  clusters: new Map(clusters.map((c) => [c.name, c])),
  accounts: new Map(accounts.map((a) => [a.name, a])),
  unread: [],
});

export const planOf = (text: string, snapshot: Snapshot): Plan => planAccess({ declared: parse(text), snapshot, now: NOW });
export const baseOf = (base: string, head: string, snapshot: Snapshot): Plan | null =>
  planBase({ base: parse(base), head: parse(head), snapshot, now: NOW });

export const idsOf = (plan: Plan): Set<string> => new Set(approvalsOf(plan, sha256).map(({ id }) => id));
/** What is left to approve, as sentences. */
export const leftOf = (plan: Plan, approved: ReadonlySet<string>, base: Plan | null = null): string[] =>
  unapproved(plan, approved, base, sha256).map(({ about }) => approvalText(about, plan));

export const effects = (plan: Plan, of: (change: Change) => boolean = () => true): string[] => {
  const words = wordsOf(plan);
  return plan.changes.filter(of).flatMap((change) => effectsOf(change).map((effect) => effectText(effect, words)));
};
export const titles = (plan: Plan): string[] => plan.changes.map(titleOf);
export const codes = (plan: Plan): string[] => plan.problems.map(({ code }) => code);
export const sqlOf = (plan: Plan): string[] => plan.steps.flatMap(({ run }) => ("sql" in run ? [run.sql] : []));
export const callsOf = (plan: Plan): string[] => plan.steps.flatMap(({ run }) => ("action" in run ? [run.action] : []));

export const TAGS = [
  { key: ORIGIN_TAG, value: "created" },
  { key: OWNER_TAG, value: "acme/access" },
];
export const ACCOUNT_ID = "111122223333";
/** A file about IAM alone, beside one RDS cluster. */
export const iamFile = (iamRoles: string, more = ""): string => `version: 1
owner: acme/access
accounts: { db: { id: "${ACCOUNT_ID}", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
defaults: { clusters: [demo] }
users: { ro: { login: iam } }
iam_roles: ${iamRoles}
${more}
`;

export const emptyAccount = (rest: Partial<AccountSnapshot> = {}): AccountSnapshot => ({ ...fakeAccount("db", ACCOUNT_ID), ...rest });
export const policy = (name: string, document: string, path = "/") =>
  [
    name,
    {
      name,
      path,
      arn: `arn:aws:iam::${ACCOUNT_ID}:policy${path}${name}`,
      document,
      versions: [{ id: "v1", isDefault: true }],
      tags: TAGS,
      boundaryUses: 0,
    },
  ] as const;
export const iamRole = (name: string, trust: string, path = "/", tags = TAGS) =>
  [name, { name, path, arn: `arn:aws:iam::${ACCOUNT_ID}:role${path}${name}`, trust, tags }] as const;

/** The RDS cluster of iamFile with its user, as an apply leaves it. */
export function demoCluster(rest: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  const roles = [
    fakeRole("rdsadmin", { superuser: true }),
    fakeRole("access_admin", { superuser: true, login: true }),
    fakeRole("rds_iam"),
    fakeRole("ro", { login: true, comment: "[pgaccord:acme/access/demo]" }),
  ];
  return {
    ...serverOf([], []),
    name: "demo",
    identity: "cluster-A",
    bootstrap: "rdsadmin",
    rds: { id: "demo-aurora", type: "cluster", resourceId: "cluster-A", endpoint: "x", port: 5432, iamAuth: true, masterUser: "master" },
    roles: new Map(roles.map((role) => [role.name, role])),
    memberships: [member("rds_iam", "ro", { grantor: "access_admin" })],
    databases: new Map([["demo", { name: "demo", owner: "master", acl: [] }]]),
    inspected: new Map([["demo", { name: "demo", schemas: new Map(), groups: [], defaultAcls: [] }]]),
    ...rest,
  };
}
export const DOOR_ARN = `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:cluster-A/ro`;
export const TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
});
export const allow = (...resources: readonly string[]) => ({ Effect: "Allow", Action: "rds-db:connect", Resource: resources });
export const documentOf = (...statements: readonly unknown[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });
