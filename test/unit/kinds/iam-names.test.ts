import { describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Plan } from "../../../src/model/plan.js";
import type { AccountSnapshot } from "../../../src/model/snapshot.js";
import {
  allow,
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

const EC2 = "trust: [{ service: ec2.amazonaws.com }]";
const DOOR = "connect: [{ user: ro, clusters: [demo] }]";
const plan = (roles: string, account: AccountSnapshot): Plan => planOf(iamFile(roles), worldOf([demoCluster()], [account]));
const limits = ({ problems }: Plan): string[] =>
  problems.flatMap(({ code, severity }) => (/^iam-/.test(code) ? [`${severity} ${code}`] : []));

describe("the characters of a document", () => {
  const one = (letter: string): string[] =>
    limits(
      plan(
        `{ r: { account: db, trust: [{ service: ec2.amazonaws.com, condition: { StringEquals: { "aws:x": "${letter}" } } }] } }`,
        emptyAccount(),
      ),
    );
  it.each([
    ["\u00ff", []],
    ["\u0100", ["error iam-document-characters"]],
    ["\u{1F600}", ["error iam-document-characters"]],
  ])("of a trust, %j: %j", (letter, said) => {
    expect(one(letter)).toEqual(said);
  });
});

describe("names", () => {
  const problems = (roles: string): string[] =>
    parseAccess(iamFile(roles), "access.yaml", () => ({ pem: "PEM" })).problems.map(({ code, message }) => `${code}: ${message}`);
  const long = (length: number): string => "n".repeat(length);

  it.each([
    ["an IAM role", 64, (name: string) => `{ ${name}: { account: db, ${EC2} } }`],
    ["a policy", 128, (name: string) => `{ r: { account: db, ${EC2}, ${DOOR}, policy: ${name} } }`],
    ["an instance profile", 128, (name: string) => `{ r: { account: db, ${EC2}, instance_profile: { name: ${name} } } }`],
  ])("of %s have %i characters at most", (_, most, roles) => {
    expect(problems(roles(long(most)))).toEqual([]);
    expect(problems(roles(long(most + 1)))).toEqual([
      expect.stringMatching(`^iam-name: .* has ${most + 1} characters; IAM takes ${most}\\.$`),
    ]);
  });

  it("of IAM roles, policies and profiles differ in more than case", () => {
    const two = (more: readonly [string, string]): string =>
      `{ a: { account: db, ${EC2}, ${more[0]} }, b: { account: db, ${EC2}, ${more[1]} } }`;
    for (const more of [
      ["name: X", "name: x"],
      [`${DOOR}, policy: P`, `${DOOR}, policy: p`],
      ["instance_profile: { name: P }", "instance_profile: { name: p }"],
    ] as const)
      expect(problems(two(more))).toEqual([expect.stringMatching(/^duplicate-iam-name: /)]);
  });

  it.each(["R", "R-Access", "P"])("a live %s of another case than the file's is somebody else's", (name) => {
    const account = emptyAccount({
      roles: new Map(name === "R" ? [iamRole("R", TRUST)] : []),
      policies: new Map(name === "R-Access" ? [policy("R-Access", documentOf(allow(DOOR_ARN)))] : []),
      instanceProfiles: new Map(name === "P" ? [["P", { name: "P", path: "/", arn: "x", role: null, tags: TAGS }]] : []),
    });
    const found = plan(`{ r: { account: db, ${EC2}, ${DOOR}, instance_profile: { name: p } } }`, account).problems;
    expect(found.filter(({ code }) => code === "not-ours").map(({ message }) => message)).toEqual([
      expect.stringContaining("its name differs in case only"),
    ]);
  });
});

describe("what the file gives to all of them", () => {
  const problems = (iam: string): string[] => {
    const text = iamFile("{}").replace("defaults: {", `defaults: { iam: { ${iam} },`);
    return parseAccess(text, "access.yaml", () => ({ pem: "PEM" })).problems.map(({ code, message }) => `${code}: ${message}`);
  };
  const pathOf = (length: number): string => `path: /${"p".repeat(length - 2)}/`;
  const tags = (count: number): string => `tags: { ${Array.from({ length: count }, (_, i) => `k${i}: v`).join(", ")} }`;

  it.each([
    ["a path of 512 characters", pathOf(512), pathOf(513), /^wrong-value: defaults\.iam\.path: /],

    ["a tag's key of 128 characters", `tags: { ${"k".repeat(128)}: v }`, `tags: { ${"k".repeat(129)}: v }`, /^iam-name: /],
    [
      "a tag's value of 256 characters",
      `tags: { k: ${"v".repeat(256)} }`,
      `tags: { k: ${"v".repeat(257)} }`,
      /^wrong-value: defaults\.iam\.tags\.k: /,
    ],
    ["a tag's letters", "tags: { 'a é_.:/=+-@': 'é_.:/=+-@ 1' }", "tags: { 'a#': v }", /^iam-name: /],
    ["forty tags", tags(40), tags(41), /^iam-too-many-tags: /],
  ])("is %s at most", (_, at, over, said) => {
    expect(problems(at)).toEqual([]);
    expect(problems(over)).toEqual([expect.stringMatching(said)]);
  });
});
