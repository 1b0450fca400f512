import { parseAccess } from "../../src/config/parse-access.js";
import type { Declared } from "../../src/model/declared.js";
import type { Coverage, Evidence, EvidenceSource, Interval, LoginCount } from "../../src/model/evidence.js";

export const DAY = 86_400_000;
export const NOW = Date.parse("2026-11-25T12:00:00Z");
export const WINDOW: Interval = { from: NOW - 90 * DAY, to: NOW };

export function declaredOf(text: string): Declared {
  const { declared, problems } = parseAccess(text, "access.yaml", () => ({ pem: "" }));
  if (declared === null) throw new Error(JSON.stringify(problems));
  return declared;
}

export const HEAD = `
version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
  other: { account: db, rds: { cluster: other-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
defaults: { clusters: [demo] }
`;

export const login = (user: string, at: number, more: Partial<LoginCount> = {}): LoginCount => ({
  cluster: "demo",
  user,
  database: "demo",
  method: "pam",
  outcome: "ok",
  reason: null,
  count: 1,
  first: at,
  last: at,
  ...more,
});

export const covered = (
  target: string,
  seen: readonly Interval[] = [WINDOW],
  source: EvidenceSource = "rds-log",
  part = "one",
): Coverage => ({
  source,
  target,
  part,
  seen,
  gaps: [],
});

export const evidenceOf = (parts: Partial<Evidence>): Evidence => ({
  logins: [],
  refused: [],
  assumed: [],
  roleUses: [],
  coverage: [],
  ...parts,
});

export const arnOf = (name: string): string => `arn:aws:iam::111122223333:role/${name}`;
