import { describe, expect, it } from "vitest";
import { type Vouching, vouchedTags } from "../../../src/aws/vouched.js";
import { ORIGIN_TAG } from "../../../src/facts/iam-things.js";
import type { IamPolicySnapshot, IamRoleSnapshot } from "../../../src/model/snapshot.js";
import { allow, DOOR_ARN, documentOf, iamRole, policy, TAGS, TRUST } from "../../support/stage.js";

const OURS = { Sid: "PgaccordConnect", ...allow(DOOR_ARN) };
const TEAM = { key: "team", value: "x" };
const more = [TEAM, { key: "pgaccord:profile", value: "p" }, { key: "pgaccord:attach/1/x", value: "arn" }];
const policyOf = (...statements: readonly object[]): IamPolicySnapshot => ({
  ...policy("app-access", documentOf(...statements))[1],
  tags: null,
});
const roleOf = (named: string, tags = TAGS): IamRoleSnapshot =>
  iamRole("app", TRUST, "/", [...tags, { key: "pgaccord:policy", value: named }, ...more])[1];
const LIVE = policyOf(OURS);
const vouching = (rest: Partial<Vouching> = {}): Vouching => ({
  ours: [roleOf("app-access")],
  attachments: [{ principal: "role", name: "app", policyArn: LIVE.arn }],
  declared: new Set(["app-access"]),
  ...rest,
});

describe("the tags of a policy that nobody asked for", () => {
  it("are those of its IAM role, but for what is about the role itself", () => {
    expect(vouchedTags(LIVE, vouching())).toEqual([...TAGS, TEAM]);
  });

  it.each<[string, IamPolicySnapshot, Partial<Vouching>]>([
    ["the file does not declare it: it may be deleted", LIVE, { declared: new Set() }],
    ["it hangs on nobody", LIVE, { attachments: [] }],
    ["it hangs on another IAM role", LIVE, { attachments: [{ principal: "role", name: "other", policyArn: LIVE.arn }] }],
    ["it hangs on a user of the role's name", LIVE, { attachments: [{ principal: "user", name: "app", policyArn: LIVE.arn }] }],
    ["the IAM role names another", LIVE, { ours: [roleOf("other")] }],
    ["no IAM role of ours names it", LIVE, { ours: [] }],
    ["the IAM role was adopted", LIVE, { ours: [roleOf("app-access", [{ key: ORIGIN_TAG, value: "adopted" }, ...TAGS.slice(1)])] }],
    ["a statement is not ours", policyOf(OURS, allow(DOOR_ARN)), {}],
    ["it says nothing", policyOf(), {}],
  ])("are not known when %s", (_, live, rest) => {
    expect(vouchedTags(live, vouching(rest))).toBeNull();
  });
});
