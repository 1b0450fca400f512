import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import type { Tag } from "../../../src/model/resource.js";
import type { AccountSnapshot, IamPolicySnapshot } from "../../../src/model/snapshot.js";
import { documentSize } from "../../../src/policies/document.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import {
  ACCOUNT_ID,
  callsOf,
  codes,
  demoCluster,
  emptyAccount,
  iamFile,
  iamRole,
  member,
  planOf,
  policy,
  TAGS,
  TRUST,
  titles,
  worldOf,
} from "../../support/stage.js";

/** 55 of them fit into a policy. */
const user = (i: number): string => `u${String(i).padStart(3, "0")}_${"x".repeat(45)}`;
const some = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => user(from + i));
const ALL = some(0, 250);

const cluster = (() => {
  const roles = ALL.map((name) => fakeRole(name, { login: true, comment: "[pgaccord:acme/access/demo]" }));
  const base = demoCluster();
  return demoCluster({
    roles: new Map([...base.roles, ...roles.map((role) => [role.name, role] as const)]),
    memberships: [...base.memberships, ...ALL.map((name) => member("rds_iam", name, { grantor: "access_admin" }))],
  });
})();

const fileOf = (users: readonly string[] | null, more = ""): string => {
  const connect = (users ?? []).map((name) => `{ user: ${name}, clusters: [demo] }`).join(", ");
  const file = iamFile(
    users === null ? "{}" : `{ r: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [${connect}] } }`,
    more,
  );
  return file.replace("ro: { login: iam }", ["ro", ...ALL].map((name) => `${name}: { login: iam }`).join(", "));
};
const planned = (users: readonly string[] | null, account: AccountSnapshot, more = ""): Plan =>
  planOf(fileOf(users, more), worldOf([cluster], [account]));

const ROLE_TAGS = [...TAGS, { key: "pgaccord:policy", value: "r-access" }];
const START = emptyAccount({ roles: new Map([iamRole("r", TRUST, "/", ROLE_TAGS)]) });

interface Call {
  readonly action: string;
  readonly input: Readonly<Record<string, unknown>>;
}
const calls = (plan: Plan): Call[] => plan.steps.flatMap(({ run }) => ("action" in run ? [run] : []));
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const tagsOf = (value: unknown): Tag[] =>
  Array.isArray(value) ? value.map(({ Key, Value }) => ({ key: String(Key), value: String(Value) })) : [];

/** The account after these calls. */
function played(account: AccountSnapshot, list: readonly Call[]): AccountSnapshot {
  let now = account;
  for (const { action, input } of list) {
    const play = PLAYS[action];
    if (!play) throw new Error(`what does ${action} do?`);
    const arn = textOf(input["PolicyArn"]);
    now = { ...now, ...play(now, { arn, name: arn.slice(arn.lastIndexOf("/") + 1), input }) };
  }
  return now;
}

type Play = (
  now: AccountSnapshot,
  call: { readonly arn: string; readonly name: string; readonly input: Call["input"] },
) => Partial<AccountSnapshot>;

const withPolicy = ({ policies }: AccountSnapshot, one: IamPolicySnapshot) => ({ policies: new Map(policies).set(one.name, one) });
const without = <T>(map: ReadonlyMap<string, T>, name: string): Map<string, T> => new Map([...map].filter(([key]) => key !== name));

const PLAYS: Readonly<Record<string, Play>> = {
  CreatePolicy: (now, { input }) => {
    const made = { ...policy(textOf(input["PolicyName"]), textOf(input["PolicyDocument"]))[1], tags: tagsOf(input["Tags"]) };
    return withPolicy(now, made);
  },
  CreatePolicyVersion: (now, { name, input }) => {
    const live = now.policies.get(name);
    return live ? withPolicy(now, { ...live, document: textOf(input["PolicyDocument"]) }) : {};
  },
  DeletePolicy: ({ policies }, { name }) => ({ policies: without(policies, name) }),
  AttachRolePolicy: ({ attachments }, { arn }) => ({ attachments: [...attachments, { principal: "role", name: "r", policyArn: arn }] }),
  DetachRolePolicy: ({ attachments }, { arn }) => ({ attachments: attachments.filter(({ policyArn }) => policyArn !== arn) }),
  DeleteRole: ({ roles }) => ({ roles: without(roles, "r") }),
};

const apply = (users: readonly string[] | null, account: AccountSnapshot): AccountSnapshot => {
  const plan = planned(users, account);
  expect(plan.problems.filter(({ severity }) => severity === "error")).toEqual([]);
  return played(account, calls(plan));
};
const sizes = ({ policies }: AccountSnapshot): number[] => [...policies.values()].map(({ document }) => documentSize(document));
const doorsOf = ({ policies, attachments }: AccountSnapshot): Record<string, number> =>
  Object.fromEntries(
    [...policies.values()].map(({ name, arn, document }) => [
      attachments.some(({ policyArn }) => policyArn === arn) ? name : `${name}, which nobody carries`,
      ALL.filter((one) => document.includes(`/${one}"`)).length,
    ]),
  );

