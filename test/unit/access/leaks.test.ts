import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Problem } from "../../../src/model/problem.js";
import type { AccountSnapshot, InlinePolicy } from "../../../src/model/snapshot.js";
import { identityVerdict } from "../../../src/sandbox/naive-iam.js";
import { generated } from "../../support/generated.js";
import { judgeAll, manyPrincipals } from "../../support/many-principals.js";
import {
  ACCOUNT_ID,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  planOf,
  TRUST,
  worldOf,
} from "../../support/stage.js";

const FILE = iamFile(
  `{ app: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] },
     ops: { account: db, trust: [{ account: db }], connect: [{ user: ro, clusters: [demo] }] } }`,
);
const ROOT_TRUST = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: `arn:aws:iam::${ACCOUNT_ID}:root` } }],
});
const OPS = `arn:aws:iam::${ACCOUNT_ID}:role/ops`;

/** Whoever is in the account beside the file's IAM roles. */
interface People {
  readonly kind?: "role" | "user";
  readonly name?: string;
  readonly statements: readonly object[];
  /** Of a user: the groups, with their statements. */
  readonly groups?: Readonly<Record<string, readonly object[]>>;
  readonly boundary?: readonly object[];
  readonly attached?: readonly string[];
}

function accountOf({ kind = "role", name = "stranger", statements, groups = {}, boundary, attached = [] }: People): AccountSnapshot {
  const inlineOf = (list: readonly object[]) => (list.length === 0 ? [] : [{ name: "own", document: documentOf(...list) }]);
  const bound = boundary ? { boundary: "arn:aws:iam::aws:policy/Bound" } : {};
  const head = (of: string, own: string) => ({ name: own, path: "/", arn: `arn:aws:iam::${ACCOUNT_ID}:${of}/${own}` });
  const [, role] = iamRole(name, TRUST, "/", []);
  const foreign: (readonly [string, { readonly inline: InlinePolicy[]; readonly attached: readonly string[] }])[] = [
    [`${kind}/${name}`, { inline: inlineOf(statements), attached }],
    ...Object.entries(groups).map(([group, list]) => [`group/${group}`, { inline: inlineOf(list), attached: [] }] as const),
  ];
  return emptyAccount({
    roles: new Map([
      iamRole("app", TRUST),
      iamRole("ops", ROOT_TRUST),
      ...(kind === "role" ? [[name, { ...role, ...bound }] as const] : []),
    ]),
    users: new Map(kind === "user" ? [[name, { ...head("user", name), groups: Object.keys(groups), ...bound }]] : []),
    groups: new Map(Object.keys(groups).map((group) => [group, head("group", group)])),
    foreign: new Map(foreign),
    awsPolicies: new Map([["arn:aws:iam::aws:policy/Bound", documentOf(...(boundary ?? []))]]),
  });
}

const leaksOf = (people: People): Problem[] =>
  planOf(FILE, worldOf([demoCluster()], [accountOf(people)])).problems.filter(({ code }) => code === "leak");

const allow = (action: string | readonly string[], resource: string | readonly string[], more: object = {}): object => ({
  Effect: "Allow",
  Action: action,
  Resource: resource,
  ...more,
});
const deny = (action: string, resource: string): object => ({ Effect: "Deny", Action: action, Resource: resource });
const CONNECT = "rds-db:connect";
/** Whoever is called like the user. */
const OWN_NAME = DOOR_ARN.replace("/ro", `/\${aws:username}`);

