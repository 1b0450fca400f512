import { describe, expect, it } from "vitest";
import { createRefusedCounter, parseIamAuthError } from "../../../src/evidence/iam-auth-errors.js";

const AT = Date.UTC(2025, 8, 22, 12, 2, 30, 806);
const ARN = "arn:aws:sts::444455556666:assumed-role/pg-monitor-role/i-0123456789abcdef0";
const LINE = `2025-09-22T12:02:30,806 [ERROR] Failed to authorize the connection request for user 'pgmonitor' because the IAM identity '${ARN}' is not authorized to perform \`rds-db:connect\` on the DB instance. (Status Code: 403, Error Code: NotAuthorized)`;

describe("lines of iam-db-auth-error, as documented", () => {
  it.each<readonly [string, string, object | null]>([
    ["of whom IAM refused", LINE, { at: AT, principal: ARN, user: "pgmonitor", reason: "NotAuthorized" }],
    ["in a JSON object", JSON.stringify({ message: LINE }), { at: AT, principal: ARN, user: "pgmonitor", reason: "NotAuthorized" }],
    [
      "in a JSON object of another form",
      JSON.stringify({ detail: LINE }),
      { at: AT, principal: ARN, user: "pgmonitor", reason: "NotAuthorized" },
    ],
    [
      "of an IAM user, without a code and a time",
      "Failed to authorize the connection request for user 'a b' because arn:aws:iam::444455556666:user/ci is not allowed.",
      { at: 7, principal: "arn:aws:iam::444455556666:user/ci", user: "a b", reason: "arn:aws:iam::444455556666:user/ci is not allowed" },
    ],
    [
      "in the partition of China",
      LINE.replace("arn:aws:", "arn:aws-cn:"),
      { at: AT, principal: ARN.replace("arn:aws:", "arn:aws-cn:"), user: "pgmonitor", reason: "NotAuthorized" },
    ],
    [
      "of a broken token, which names nobody",
      "2025-09-22T12:02:30,806 [ERROR] Failed to authenticate the connection request for user 'pgmonitor' because the provided token is malformed or otherwise invalid. (Status Code: 400, Error Code: InvalidToken)",
      null,
    ],
    ["of something else", "2025-09-22T12:02:30,806 [INFO] started", null],
    ["cut off", LINE.slice(0, 90), null],
    ["that are broken JSON", "{", null],
  ])("%s", (_, line, expected) => {
    expect(parseIamAuthError(line, 7)).toEqual(expected);
  });

  it("are counted", () => {
    const counter = createRefusedCounter("demo");
    for (const at of [5, 3, 9]) counter.add({ at, principal: ARN, user: "pgmonitor", reason: "NotAuthorized" });
    counter.add({ at: 1, principal: ARN, user: "app", reason: "NotAuthorized" });
    expect(counter.result()).toEqual([
      { cluster: "demo", principal: ARN, user: "app", reason: "NotAuthorized", count: 1, first: 1, last: 1 },
      { cluster: "demo", principal: ARN, user: "pgmonitor", reason: "NotAuthorized", count: 3, first: 3, last: 9 },
    ]);
  });
});
