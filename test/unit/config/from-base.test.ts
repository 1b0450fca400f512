import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ACCOUNT_CONNECTION, followBase } from "../../../src/config/from-base.js";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { Declared } from "../../../src/model/declared.js";

const BASE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo:
    account: db
    rds: { cluster: demo-aurora }
    admin: { user: access_admin, auth: iam }
    reader: { user: access_reader, auth: iam }
    databases: { demo: { creators: [app_owner] } }
  own:
    address: db.internal:5432
    admin: { user: postgres, password_env: OWN_PASSWORD }
    tls: { ca: own.pem }
    databases: { shop: {} }
defaults: { clusters: [demo] }
roles: { ro: { grants: { demo: { database: [connect] } } } }
safety: { max_deletions: 10%, protect: [break_glass*] }
`;
const parse = (text: string, pem = "PEM"): Declared => {
  const { declared, problems } = parseAccess(text, "access.yaml", () => ({ pem }));
  if (!declared) throw new Error(JSON.stringify(problems));
  return declared;
};
const follow = (text: string, base: Declared | null = parse(BASE), pem = "PEM") => followBase(parse(text, pem), base);
const change = (from: string, to: string) => follow(BASE.replace(from, to));
const plain = (declared: Declared, name: string) => {
  const cluster = declared.clusters.get(name);
  return cluster && { ...cluster, place: null, databases: null };
};

describe("a pull request's connections", () => {
  it("that are the base branch's are followed without a word", () => {
    const { declared, problems } = follow(BASE.replace("ro: {", "other: {"));
    expect(problems).toEqual([]);
    expect([...declared.roles.keys()]).toEqual(["other"]);
  });

  it.each([
    ["address", "db.internal:5432", "evil.example:5432", "own"],
    ["the variable of the password", "OWN_PASSWORD", "OTHER_SECRET", "own"],
    ["the admin", "user: access_admin", "user: postgres", "demo"],
    ["the reader", "reader: { user: access_reader, auth: iam }", "reader: { user: x, password_env: OTHER_SECRET }", "demo"],
    ["no reader", "    reader: { user: access_reader, auth: iam }\n", "", "demo"],
    ["tls", "tls: { ca: own.pem }", "tls: { ca: other.pem }\n    region: us-east-2".replace("\n    region: us-east-2", ""), "own"],
    ["the cluster of RDS", "cluster: demo-aurora", "cluster: other", "demo"],
  ])("%s: said, and not followed", (name, from, to, cluster) => {
    const { declared, problems } = change(from, to);
    expect(plain(declared, cluster)).toEqual(plain(parse(BASE), cluster));
    // The name of a file with the same certificates in it changes nothing.
    expect(problems.map((p) => p.code)).toEqual(name === "tls" ? [] : ["connection-changed"]);
  });

  it("all that the schema knows of an account counts as its connection", () => {
    const schema = JSON.parse(readFileSync(new URL("../../../schema/access.schema.json", import.meta.url), "utf8"));
    expect(Object.keys(ACCOUNT_CONNECTION).sort()).toEqual(Object.keys(schema.$defs.account.properties).sort());
  });

  it.each(["plan_role", "apply_role"])("%s: said, and not followed", (key) => {
    const arn = "arn:aws:iam::111122223333:role/stranger";
    const { declared, problems } = change("region: us-east-2 }", `region: us-east-2, ${key}: "${arn}" }`);
    expect([...declared.accounts.values()].map((a) => [a.planRole, a.applyRole])).toEqual([[null, null]]);
    expect(problems.map((p) => p.message)).toEqual([`Of account db this is changed: ${key}. It is not followed until it is merged.`]);
  });

  it("other certificates are not followed", () => {
    const { declared, problems } = follow(BASE, parse(BASE), "OTHER PEM");
    expect(declared.clusters.get("own")?.tls.ca).toBe("PEM");
    expect(problems.map((p) => p.message)).toEqual(["Of cluster own this is changed: tls. It is not followed until it is merged."]);
  });

  it("the account is the base branch's", () => {
    const { declared, problems } = change('"111122223333"', '"444455556666"');
    expect(declared.accounts.get("db")?.id).toBe("111122223333");
    expect(problems.map((p) => p.code)).toEqual(["connection-changed"]);
  });

  it("what is new is not read at all: a cluster, an account, a file", () => {
    const added = follow(
      BASE.replace(
        "clusters:\n",
        "clusters:\n  evil: { address: evil.example:5432, admin: { user: x, password_env: OWN_PASSWORD }, databases: { a: {} } }\n",
      ),
    );
    expect([...added.declared.clusters.keys()]).toEqual(["demo", "own"]);
    expect(added.problems.map((p) => p.message)).toEqual([
      "Cluster evil is new or in another account; nothing of it is read before the merge.",
    ]);
    const renamed = follow(BASE.replace("accounts: { db:", "accounts: { data:").replace("account: db", "account: data"));
    expect([...renamed.declared.clusters.keys()]).toEqual(["own"]);
    expect([...renamed.declared.accounts.keys()]).toEqual([]);
    const first = follow(BASE, null);
    expect([first.declared.clusters.size, first.declared.accounts.size]).toEqual([0, 0]);
  });

  it("of what is not followed is told: the cluster, its account, and what hangs on an account", () => {
    const two = BASE.replace("accounts: {", 'accounts: { other: { id: "222233334444", region: us-east-2 },');
    const names = (from: string, to: string, text = two): string[] =>
      follow(text.replace(from, to), parse(text)).notFollowed.map(({ type, name }) => `${type} ${name}`);
    expect(names("ro: {", "rw: {")).toEqual([]);
    expect(names("db.internal", "evil.example")).toEqual(["cluster own"]);
    expect(names("demo-aurora", "new-aurora")).toEqual(["cluster demo", "account db"]);
    expect(names("account: db", "account: other")).toEqual(["cluster demo", "account other", "account db"]);
    // IAM roles of every account may trust those of one whose id changes.
    expect(names("111122223333", "999922223333")).toEqual(["cluster demo", "account other", "account db"]);
    expect(follow(two, null).notFollowed.map(({ name }) => name)).toEqual(["demo", "own", "other", "db"]);
  });

  it("say in their hint what the way on is", () => {
    expect(change("demo-aurora", "new-aurora").problems[0]?.hint).toContain(
      "after the merge, review the plan and run `github apply --digest`",
    );
  });

  it("databases and creators are the pull request's own", () => {
    expect(
      change("creators: [app_owner]", "creators: [other]").declared.clusters.get("demo")?.databases.get("demo")?.creators[0]?.role,
    ).toBe("other");
  });

  it("safety and what may be shown are the base branch's", () => {
    const { declared, problems } = follow(`${BASE.replace("10%", "100%").replace("[break_glass*]", "[]")}github: { detail: full }\n`);
    expect(declared.safety).toEqual(parse(BASE).safety);
    expect(declared.githubDetail).toBeNull();
    expect(problems.map((p) => p.code)).toEqual(["safety-changed"]);
  });

  it("an allowance of its own counts only after the merge", () => {
    const allow = "allow: [{ code: mass-delete, until: 2999-01-01, reason: x }]";
    const { declared, problems } = change("protect: [break_glass*]", `protect: [break_glass*], ${allow}`);
    expect(declared.safety.allow).toEqual([]);
    expect(problems.map((p) => p.code)).toEqual(["safety-changed"]);
  });

  it("what it accepts as residue likewise", () => {
    const accept = "accept_residue: [{ who: a, on: s.t, until: 2999-01-01, reason: x }]";
    const { declared, problems } = change("protect: [break_glass*]", `protect: [break_glass*], ${accept}`);
    expect(declared.safety.acceptResidue).toEqual([]);
    expect(problems.map((p) => p.code)).toEqual(["safety-changed"]);
  });

  it("where it is looked up who took an IAM role is the base branch's", () => {
    const evidence = (table: string): string => `${BASE}evidence: { cloudtrail: { athena: { account: db, table: ${table} } } }\n`;
    const added = follow(evidence("default.mine"));
    expect([added.declared.athena, added.problems.map((p) => p.code)]).toEqual([null, ["connection-changed"]]);
    const changed = follow(evidence("default.mine"), parse(evidence("audit.logs")));
    expect([changed.declared.athena?.table, changed.problems.length]).toEqual(["audit.logs", 1]);
    const moved = follow(`# one line more\n${evidence("audit.logs")}`, parse(evidence("audit.logs")));
    expect(moved.problems).toEqual([]);
    expect(follow(BASE, parse(evidence("audit.logs"))).declared.athena).toMatchObject({ workgroup: "primary", account: "db" });
  });
});