/** A leak, and what differs from it in one word and is none. */
const PAIRS: readonly (readonly [string, People, People])[] = [
  [
    "the user's ARN",
    { statements: [allow(CONNECT, DOOR_ARN)] },
    { statements: [allow(CONNECT, DOOR_ARN.replace("cluster-A", "cluster-B"))] },
  ],
  ["the user's name", { statements: [allow(CONNECT, DOOR_ARN)] }, { statements: [allow(CONNECT, DOOR_ARN.replace("/ro", "/rw"))] }],
  [
    "the letters of the user's name",
    { statements: [allow(CONNECT, DOOR_ARN)] },
    { statements: [allow(CONNECT, DOOR_ARN.replace("/ro", "/RO"))] },
  ],
  ["the letters of the action", { statements: [allow("RDS-DB:CONNECT", DOOR_ARN)] }, { statements: [allow("RDS-DB:DESCRIBE", DOOR_ARN)] }],
  ["the service", { statements: [allow("rds-db:*", "*")] }, { statements: [allow("rds:*", "*")] }],
  ["a pattern in the action", { statements: [allow("rds-db:c?nnect", "*")] }, { statements: [allow("rds-db:c?nect", "*")] }],
  [
    "every cluster",
    { statements: [allow(CONNECT, DOOR_ARN.replace("cluster-A", "*"))] },
    { statements: [allow(CONNECT, DOOR_ARN.replace("cluster-A", "db-*"))] },
  ],
  [
    "every user",
    { statements: [allow(CONNECT, DOOR_ARN.replace("/ro", "/*"))] },
    { statements: [allow(CONNECT, DOOR_ARN.replace("/ro", "/*w"))] },
  ],
  ["the Region", { statements: [allow(CONNECT, DOOR_ARN)] }, { statements: [allow(CONNECT, DOOR_ARN.replace("us-east-2", "us-east-1"))] }],
  [
    "the account",
    { statements: [allow(CONNECT, DOOR_ARN)] },
    { statements: [allow(CONNECT, DOOR_ARN.replace(ACCOUNT_ID, "111122223334"))] },
  ],
  ["the effect", { statements: [allow(CONNECT, DOOR_ARN)] }, { statements: [{ ...allow(CONNECT, DOOR_ARN), Effect: "Deny" }] }],
  [
    "NotAction",
    { statements: [{ Effect: "Allow", NotAction: "iam:*", Resource: "*" }] },
    { statements: [{ Effect: "Allow", NotAction: ["rds-db:*", "sts:*"], Resource: "*" }] },
  ],
  [
    "NotResource",
    { statements: [{ Effect: "Allow", Action: CONNECT, NotResource: "arn:aws:s3:::*" }] },
    { statements: [{ Effect: "Allow", Action: CONNECT, NotResource: "arn:aws:rds-db:*" }] },
  ],
  [
    "a Deny beside it",
    { statements: [allow(CONNECT, DOOR_ARN), deny("rds:connect", "*")] },
    { statements: [allow(CONNECT, DOOR_ARN), deny(CONNECT, "*")] },
  ],
  [
    "the boundary",
    { statements: [allow(CONNECT, DOOR_ARN)], boundary: [allow("rds-db:*", "*")] },
    { statements: [allow(CONNECT, DOOR_ARN)], boundary: [allow("rds:*", "*")] },
  ],
  [
    "a group that the user is in",
    { kind: "user", statements: [], groups: { dba: [allow(CONNECT, DOOR_ARN)] } },
    { kind: "user", statements: [], groups: { dba: [allow("rds:connect", DOOR_ARN)] } },
  ],
  [
    "a Deny of a group",
    { kind: "user", statements: [allow(CONNECT, DOOR_ARN)], groups: { dba: [deny("s3:*", "*")] } },
    { kind: "user", statements: [allow(CONNECT, DOOR_ARN)], groups: { dba: [deny("*", "*")] } },
  ],
  [
    "a variable",
    { kind: "user", name: "ro", statements: [allow(CONNECT, OWN_NAME)] },
    { kind: "user", name: "rw", statements: [allow(CONNECT, OWN_NAME)] },
  ],
  [
    "a condition that is always so",
    { statements: [allow(CONNECT, DOOR_ARN, { Condition: { StringLike: { "aws:PrincipalArn": "*:role/stranger" } } })] },
    { statements: [allow(CONNECT, DOOR_ARN, { Condition: { StringLike: { "aws:PrincipalArn": "*:role/another" } } })] },
  ],
  [
    "an IAM role whose trust leaves it to the account",
    { statements: [allow("sts:AssumeRole", OPS)] },
    { statements: [allow("sts:AssumeRole", OPS.replace("ops", "app"))] },
  ],
  ["an IAM user that takes it", { kind: "user", statements: [allow("sts:*", "*")] }, { kind: "user", statements: [allow("sqs:*", "*")] }],
  [
    "an attached policy of AWS's own",
    { statements: [], attached: ["arn:aws:iam::aws:policy/PowerUserAccess"] },
    { statements: [], attached: ["arn:aws:iam::aws:policy/Bound"], boundary: [deny("*", "*")] },
  ],
];

