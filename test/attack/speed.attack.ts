import { describe, expect, it } from "vitest";
import { approvalsOf } from "../../src/plan/approval.js";
import { sha256 } from "../../src/reconcile.js";
import { renderText } from "../../src/report/text.js";
import { fakeRole } from "../support/fake-snapshot.js";
import { acl, demoCluster, emptyAccount, fileOf, iamFile, MARK, member, parse, planOf, row, serverOf, tables, worldOf } from "./stage.js";

const timed = <T>(what: string, work: () => T): { readonly ms: number; readonly value: T } => {
  const start = performance.now();
  const value = work();
  const ms = performance.now() - start;
  console.log(`${what}: ${Math.round(ms)} ms, ${Math.round(process.memoryUsage().heapUsed / 1e6)} MB`);
  return { ms, value };
};
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe("a hostile file stays quick", () => {
  it("IAM roles that trust each other in layers", () => {
    const layers = 23;
    const roles = range(layers).flatMap((l) =>
      ["a", "b"].map(
        (x) =>
          `r${l}${x}: { account: db, trust: [${l === 0 ? "{ service: ec2.amazonaws.com }" : `{ role: r${l - 1}a }, { role: r${l - 1}b }`}] }`,
      ),
    );
    const declared = iamFile(`{ ${roles.join(", ")} }`);
    const { ms } = timed(`${layers} layers of trusts`, () => planOf(declared, worldOf([demoCluster()], [emptyAccount()])));
    expect(ms).toBeLessThan(3000);
  });

  it("memberships by the thousand", () => {
    const users = range(2000).map((i) => `u${i}`);
    const groups = range(20).map((i) => `g${i}`);
    const rows = groups.flatMap((g) => users.map((u) => member(g, u, { admin: true })));
    const server = serverOf([...users, ...groups], [], { memberships: rows });
    const file = fileOf(`{ ${groups.map((g) => `${g}: {}`).join(", ")} }`, `users: { ${users.map((u) => `${u}: {}`).join(", ")} }`);
    const { ms } = timed("40,000 memberships that go", () => planOf(file, worldOf([server])));
    expect(ms).toBeLessThan(5000);
  });

  it("names that are not there", () => {
    const names = range(20_000).map((i) => `orders_of_customer_${i}`);
    const literals = range(2000).map((i) => `s.orders_of_custamer_x${i}: [select]`);
    const server = serverOf(["a"], [tables(names, acl())]);
    const file = fileOf(`{ a: { grants: { shop: { tables: { ${literals.join(", ")} } } } } }`);
    const { ms } = timed("2,000 missing literals on 20,000 tables", () => planOf(file, worldOf([server])));
    expect(ms).toBeLessThan(5000);
  });

  it("orphans on tables, every ACL another", () => {
    const orphans = range(300).map((i) => `o${i}`);
    const names = range(2000).map((i) => `t${i}`);
    const groups = names.map((name, i) =>
      tables([name], acl(...orphans.filter((_, j) => (i + j) % 3 !== 0).map((o) => row(o, "own", ["select"])))),
    );
    const { ms, value } = timed("300 orphans on 2,000 tables, every ACL another", () =>
      planOf(fileOf("{}"), worldOf([serverOf(orphans, groups)])),
    );
    timed("approvals", () => approvalsOf(value, sha256));
    timed("text", () => renderText(value, { color: false, verbose: false }));
    expect(ms).toBeLessThan(5000);
  });

  it("orphans that passed everything on to each other", () => {
    const orphans = range(100).map((i) => `o${i}`);
    const of = acl(...orphans.map((o, i) => row(o, i === 0 ? "own" : `o${i - 1}`, [], ["select"])));
    const groups = range(200).map((i) => tables([`t${i}`], [...of, row(`x${i}`, "o99", ["select"])]));
    const { ms } = timed("a chain of 100 grant options on 200 tables", () => planOf(fileOf("{}"), worldOf([serverOf(orphans, groups)])));
    expect(ms).toBeLessThan(5000);
  });

  it("200 schemas with a literal entry for each table, by several roles", () => {
    const schemas = range(200).map((i) => `s${i}`);
    const groups = schemas.map((schema) =>
      tables(
        range(50).map((i) => `t${i}`),
        acl(),
        { schema },
      ),
    );
    const server = serverOf(["a", "b", "c"], groups);
    const inspected = new Map(
      [...server.inspected].map(([n, d]) => [
        n,
        { ...d, schemas: new Map(schemas.map((name) => [name, { name, owner: "own", acl: [] }])) },
      ]),
    );
    const grants = schemas.flatMap((s) => range(50).map((i) => `${s}.t${i}: [select]`)).join(", ");
    const text = fileOf(`{ ${["a", "b", "c"].map((r) => `${r}: { grants: { shop: { tables: { ${grants} } } } }`).join(", ")} }`);
    timed("parse", () => parse(text));
    const { ms, value } = timed("30,000 literal entries", () => planOf(text, worldOf([{ ...server, inspected }])));
    timed("approvals", () => approvalsOf(value, sha256));
    timed("text", () => renderText(value, { color: false, verbose: false }));
    expect(ms).toBeLessThan(8000);
  });

  it("IAM roles by the thousand", () => {
    const roles = range(800).map(
      (i) =>
        `r${i}: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }], instance_profile: { name: p${i} } }`,
    );
    const live = range(5000).map(
      (i) => [`live${i}`, { name: `live${i}`, path: "/", arn: `arn:aws:iam::1:role/live${i}`, trust: "{}", tags: [] }] as const,
    );
    const text = iamFile(`{ ${roles.join(", ")} }`);
    const { ms } = timed("800 IAM roles beside 5,000", () =>
      planOf(text, worldOf([demoCluster()], [emptyAccount({ roles: new Map(live) })])),
    );
    expect(ms).toBeLessThan(5000);
  });

  it("losses of 2,000 roles in 200 schemas", () => {
    const orphans = range(2000).map((i) => `o${i}`);
    // The reader interns equal ACLs.
    const same = acl(...orphans.map((o) => row(o, "own", ["select"])));
    const server = serverOf(
      [],
      range(200).map((i) =>
        tables(
          range(10).map((j) => `t${j}`),
          same,
          { schema: `s${i}` },
        ),
      ),
    );
    const roles = new Map([...server.roles, ...orphans.map((o) => [o, fakeRole(o, { comment: MARK })] as const)]);
    const { ms, value } = timed("2,000 orphans on 2,000 tables of 200 schemas", () =>
      planOf(fileOf("{}"), worldOf([{ ...server, roles }])),
    );
    timed("approvals", () => approvalsOf(value, sha256));
    timed("text", () => renderText(value, { color: false, verbose: false }));
    expect(ms).toBeLessThan(8000);
  });
});
