import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { AccountSnapshot } from "../../../src/model/snapshot.js";
import { connectDocument, documentSize, nothingDocument } from "../../../src/policies/document.js";
import {
  ACCOUNT_ID,
  allow,
  callsOf,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  planOf,
  policy,
  TAGS,
  TRUST,
  worldOf,
} from "../../support/stage.js";
import { trustDocument } from "../../support/trust-document.js";

const EC2 = "trust: [{ service: ec2.amazonaws.com }]";
const DOOR = "connect: [{ user: ro, clusters: [demo] }]";
const plan = (roles: string, account: AccountSnapshot, more = ""): Plan =>
  planOf(iamFile(roles, more), worldOf([demoCluster()], [account]));
const limits = ({ problems }: Plan): string[] =>
  problems.flatMap(({ code, severity }) => (/^iam-/.test(code) ? [`${severity} ${code}`] : []));

describe("what IAM takes, looked at when the plan is made", () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => `arn:aws:iam::aws:policy/Foreign${i}`);
  const carrying = (attached: readonly string[], rest: Partial<AccountSnapshot> = {}): AccountSnapshot =>
    emptyAccount({ roles: new Map([iamRole("r", TRUST)]), foreign: new Map([["role/r", { inline: [], attached }]]), ...rest });
  const own = policy("r-access", documentOf(allow(DOOR_ARN)));

  it.each([
    [9, []],
    [10, ["warning iam-too-many-policies"]],
    [19, ["warning iam-too-many-policies"]],
    [20, ["error iam-too-many-policies"]],
  ])("a policy beside %i foreign ones on an IAM role: %j", (count, said) => {
    expect(limits(plan(`{ r: { account: db, ${EC2}, ${DOOR} } }`, carrying(many(count))))).toEqual(said);
  });

  it("one that takes the place of another of ours counts once", () => {
    const account = carrying(many(9), {
      policies: new Map([own]),
      attachments: [{ principal: "role", name: "r", policyArn: own[1].arn }],
    });
    expect(limits(plan(`{ r: { account: db, ${EC2}, ${DOOR}, policy: another } }`, account))).toEqual([]);
  });

  it("what is there already proves that the quota was raised", () => {
    const account = carrying(many(11), {
      policies: new Map([own]),
      attachments: [{ principal: "role", name: "r", policyArn: own[1].arn }],
    });
    expect(limits(plan(`{ r: { account: db, ${EC2}, ${DOOR}, policy: another } }`, account))).toEqual([]);
  });

  const foreignTags = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: "v" }));
  it.each([
    [47, []],
    [48, ["error iam-too-many-tags"]],
  ])("three tags of ours beside %i others on an IAM role: %j", (count, said) => {
    const account = emptyAccount({ roles: new Map([iamRole("r", TRUST, "/", [...TAGS, ...foreignTags(count)])]) });
    expect(limits(plan(`{ r: { account: db, ${EC2}, ${DOOR} } }`, account))).toEqual(said);
  });

  it.each([
    [48, []],
    [49, ["error iam-too-many-tags", "error iam-too-many-tags"]],
  ])("two tags of ours beside %i others on a policy and a profile: %j", (count, said) => {
    const tags = [...TAGS.filter(({ key }) => key === "pgaccord:owner"), ...foreignTags(count)];
    const account = emptyAccount({
      policies: new Map([[own[0], { ...own[1], tags }]]),
      instanceProfiles: new Map([["p", { name: "p", path: "/", arn: "x", role: null, tags }]]),
    });
    expect(limits(plan(`{ r: { account: db, ${EC2}, ${DOOR}, instance_profile: { name: p } } }`, account))).toEqual(said);
  });

  const arnOf = (user: string): string => `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:cluster-A/${user}`;
  /** As few names as make the text that `sizeOf` measures just that long. */
  const filling = (size: number, sizeOf: (names: readonly string[]) => number): string[] => {
    for (let count = 1; ; count++) {
      const short = Array.from({ length: count }, (_, i) => `n${String(i).padStart(3, "0")}`);
      const missing = size - sizeOf(short);
      if (missing < 0 || count > 200) throw new Error(`no names make ${size}`);
      if (missing <= count * 50) return short.map((name, i) => name + "x".repeat(Math.floor((missing + i) / count)));
    }
  };
  it.each([
    [6144, 1, []],
    [6145, 2, ["error iam-policy-too-large"]],
  ])("a policy of %i characters: an IAM role has %i for it, one by itself: %j", (size, parts, said) => {
    const users = filling(size, (names) => documentSize(connectDocument(names.map(arnOf))));
    expect(documentSize(connectDocument(users.map(arnOf)))).toBe(size);
    expect(Math.max(...users.map((user) => user.length))).toBeLessThanOrEqual(63);
    const connect = `account: db, connect: [${users.map((user) => `{ user: ${user}, clusters: [demo] }`).join(", ")}]`;
    const planned = (roles: string, more = ""): Plan => {
      const file = iamFile(roles, more).replace("ro: { login: iam }", users.map((user) => `${user}: { login: iam }`).join(", "));
      return planOf(file, worldOf([demoCluster()], [emptyAccount()]));
    };
    const ofRole = planned(`{ r: { ${EC2}, ${connect} } }`);
    expect([limits(ofRole), callsOf(ofRole).filter((call) => call === "CreatePolicy").length]).toEqual([[], parts]);
    expect(limits(planned("{}", `iam_policies: { alone: { ${connect} } }`))).toEqual(said);
  });

  it.each([
    [2048, []],
    [2049, ["warning iam-trust-too-large"]],
    [4096, ["warning iam-trust-too-large"]],
    [4097, ["error iam-trust-too-large"]],
  ])("a trust of %i characters: %j", (size, said) => {
    const roleArnOf = (name: string): string => `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;
    const trust = (names: readonly string[]): string => trustDocument({ services: [], roles: names.map(roleArnOf) });
    const callers = filling(size, (names) => documentSize(trust(names)));
    expect(documentSize(trust(callers))).toBe(size);
    const roles = callers.map((name) => `${name}: { account: db, ${EC2} }`).join(", ");
    const file = `{ ${roles}, r: { account: db, trust: [${callers.map((role) => `{ role: ${role} }`).join(", ")}] } }`;
    expect(limits(plan(file, emptyAccount()))).toEqual(said);
  });

  it.each([
    [4, []],
    [5, ["v1"]],
  ])("a policy that has %i versions and gets one more: %j makes way", (count, gone) => {
    const versions = Array.from({ length: count }, (_, i) => ({ id: `v${i + 1}`, isDefault: i === count - 1 }));
    const live = { ...own[1], document: nothingDocument(), versions };
    const { steps } = plan(`{ r: { account: db, ${EC2}, ${DOOR} } }`, emptyAccount({ policies: new Map([[own[0], live]]) }));
    const deleted = steps.flatMap(({ run }) => ("action" in run && run.action === "DeletePolicyVersion" ? [run.input["VersionId"]] : []));
    expect(deleted).toEqual(gone);
  });

  it("an instance profile's one role: the other goes before this one comes", () => {
    const account = emptyAccount({
      roles: new Map([iamRole("other", TRUST)]),
      instanceProfiles: new Map([["p", { name: "p", path: "/", arn: "x", role: "other", tags: TAGS }]]),
    });
    const roles = `{ r: { account: db, ${EC2}, instance_profile: { name: p } }, other: { account: db, ${EC2} } }`;
    expect(callsOf(plan(roles, account)).filter((call) => call.endsWith("InstanceProfile"))).toEqual([
      "RemoveRoleFromInstanceProfile",
      "AddRoleToInstanceProfile",
    ]);
  });
});
