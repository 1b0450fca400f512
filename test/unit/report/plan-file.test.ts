import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { sha256 } from "../../../src/reconcile.js";
import { renderJson } from "../../../src/report/json.js";
import { parsePlanFile } from "../../../src/report/plan-file.js";
import { titleOf } from "../../../src/report/title.js";
import { examplePlan } from "../../support/example-plan.js";
import { fakeChange, fakePlan, grantsOnTables, item, membershipThing, PLAIN_MEMBER } from "../../support/fake-plan.js";
import { allow, demoCluster, documentOf, emptyAccount, iamFile, iamRole, planOf, TRUST, worldOf } from "../../support/stage.js";

const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../../schema/plan.schema.json"), "utf8"));
const plan = fakePlan(
  [
    ...grantsOnTables(3, 2, 1),
    fakeChange("pg.role/main/r", {
      op: "create",
      kind: "pg.role",
      subject: { type: "role", name: "r", login: true },
      attributes: { rights: ["login"], before: null, after: { login: true, mark: "created" } },
    }),
    fakeChange("pg.role/main/new", {
      op: "rename",
      kind: "pg.role",
      subject: { type: "role", name: "new", login: true, was: "old" },
      attributes: {
        rights: ["login"],
        before: { login: true, mark: "created", name: "old" },
        after: { login: true, mark: "created", name: "new" },
      },
    }),
    fakeChange("m", { kind: "pg.membership", delta: [item("r", "gains", "member", { on: membershipThing("g"), terms: PLAIN_MEMBER })] }),
    fakeChange("a", { delta: [item("r", "gains", "select"), item("r", "loses", "insert", { terms: { grantable: true } })] }),
  ],
  {
    net: [{ who: { type: "role", cluster: "main", name: "new" }, items: [], nowThrough: [], was: "old" }],
    units: [
      { id: "u1", phase: "change", site: { cluster: "main", database: "shop" }, mode: "transaction", after: [] },
      { id: "u2", phase: "both", site: { account: "db" }, mode: "journal", after: [] },
      { id: "u3", phase: "rename", site: { cluster: "main", database: "shop" }, mode: "transaction", after: ["u2"] },
    ],
    steps: [
      { unit: "u1", phase: "change", changes: [], run: { sql: "GRANT 1" } },
      {
        unit: "u1",
        phase: "open",
        changes: [],
        run: { account: "db", service: "iam", action: "CreateRole", region: "us-east-2", input: { RoleName: "r" } },
      },
    ],
  },
);

/** New keys may come, so the published schema is open; what is written today has none that it does not describe. */
function closed(value: unknown): object {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== "object" || value === null) return value as unknown as object;
  const entries = Object.entries(value).map(([key, child]) => [key, closed(child)]);
  const isOpen = "properties" in value && typeof value.properties === "object" && !("additionalProperties" in value) && "type" in value;
  return Object.fromEntries(isOpen ? [...entries, ["additionalProperties", false]] : entries);
}

