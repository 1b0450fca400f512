import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DayRecord } from "../src/evidence/observation.js";
import { addDay } from "../src/store/evidence-folder.js";
import { measure, median } from "./process.js";
import { CLI } from "./row.js";

const [USERS, DOORS, DAYS, RUNS, TARGET] = [1000, 200, 90, 5, 2000];
const DAY = 86_400_000;

/** The whole command on an evidence folder: every user but the last hundred on every day. */
export async function reviewText(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bench-"));
  try {
    const today = Math.floor(Date.now() / DAY) * DAY;
    for (let i = 0; i <= DAYS; i++) await addDay(join(folder, "evidence"), dayOf(today - i * DAY));
    writeFileSync(join(folder, "access.yaml"), accessText());
    const since = new Date(today - DAYS * DAY).toISOString();
    const command = ["review", "--evidence", "evidence", "--since", since, "--was", "access.yaml", "--no-trail", "--no-activity"];
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure([...CLI, ...command], folder));
    const time = median(runs.map(({ milliseconds }) => milliseconds));
    return `  review: ${USERS} users, ${DOORS} doors, ${DAYS} days     ${time.toFixed(0)} ms (target ${TARGET} ms, ${time <= TARGET ? "met" : "missed"})`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function dayOf(start: number): DayRecord {
  const end = Math.min(start + DAY, Date.now());
  const logins = Array.from({ length: USERS - 100 }, (_, i) => {
    const at = Math.min(start + i * 1000, end - 1);
    return { user: `user_${i}`, database: "demo", method: "pam", outcome: "ok" as const, reason: null, count: 3, first: at, last: at };
  });
  const seen = [{ from: start, to: end }];
  const day = new Date(start).toISOString().slice(0, 10);
  return { cluster: "demo", part: "demo-1", day, observations: [{ source: "rds-log", seen, gaps: [], logins, refused: [] }] };
}

const accessText = (): string => {
  const numbers = Array.from({ length: USERS }, (_, i) => i);
  const users = numbers.map((i) => `  user_${i}: { login: iam, member_of: [readers] }\n`);
  const roles = numbers
    .slice(-DOORS)
    .map((i) => `  app-${i}: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: user_${i}, clusters: [demo] }] }\n`);
  return `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }
defaults: { clusters: [demo] }
roles: { readers: {} }
users:
${users.join("")}iam_roles:
${roles.join("")}`;
};