const split = apply(some(0, 120), START);

describe("the generated policy of an IAM role that has too many doors for one", () => {
  it("goes on in others, of which each carries its mark; then there is nothing to do", () => {
    expect(doorsOf(split)).toEqual({ "r-access": 55, "r-access-2": 55, "r-access-3": 10 });
    expect(Math.max(...sizes(split))).toBeLessThanOrEqual(6144);
    expect(split.policies.get("r-access-3")?.tags).toContainEqual({ key: "pgaccord:policy", value: "r-access" });
    expect(titles(planned(some(0, 120), split))).toEqual([]);
  });

  it("changes in one place where one door comes or goes", () => {
    expect(calls(planned(some(0, 121), split)).map(({ input }) => input["PolicyArn"])).toEqual([
      `arn:aws:iam::${ACCOUNT_ID}:policy/r-access-3`,
    ]);
    const less = planned(some(1, 120), split);
    expect(calls(less).map(({ action, input }) => [action, input["PolicyArn"]])).toEqual([
      ["CreatePolicyVersion", `arn:aws:iam::${ACCOUNT_ID}:policy/r-access`],
    ]);
    // The room that is left is taken first.
    expect(doorsOf(apply(some(1, 122), played(split, calls(less))))).toEqual({ "r-access": 55, "r-access-2": 55, "r-access-3": 11 });
  });

  it("goes on when the first one gets full, with nothing moved", () => {
    const one = apply(some(0, 50), START);
    expect(doorsOf(one)).toEqual({ "r-access": 50 });
    const two = planned(some(0, 60), one);
    expect(doorsOf(played(one, calls(two)))).toEqual({ "r-access": 55, "r-access-2": 5 });
    expect(
      calls(two)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(["AttachRolePolicy", "CreatePolicy", "CreatePolicyVersion"]);
  });

  it("loses a part that is empty: detached, then deleted", () => {
    const emptied = planned([...some(0, 55), ...some(110, 120)], split);
    expect(calls(emptied).map(({ action, input }) => `${action} ${textOf(input["PolicyArn"]).split("/")[1]}`)).toEqual([
      "DetachRolePolicy r-access-2",
      "DeletePolicy r-access-2",
    ]);
    const left = played(split, calls(emptied));
    expect(doorsOf(left)).toEqual({ "r-access": 55, "r-access-3": 10 });
    expect(titles(planned([...some(0, 55), ...some(110, 120)], left))).toEqual([]);
  });

  it("changes hands as a whole", () => {
    const old = <T extends { readonly tags: readonly Tag[] | null }>(map: ReadonlyMap<string, T>): Map<string, T> =>
      new Map(
        [...map].map(([name, one]) => [
          name,
          { ...one, tags: (one.tags ?? []).map((tag) => ({ ...tag, value: tag.value.replace("acme", "old") })) },
        ]),
      );
    const before = { ...split, policies: old(split.policies), roles: old(split.roles) };
    const file = fileOf(some(0, 120)).replace("owner: acme/access", "owner: acme/access\nowner_was: [old/access]");
    const plan = planOf(file, worldOf([cluster], [before]));
    expect(
      calls(plan)
        .map(({ action }) => action)
        .sort(),
    ).toEqual(["TagPolicy", "TagPolicy", "TagPolicy", "TagRole"]);
  });

  it("goes with its IAM role, and with no IAM role after a kill", () => {
    const gone = apply(null, split);
    expect([gone.policies.size, gone.roles.size, gone.attachments]).toEqual([0, 0, []]);
    const kept = played(
      split,
      calls(planned(null, split)).filter(({ action }) => /Role/.test(action)),
    );
    expect([kept.policies.size, kept.roles.size]).toEqual([3, 0]);
    expect(apply(null, kept).policies.size).toBe(0);
  });

  it("opens no door meanwhile that is neither of before nor of after, and keeps those of both open", () => {
    const open = ({ policies, attachments }: AccountSnapshot): Set<string> => {
      const carried = [...policies.values()].filter(({ arn }) => attachments.some(({ policyArn }) => policyArn === arn));
      return new Set(ALL.filter((one) => carried.some(({ document }) => document.includes(`/${one}"`))));
    };
    const users = [...some(20, 70), ...some(100, 190)];
    const plan = planned(users, split);
    const [before, after] = [open(split), new Set(users)];
    for (let count = 0; count <= calls(plan).length; count++) {
      const now = open(played(split, calls(plan).slice(0, count)));
      expect([...now].filter((one) => !before.has(one) && !after.has(one))).toEqual([]);
      expect([...before].filter((one) => after.has(one) && !now.has(one))).toEqual([]);
    }
    expect([...open(played(split, calls(plan)))].sort()).toEqual([...after].sort());
  });

  it.each([
    ["the same doors", some(0, 120)],
    ["fewer doors", some(0, 10)],
    ["no IAM role", null],
  ])("stays while the cluster behind it cannot be read, with %s in the file", (_, users) => {
    const unread = [{ target: { type: "cluster", name: "demo" } as const, problems: [], rds: null }];
    expect(titles(planOf(fileOf(users), { ...worldOf([], [split]), unread }))).toEqual([]);
  });

  it("stays in all its parts while an IAM role that it shall trust is of an account that cannot be read", () => {
    const unread = [{ target: { type: "account", name: "m" } as const, problems: [], rds: null }];
    const file = fileOf(some(0, 10))
      .replace("accounts: {", 'accounts: { m: { id: "444455556666", region: us-east-2 },')
      .replace("iam_roles: { r: {", "iam_roles: { far: { account: m, trust: [{ service: ec2.amazonaws.com }], assume: [r] }, r: {")
      .replace("account: db, trust: [", "account: db, trust: [{ role: far }, ");
    const plan = planOf(file, { ...worldOf([cluster], [split]), unread });
    expect([titles(plan), callsOf(plan)]).toEqual([[], []]);
  });

  it("takes up what leads elsewhere meanwhile, and keeps its doors", () => {
    const unread = [{ target: { type: "cluster", name: "demo" } as const, problems: [], rds: null }];
    const file = fileOf(some(0, 120)).replace("connect: [", 'assume: ["arn:aws:iam::999988887777:role/elsewhere"], connect: [');
    const plan = planOf(file, { ...worldOf([], [split]), unread });
    expect(titles(plan)).toEqual(["update IAM policy r-access-3"]);
    expect(doorsOf(played(split, calls(plan)))).toEqual(doorsOf(split));
  });

  it("is taken up where a kill left it", () => {
    const all = calls(planned(some(0, 120), START));
    for (let count = 0; count <= all.length; count++) {
      const stopped = played(START, all.slice(0, count));
      expect(doorsOf(apply(some(0, 120), stopped))).toEqual(doorsOf(split));
    }
  });
});

describe("a name in which a policy would go on", () => {
  const with2 = (tags: readonly Tag[] | null): AccountSnapshot => {
    const arn = `arn:aws:iam::${ACCOUNT_ID}:policy/R-access-2`;
    const versions = [{ id: "v1", isDefault: true }];
    const other = { name: "R-access-2", path: "/", arn, document: '{"Statement":[]}', versions, tags, boundaryUses: 0 };
    return { ...START, policies: new Map([["R-access-2", other]]) };
  };
  it("is not taken from somebody else, whatever its case", () => {
    expect(Object.keys(doorsOf(apply(some(0, 60), with2(null))))).toEqual(["R-access-2, which nobody carries", "r-access", "r-access-3"]);
  });

  it("is not that of a policy of the file, nor a protected one", () => {
    const declared = planned(
      some(0, 60),
      START,
      "iam_policies: { r-access-2: { account: db, connect: [{ user: ro, clusters: [demo] }] } }",
    );
    const names = (plan: Plan): unknown[] =>
      calls(plan).flatMap(({ action, input }) => (action === "CreatePolicy" ? [input["PolicyName"]] : []));
    expect(names(declared)).toEqual(expect.arrayContaining(["r-access", "r-access-2", "r-access-3"]));
    expect(names(planned(some(0, 60), START, "safety: { protect: [r-access-2] }"))).toEqual(["r-access", "r-access-3"]);
  });

  it.each([
    [3, []],
    [2, ["iam-too-many-policies"]],
  ])("counts among the %i that the IAM role may carry: %j", (attachedToRole, said) => {
    const found = codes(planned(some(0, 120), { ...START, quotas: { attachedToRole } }));
    expect(found.filter((code) => code.startsWith("iam-"))).toEqual(said);
  });
});

it.each([
  [997, []],
  [998, ["Account db has 998 IAM policies of 1000 that its quota allows, and the plan makes 3."]],
])("all count among those that the account may have, of which there are %i: %j", (used, said) => {
  const { problems } = planned(some(0, 120), { ...START, quotas: { policies: { used, most: 1000 } } });
  expect(problems.filter(({ code }) => code === "iam-quota").map(({ message }) => message)).toEqual(said);
});

it("a policy by itself is never split", () => {
  const connect = some(0, 60).map((name) => `{ user: ${name}, clusters: [demo] }`);
  const more = `iam_policies: { alone: { account: db, connect: [${connect.join(", ")}] } }`;
  expect(codes(planned([], START, more)).filter((code) => code.startsWith("iam-"))).toEqual(["iam-policy-too-large"]);
});
