import { describe, expect, it } from "vitest";
import { ORIGIN_TAG, OWNER_TAG } from "../../../src/facts/iam-things.js";
import type { Tag } from "../../../src/model/resource.js";
import {
  ACCOUNT_ID,
  allow,
  callsOf,
  codes,
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
  titles,
  worldOf,
} from "../../support/stage.js";

const OLD: readonly Tag[] = [
  { key: ORIGIN_TAG, value: "created" },
  { key: OWNER_TAG, value: "old/team" },
];
const profile = (name: string, tags: readonly Tag[]) =>
  [name, { name, path: "/", arn: `arn:aws:iam::${ACCOUNT_ID}:instance-profile/${name}`, role: null, tags }] as const;
const policyOf = (name: string, tags: readonly Tag[]) => {
  const [, live] = policy(name, documentOf(allow(DOOR_ARN)));
  return [name, { ...live, tags }] as const;
};
const was = (text: string): string => text.replace("owner: acme/access", "owner: acme/access\nowner_was: [old/team]");
const APP = `{ app: { account: db, trust: [{ service: ec2.amazonaws.com }] } }`;
const DELETES = /^(Delete|Detach|Remove|Untag)/;

describe("an IAM role, a policy and an instance profile of one name", () => {
  it("are three things: with the role, nothing else changes hands", () => {
    const account = emptyAccount({
      roles: new Map([iamRole("app", TRUST, "/", [...OLD])]),
      policies: new Map([policyOf("app", OLD)]),
      instanceProfiles: new Map([profile("app", OLD)]),
      attachments: [{ principal: "user", name: "alice", policyArn: `arn:aws:iam::${ACCOUNT_ID}:policy/app` }],
    });
    const plan = planOf(was(iamFile(APP)), worldOf([demoCluster()], [account]));
    expect([titles(plan), callsOf(plan)]).toEqual([["update IAM role app"], ["TagRole"]]);
  });

  it("are three things: with a policy, the IAM role of its name stays the other owner's", () => {
    const account = emptyAccount({ roles: new Map([iamRole("app", TRUST, "/", [...OLD])]), policies: new Map([policyOf("app", OLD)]) });
    const text = `{ other: { account: db, policy: app, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }`;
    const plan = planOf(was(iamFile(text)), worldOf([demoCluster()], [account]));
    expect(titles(plan).sort()).toEqual([
      "create IAM role other",
      "create attachment of IAM policy app to IAM role other",
      "update IAM policy app",
    ]);
  });

  it.each([[true], [false]])("safety.protect keeps those that the file does not declare; the IAM role is declared: %s", (declared) => {
    const account = emptyAccount({
      roles: new Map([iamRole("app", TRUST)]),
      policies: new Map([policyOf("app", TAGS)]),
      instanceProfiles: new Map([profile("app", TAGS)]),
    });
    const file = iamFile(declared ? APP : "{}", "safety: { protect: [app] }");
    const plan = planOf(file, worldOf([demoCluster()], [account]));
    expect(titles(plan)).toEqual([]);
    expect(codes(plan).filter((code) => code === "mark-left-alone")).toHaveLength(declared ? 2 : 3);
  });
});

describe("what is left alone in IAM", () => {
  it("is protected by a name in any case, as IAM compares them", () => {
    const account = emptyAccount({ roles: new Map([iamRole("Break-Glass", TRUST)]) });
    const plan = planOf(iamFile("{}", "safety: { protect: [break-glass] }"), worldOf([demoCluster()], [account]));
    expect([titles(plan), codes(plan)]).toEqual([[], ["mark-left-alone"]]);
  });

  it("a declared name in another case than that of safety.protect is still guarded", () => {
    const plan = planOf(iamFile(APP.replace("app", "App"), "safety: { protect: [app] }"), worldOf([demoCluster()], [emptyAccount()]));
    expect([titles(plan), codes(plan)]).toEqual([["create IAM role App"], ["protected-name"]]);
  });

  it("PostgreSQL keeps names of another case apart", () => {
    const server = demoCluster();
    const roles = new Map([...server.roles].map(([name, role]) => (name === "ro" ? ["Ro", { ...role, name: "Ro" }] : [name, role])));
    const text = iamFile("{}", "safety: { protect: [ro] }").replace("users: { ro: { login: iam } }", "");
    expect(titles(planOf(text, worldOf([{ ...server, roles, memberships: [] }], [emptyAccount()])))).toEqual(['delete user "Ro"']);
  });

  it("the apply role's name keeps no instance profile of the same name from going", () => {
    const own = `arn:aws:iam::${ACCOUNT_ID}:role/pgaccord-apply`;
    const file = iamFile("{}").replace("region: us-east-2 }", `region: us-east-2, apply_role: "${own}" }`);
    const account = emptyAccount({ instanceProfiles: new Map([profile("pgaccord-apply", TAGS)]) });
    const plan = planOf(file, worldOf([demoCluster()], [account]));
    expect([titles(plan), callsOf(plan).filter((call) => DELETES.test(call))]).toEqual([
      ["delete instance profile pgaccord-apply"],
      ["DeleteInstanceProfile"],
    ]);
  });
});
