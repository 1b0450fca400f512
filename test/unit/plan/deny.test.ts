import { describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import { ORIGIN_TAG, OWNER_TAG, POLICY_TAG, PROFILE_TAG } from "../../../src/facts/iam-things.js";
import type { Plan } from "../../../src/model/plan.js";
import type { IamRoleSnapshot, Snapshot } from "../../../src/model/snapshot.js";
import { approvalsOf, unapproved } from "../../../src/plan/approval.js";
import { connectDocument } from "../../../src/policies/document.js";
import { planAccess, sha256 } from "../../../src/reconcile.js";
import { fakeAccount, fakeCluster, fakeRole, fakeSnapshot } from "../../support/fake-snapshot.js";
import { effectsOf } from "../../support/scene.js";
import { trustDocument } from "../../support/trust-document.js";

const ACCESS = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters: { demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } } }
defaults: { clusters: [demo] }
users: { ro: { login: iam } }
iam_roles: { app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }
`;
const DOOR = "arn:aws:rds-db:us-east-2:111122223333:dbuser:cluster-1/ro";
const GOOD = { trust: trustDocument({ services: ["ec2.amazonaws.com"], roles: [] }), policy: connectDocument([DOOR]) };
const withDeny = (document: string, statement: object): string => {
  const value = JSON.parse(document);
  return JSON.stringify({ ...value, Statement: [...value.Statement, statement] });
};
const tags = [
  { key: OWNER_TAG, value: "acme/access" },
  { key: ORIGIN_TAG, value: "created" },
];

/** Everything as the file wants it, but for these documents. */
function live({ trust, policy }: typeof GOOD): Snapshot {
  const cluster = fakeCluster("demo", "cluster-1", {
    roles: new Map([
      ["rdsadmin", fakeRole("rdsadmin", { superuser: true })],
      ["access_admin", fakeRole("access_admin", { superuser: true, login: true })],
      ["rds_iam", fakeRole("rds_iam")],
      ["ro", fakeRole("ro", { login: true, comment: "[pgaccord:acme/access/demo]" })],
    ]),
    memberships: [{ role: "rds_iam", member: "ro", grantor: "access_admin", admin: false, inherit: true, set: true }],
  });
  const arn = "arn:aws:iam::111122223333:policy/app-access";
  const role: IamRoleSnapshot = {
    name: "app",
    path: "/",
    arn: "arn:aws:iam::111122223333:role/app",
    trust,
    tags: [...tags, { key: POLICY_TAG, value: "app-access" }].filter((t) => t.key !== PROFILE_TAG),
  };
  const versions = [{ id: "v1", isDefault: true }];
  const account = {
    ...fakeAccount("db", "111122223333"),
    roles: new Map([["app", role]]),
    policies: new Map([["app-access", { name: "app-access", path: "/", arn, document: policy, versions, tags, boundaryUses: 0 }]]),
    attachments: [{ principal: "role" as const, name: "app", policyArn: arn }],
  };
  return fakeSnapshot([cluster], [account]);
}

function planOf(documents: typeof GOOD): Plan {
  const { declared } = parseAccess(ACCESS, "access.yaml");
  if (!declared) throw new Error("the file has errors");
  return planAccess({ declared, snapshot: live(documents), now: new Date("2026-12-01T00:00:00Z") });
}

describe("a Deny on a thing of ours, put there by hand", () => {
  it.each([
    [
      "policy",
      { ...GOOD, policy: withDeny(GOOD.policy, { Effect: "Deny", Action: "rds-db:connect", Resource: DOOR }) },
      "IAM policy app-access gains rds-db:connect as user ro of cluster demo (a Deny)",
    ],
    [
      "trust",
      { ...GOOD, trust: withDeny(GOOD.trust, { Effect: "Deny", Action: "sts:AssumeRole", Principal: { AWS: "*" } }) },
      "anyone gains sts:AssumeRole of IAM role app (a Deny)",
    ],
  ])("that goes from a %s is a gain that everybody sees, and needs an approval", (_, documents, sentence) => {
    const quiet = planOf(GOOD);
    const plan = planOf(documents);
    expect([quiet.changes, effectsOf(plan)]).toEqual([[], [sentence]]);
    expect(plan.changes.map((c) => c.risk)).toEqual([["widens"]]);
    expect(plan.digest).not.toBe(quiet.digest);
    // Repairing drift needs no approval where it takes; this gives.
    expect(unapproved(plan, new Set(), plan, sha256)).toHaveLength(1);
  });

  it("another Deny is another gain: neither approves the other, and the digests differ", () => {
    const deny = (resource: string): Plan =>
      planOf({ ...GOOD, policy: withDeny(GOOD.policy, { Effect: "Deny", Action: "rds-db:connect", Resource: resource }) });
    const [one, other] = [deny(DOOR), deny("arn:aws:rds-db:*:*:dbuser:*/*")];
    expect(one.digest).not.toBe(other.digest);
    expect(unapproved(other, new Set(approvalsOf(one, sha256).map((a) => a.id)), null, sha256)).toHaveLength(1);
  });

  it("documents that mean the same are no drift", () => {
    const { Statement } = JSON.parse(GOOD.policy);
    const other = {
      Id: "x",
      Version: "2008-10-17",
      Statement: { ...Statement[0], Action: "RDS-DB:Connect", Resource: DOOR, Sid: "Other" },
    };
    expect(planOf({ ...GOOD, policy: JSON.stringify(other) }).changes).toEqual([]);
  });
});
