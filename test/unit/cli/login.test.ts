import { join } from "node:path";
import { expect, it } from "vitest";
import { login } from "../../../src/cli/login.js";
import { NO_LOG } from "../../../src/model/log.js";
import { ProblemsError } from "../../../src/model/problem.js";
import { renderProblems } from "../../../src/report/problems.js";

const FILE = join(import.meta.dirname, "../../../access.yaml");
const io = {
  env: {},
  isTTY: false,
  color: false,
  progress: false,
  ask: async () => null,
  out: () => undefined,
  err: () => undefined,
  log: NO_LOG,
  onSignal: () => undefined,
};
/** What is said before AWS is asked anything. */
const said = (target: string | undefined, as?: string): Promise<string> =>
  login(io, target, [], { file: FILE, format: "text", ...(as ? { as } : {}) }).then(String, (error: unknown) => {
    if (error instanceof ProblemsError) return renderProblems(error.problems, { color: false });
    throw error;
  });

it.each<[string, string | undefined, string | undefined, RegExp]>([
  ["a user who is not there", "oltp_ro_usr@demo", undefined, /has no user oltp_ro_usr\. \[unknown-user\]\n +Did you mean oltp_ro_user\?/],
  ["a cluster that is not there", "oltp_ro_user@demos", undefined, /has no cluster demos\. \[unknown-cluster\]\n +Did you mean demo\?/],
  [
    "both",
    "nobody@nowhere",
    undefined,
    /\[unknown-user\]\n +The file has: oltp_ro_user, oltp_rw_user, pgmonitor\.\n.*\[unknown-cluster\]\n +The file has: demo\./,
  ],
  ["a role", "oltp_ro_role@demo", undefined, /is a role, and cannot log in\. \[not-an-iam-user\]/],
  ["no target", undefined, undefined, /not said as whom to log in\. \[missing-argument\]/],
  ["no cluster", "oltp_ro_user", undefined, /is not USER@CLUSTER/],
  [
    "another IAM role",
    "oltp_ro_user@demo",
    "pg-monitor-role",
    /IAM role pg-monitor-role has no door to log in as oltp_ro_user on cluster demo\. \[no-door\]\n +These may: pgdemo-oltp-ro-role\./,
  ],
])("%s: what to do", async (_, target, as, expected) => {
  expect(await said(target, as)).toMatch(expected);
});