describe("leaks of the account", () => {
  it.each(PAIRS)("%s: found, and what looks like it is not", (_, leak, alike) => {
    expect(leaksOf(leak).map(({ message }) => message)).toEqual([expect.stringMatching(/ stranger| user ro |dba/)]);
    expect(leaksOf(alike)).toEqual([]);
  });

  it("pgaccord's own door to the admin is none: of plan_role, apply_role, and whoever runs it", () => {
    const statements = [allow(CONNECT, DOOR_ARN.replace("/ro", "/access_admin"))];
    for (const kind of ["role", "user"] as const) {
      const account = accountOf({ kind, statements });
      const said = (caller: string): string[] =>
        planOf(FILE, worldOf([demoCluster()], [{ ...account, caller }])).problems.flatMap(({ code }) => (code === "leak" ? [code] : []));
      const own = kind === "role" ? "sts::111122223333:assumed-role/stranger/ci" : "iam::111122223333:user/path/stranger";
      expect(said(`arn:aws:${own}`)).toEqual([]);
      expect(said(`arn:aws:${own.replace("stranger", "another")}`)).toEqual(["leak"]);
    }
    expect(leaksOf({ statements: [...statements, allow(CONNECT, DOOR_ARN)] })).toHaveLength(1);
  });

  it("a policy that nobody could read is said of whoever carries it, once for each policy", () => {
    const [known, secret] = ["arn:aws:iam::aws:policy/Bound", "arn:aws:iam::aws:policy/Secret"];
    const said = (attached: readonly string[]): string[] => {
      const { foreign, ...account } = accountOf({ kind: "user", statements: [], groups: { dba: [] }, attached, boundary: [] });
      const more = new Map([...foreign, ["group/dba", { inline: [], attached }] as const]);
      const { problems } = planOf(FILE, worldOf([demoCluster()], [{ ...account, foreign: more }]));
      return problems.flatMap(({ code, message }) => (code === "policy-not-read" ? [message] : []));
    };
    expect(said([known])).toEqual([]);
    expect(said([known, secret])).toEqual([
      `Attached to others of account db, and not read: policy ${secret} of IAM user stranger, IAM group dba (stranger). Whether they let anybody log in is not known.`,
    ]);
  });

  it("safety.accept_leaks: those that are meant are not said, until their day; who fits nobody is", () => {
    const said = (entry: string): (readonly [string, string])[] => {
      const text = `${FILE}safety: { accept_leaks: [{ principal: "${entry}, reason: break glass }] }\n`;
      const account = accountOf({ statements: [allow(CONNECT, DOOR_ARN)] });
      return planOf(text, worldOf([demoCluster()], [account])).problems.flatMap(({ code, message }) =>
        /leak|accept/.test(code) ? [[code, message] as const] : [],
      );
    };
    expect(said('arn:aws:iam::*:role/str*"')).toEqual([]);
    expect(said('arn:aws:iam::*:role/str*", until: 2026-12-01')).toEqual([]);
    expect(said('arn:aws:iam::*:role/str*", until: 2026-11-30').map(([code]) => code)).toEqual(["leak", "nothing-to-accept"]);
    expect(said('arn:aws:iam::*:user/*"').map(([code]) => code)).toEqual(["leak", "nothing-to-accept"]);
  });

  it("of generated accounts: those that the naive evaluator knows, and no others", () => {
    let open = 0;
    const extent = generated({ short: 60, long: 2000 });
    fc.assert(
      fc.property(people, (one) => {
        const said = leaksOf(one).map(({ message }) => message);
        const expected = ASKS.filter((ask) => isOpen(one, ask)).map(({ noun }) => noun);
        open += expected.length > 0 ? 1 : 0;
        expect(said.length > 0).toBe(expected.length > 0);
        expect(ASKS.flatMap(({ noun }) => (said.join().includes(noun) ? [noun] : []))).toEqual(expected);
      }),
      { ...extent },
    );
    expect(open).toBeGreaterThan(extent.numRuns / 6);
    expect(open).toBeLessThan((extent.numRuns * 5) / 6);
  });
});

