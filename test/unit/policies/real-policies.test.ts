import { describe, expect, it } from "vitest";
import { attachmentsOf, policiesOf, type Sweep } from "../../../src/aws/sweep.js";
import { sameDocument } from "../../../src/policies/atoms.js";
import { canonicalDocument, parseDocument, writeDocument } from "../../../src/policies/document.js";
import { statementJson } from "../../../src/policies/statement.js";
import { ACCOUNT_ID, demoCluster, emptyAccount, iamFile, iamRole, planOf, TAGS, titles, worldOf } from "../../support/stage.js";
import { document, shuffled } from "./documents.js";
import { REAL_POLICIES } from "./real-policies.js";

const all = Object.entries(REAL_POLICIES).map(([about, statements]) => ({ about, json: document(...statements) }));

/** As a sweep gives the policy. */
const swept = (json: string, i = 0): Sweep["policies"][number] => ({
  PolicyName: `real-${i}`,
  Arn: `arn:aws:iam::${ACCOUNT_ID}:policy/real-${i}`,
  PolicyVersionList: [{ VersionId: "v1", IsDefaultVersion: true, Document: encodeURIComponent(json) }],
});
const sweepOf = (policies: Sweep["policies"], roles: Sweep["roles"] = []): Sweep => ({
  policies,
  awsPolicies: [],
  roles,
  users: [],
  groups: [],
});
const readBack = (json: string): string => policiesOf(sweepOf([swept(json)])).get("real-0")?.document ?? "";

/** The document with one of its words changed, once for each word but Sids, the version and keys. */
function changed(json: string): string[] {
  const rewritten = (at: number): { readonly text: string; readonly count: number } => {
    let count = 0;
    const text = JSON.stringify(JSON.parse(json), (key, value: unknown) => {
      const isWord = typeof value !== "object" && key !== "Sid" && key !== "Version";
      return isWord && count++ === at ? otherWord(value) : value;
    });
    return { text, count };
  };
  return Array.from({ length: rewritten(-1).count }, (_, at) => rewritten(at).text);
}

const otherWord = (word: unknown): unknown =>
  typeof word === "boolean"
    ? !word
    : (new Map<unknown, string>([
        ["Allow", "Deny"],
        ["Deny", "Allow"],
      ]).get(word) ?? `${String(word)}1`);

describe("a policy of the shape that accounts have", () => {
  it("are twelve", () => {
    expect(all).toHaveLength(12);
  });

  it.each(all)("$about: is the same in every spelling that AWS gives back", ({ json }) => {
    for (const seed of [0, 1, 2, 3, 4, 5]) {
      const other = readBack(shuffled(json, seed));
      expect(sameDocument(json, other)).toBe(true);
      expect(canonicalDocument(other)).toBe(canonicalDocument(json));
    }
  });

  it.each(all)("$about: is taken apart and written again without a loss", ({ json }) => {
    const { statements } = parseDocument(json) ?? { statements: [] };
    const again = statements.map(({ sid, effect, parts }) => {
      if (effect === null || parts === null) throw new Error("not understood");
      return statementJson(sid, effect, parts);
    });
    expect(writeDocument("2012-10-17", again)).toBe(canonicalDocument(json));
  });

  it.each(all)("$about: differs with every word that changes", ({ json }) => {
    const others = changed(json);
    expect(others.length).toBeGreaterThan(4);
    const turned = json.replace(/"Not(Action|Resource)":/, '"$1":');
    expect([...others, ...(turned === json ? [] : [turned])].filter((other) => sameDocument(json, other))).toEqual([]);
  });
});

it("all of them hang on a declared IAM role, as attach says: nothing to do", () => {
  const policies = all.map(({ json }, i) => swept(shuffled(json, i), i));
  const AttachedManagedPolicies = policies.map(({ Arn = "", PolicyName = "" }) => ({ PolicyArn: Arn, PolicyName }));
  const sweep = sweepOf(policies, [{ RoleName: "r", AttachedManagedPolicies } as Sweep["roles"][number]]);
  const arns = policies.map(({ Arn = "" }) => Arn);
  const tags = [
    ...TAGS,
    ...arns.map((arn) => ({ key: `pgaccord:attach/${ACCOUNT_ID}/${arn.slice(arn.lastIndexOf("/") + 1)}`, value: arn })),
  ];
  const trust = document({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } });
  const account = emptyAccount({
    ...attachmentsOf(sweep),
    policies: policiesOf(sweep),
    roles: new Map([iamRole("r", trust, "/", tags)]),
    quotas: { attachedToRole: 20 },
  });
  const file = iamFile(
    `{ r: { account: db, trust: [{ service: ec2.amazonaws.com }], attach: [${arns.map((arn) => `"${arn}"`).join(", ")}] } }`,
  );
  expect(account.attachments).toHaveLength(12);
  expect(titles(planOf(file, worldOf([demoCluster()], [account])))).toEqual([]);
});