describe("a saved plan", () => {
  it("is what the schema says, and has a description on every key", () => {
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(schema);
    const value = JSON.parse(renderJson(plan, sha256));
    expect(validate(value) ? [] : validate.errors).toEqual([]);
    const strictly = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(closed({ ...schema, $id: "closed" }));
    expect(strictly(value) ? [] : strictly.errors).toEqual([]);
    const example = JSON.parse(renderJson(examplePlan(), sha256));
    expect(strictly(example) ? [] : strictly.errors).toEqual([]);
    expect([example.net.length, example.gaps.length]).toEqual([4, 1]);
    expect(validate({ ...value, later: 1 })).toBe(true);
    expect(strictly({ ...value, later: 1 })).toBe(false);
    expect(undescribed(schema, "")).toEqual([]);
  });

  it("of IAM is what the schema says, too", () => {
    const [name, old] = iamRole("old", TRUST);
    const ID = "i-0abc1234def567890";
    const inline = [{ name: "own", document: documentOf(allow("*")) }];
    const account = emptyAccount({
      roles: new Map([[name, { ...old, boundary: "arn:aws:iam::aws:policy/Limit" }]]),
      instances: new Map([[ID, { id: ID, state: "running", tags: [], association: null }]]),
      foreign: new Map([["role/old", { inline, attached: ["arn:aws:iam::aws:policy/ReadOnlyAccess"] }]]),
    });
    const trust = "trust: [{ service: ec2.amazonaws.com }]";
    const file = iamFile(
      `{ old: { account: db, ${trust}, exclusive: true }, new: { account: db, ${trust}, attach: ["arn:aws:iam::aws:policy/ReadOnlyAccess"], instance_profile: { name: p, instances: [${ID}] } } }`,
    );
    const defaults =
      'defaults: { clusters: [demo], iam: { path: /, boundary: "arn:aws:iam::aws:policy/PowerUserAccess", tags: { team: x } } }';
    const made = planOf(file.replace("defaults: { clusters: [demo] }", defaults), worldOf([demoCluster()], [account]));
    const value = JSON.parse(renderJson(made, sha256));
    const strictly = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(closed({ ...schema, $id: "iam" }));
    expect(strictly(value) ? [] : strictly.errors).toEqual([]);
    expect(value.changes.map((change: { kind: string }) => change.kind).sort()).toEqual([
      "ec2.association",
      "iam.attachment",
      "iam.attachment",
      "iam.inline-policy",
      "iam.instance-profile",
      "iam.role",
      "iam.role",
    ]);
  });

  it("is the same bytes for the same plan, a change a line", () => {
    const text = renderJson(plan, sha256);
    expect(renderJson(plan, sha256)).toBe(text);
    expect(text.split("\n").filter((line) => line.startsWith('    {"id":'))).toHaveLength(plan.changes.length + plan.units.length);
  });

  it("says of an ACL what is added and removed", () => {
    const change = JSON.parse(renderJson(plan, sha256)).changes.at(-1);
    expect(change).toMatchObject({
      add: [{ role: "r", privileges: ["select"], grant_option: [] }],
      remove: [{ role: "r", privileges: ["insert"], grant_option: ["insert"] }],
    });
    expect(change).not.toHaveProperty("before");
  });

  it("says who, verb, on and terms of each right, typed", () => {
    const changes = JSON.parse(renderJson(plan, sha256)).changes;
    expect(changes.find((c: { key: string }) => c.key === "m").effects).toEqual([
      {
        effect: "gains",
        who: { type: "role", cluster: "main", name: "r" },
        verb: "member",
        on: { type: "membership", server: { cluster: "main", identity: "1" }, role: "g" },
        terms: { membership: { admin: false, inherit: true, set: true } },
        sources: [],
      },
    ]);
    expect(changes[0].effects[0]).toMatchObject({
      verb: "select",
      on: { type: "object", site: { database: "shop" }, of: { type: "table", schema: "s0", name: "t0" } },
      sources: [{ file: "access.yaml", line: 7, column: 9, pattern: "s0.*", until: null }],
    });
  });

  it("is read back", () => {
    expect(parsePlanFile(renderJson(plan, sha256), "x.plan", sha256)).toEqual({
      digest: plan.digest,
      day: "2026-12-01",
      changes: plan.changes.map((change) => ({ id: change.id, title: titleOf(change) })),
      scope: {},
      madeFrom: null,
    });
  });

  it("remembers the file, the scope and the addresses that it was made with", () => {
    const madeFrom = { file: "/home/ana/access.yaml", label: "access.yaml", sha256: "00", addresses: { main: "127.0.0.1:6432" } };
    const narrowed = { ...plan, scope: { cluster: ["ma*"] } };
    const text = renderJson(narrowed, sha256, madeFrom);
    expect(parsePlanFile(text, "x.plan", sha256)).toMatchObject({ scope: { cluster: ["ma*"] }, madeFrom });
    const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }).compile(
      closed({ ...schema, $id: "remembered" }),
    );
    expect(validate(JSON.parse(text)) ? [] : validate.errors).toEqual([]);
    // What goes to standard output says nothing of the machine.
    expect(renderJson(narrowed, sha256)).not.toContain("made_from");
  });

  it("is refused when any byte was edited", () => {
    const text = renderJson(plan, sha256);
    for (let i = 0; i < text.length; i += 13) {
      const edited = `${text.slice(0, i)}${text[i] === "x" ? "y" : "x"}${text.slice(i + 1)}`;
      expect(parsePlanFile(edited, "x.plan", sha256)).toMatchObject({ code: expect.stringMatching(/plan-edited|not-a-plan/) });
    }
    for (const cut of ["", "{}", "null", text.slice(0, -5)])
      expect(parsePlanFile(cut, "x.plan", sha256)).toMatchObject({ code: "not-a-plan" });
  });

  it.each([
    ["no JSON", '  "version": }', "not-a-plan"],
    ["another version", '  "version": 2', "plan-version"],
    ["no digest", '  "version": 1, "changes": []', "not-a-plan"],
    ["no changes", '  "version": 1, "digest": "x"', "not-a-plan"],
    ["a change without an id", '  "version": 1, "digest": "x", "changes": [{"title": "t"}]', "not-a-plan"],
  ])("is refused, whoever made its checksum, with %s", (_, body, code) => {
    const text = `{\n${body},\n  "checksum": "sha256:${sha256(body)}"\n}\n`;
    expect(parsePlanFile(text, "x.plan", sha256)).toMatchObject({ code });
  });

  const planWith = (title: string): string => {
    const body = `  "version": 1, "digest": "x",\n  "changes": [{ "id": "1", "title": "${title}" }]`;
    return `{\n${body},\n  "checksum": "sha256:${sha256(body)}"\n}\n`;
  };
  it.each([
    ["\\ud800", 0],
    ["\\uDC00", 0],
    ["a\\ud83d b\\ude00", 1],
    ["\\ude00\\ud83d", 0],
    ["\\ud83d\\n", 0],
    ["\\\\\\ud83d", 2],
  ])("is refused, with its place, for %s", (title, at) => {
    const place = { file: "x.plan", line: 3, column: '  "changes": [{ "id": "1", "title": "'.length + 1 + at };
    expect(parsePlanFile(planWith(title), "x.plan", sha256)).toMatchObject({ code: "not-a-plan", place });
  });
  it.each(["\\ud83d\\ude00", "\\\\ud800", "\\\\\\\\ud800", "\\u00e9\\n"])("is read with %s", (title) => {
    expect(parsePlanFile(planWith(title), "x.plan", sha256)).toMatchObject({ digest: "x" });
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema & { readonly description?: string }>>;
  readonly items?: Schema;
}
const undescribed = (node: Schema, path: string): string[] => [
  ...Object.entries(node.properties ?? {}).flatMap(([name, child]) => [
    ...(child.description ? [] : [`${path}/${name}`]),
    ...undescribed(child, `${path}/${name}`),
  ]),
  ...(node.items ? undescribed(node.items, `${path}[]`) : []),
];