const some = <T>(...values: readonly T[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const mostly = <T>(key: string, values: fc.Arbitrary<T>) =>
  fc.tuple(fc.integer({ min: 0, max: 5 }), values).map(([not, value]) => ({ [not === 0 ? `Not${key}` : key]: value }));
const statement = fc
  .tuple(
    fc.constantFrom("Allow", "Allow", "Allow", "Deny"),
    mostly("Action", some("*", "rds-db:*", CONNECT, "RDS-DB:Con*", "sts:AssumeRole", "sts:*", "s3:*")),
    mostly(
      "Resource",
      some("*", DOOR_ARN, "arn:aws:rds-db:*", DOOR_ARN.replace("/ro", "/access*"), DOOR_ARN.replace("-A", "-B"), OPS, `${OPS}x`),
    ),
  )
  .map(([Effect, action, resource]): object => ({ Effect, ...action, ...resource }));
const statements = fc.array(statement, { maxLength: 3 });
const people: fc.Arbitrary<People> = fc
  .record({
    kind: fc.constantFrom("role", "user"),
    name: fc.constantFrom("stranger", "ro"),
    statements,
    theirs: statements,
    boundary: fc.option(statements, { nil: null }),
  })
  .map(({ theirs, boundary, ...rest }) => ({
    ...rest,
    // A group that nobody is in is a subject of its own.
    groups: rest.kind === "user" && theirs.length > 0 ? { dba: theirs } : {},
    ...(boundary ? { boundary } : {}),
  }));

const ASKS = [
  { noun: "ro of cluster demo", action: CONNECT, resource: DOOR_ARN },
  { noun: "access_admin of cluster demo", action: CONNECT, resource: DOOR_ARN.replace("/ro", "/access_admin") },
  { noun: "ops of account db", action: "sts:AssumeRole", resource: OPS },
];

function isOpen({ kind, name = "", statements: own, groups = {}, boundary }: People, { action, resource }: (typeof ASKS)[number]): boolean {
  const documents = [own, ...Object.values(groups)].map((list) => documentOf(...list));
  const context = kind === "user" ? { "aws:username": name } : {};
  const limits = { documents, boundary: boundary ? documentOf(...boundary) : null };
  return identityVerdict(limits, { action, resource, context }) === "allow";
}

describe("an account of 5,000 principals", () => {
  it("is judged by its documents: who has the same ones is asked once", () => {
    const [few, many] = [500, 5000].map((count) => judgeAll(manyPrincipals(count)));
    expect(many?.judged.length).toBeGreaterThan(2000);
    // Ten times as many principals: more is asked only of those whose documents name whoever carries them.
    expect((many?.evaluations ?? 0) / (few?.evaluations ?? 1)).toBeLessThan(10);
    expect(many?.evaluations).toBeLessThan(1_500_000);
  });
});
