import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/model/plan.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { acl, MARK, type member, planOf, row, serverOf, tables, worldOf } from "../../support/stage.js";

const DATABASES = ["d1", "d2", "d3"];

const fileOf = (roles: string, users: string): string => `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:5432
    admin: { user: postgres, auth: none }
    reader: { user: access_reader, auth: none }
    databases: { d1: {}, d2: {}, d3: {} }
defaults: { clusters: [main] }
roles: ${roles}
users: ${users}
`;

/** In each database the table s.t; `held` is what is granted on it besides its owner's own. */
function server(
  held: ReturnType<typeof acl>,
  users: readonly string[],
  roles: readonly string[],
  memberships: ReturnType<typeof member>[] = [],
) {
  const made = serverOf(roles, [tables(["t"], held)], { memberships });
  const open = [{ grantee: "PUBLIC", grantor: "own", privileges: 1 << 10, grantable: 0 }] as const;
  const usage = [{ grantee: "PUBLIC", grantor: "own", privileges: 1 << 8, grantable: 0 }] as const;
  const inspected = made.inspected.get("shop");
  const database = (name: string) => ({
    ...(inspected ?? { groups: [], defaultAcls: [] }),
    name,
    schemas: new Map([["s", { name: "s", owner: "own", acl: usage }]]),
  });
  return {
    ...made,
    roles: new Map([...made.roles, ...users.map((name) => [name, fakeRole(name, { login: true, comment: MARK })] as const)]),
    databases: new Map(DATABASES.map((name) => [name, { name, owner: "own", acl: open }])),
    inspected: new Map(DATABASES.map((name) => [name, database(name)])),
  };
}

const grants = (words: string): string => `grants: { ${DATABASES.map((d) => `${d}: { tables: { s.t: [${words}] } }`).join(", ")} }`;

/** Units as what they are: phase and database, with what they wait for. */
const order = ({ units }: Plan): string[] =>
  units.map(({ id, phase, site, after }) => `${id} ${phase} ${"database" in site ? site.database : site.account} after ${after.join()}`);
const statements = ({ units, steps }: Plan): string[] =>
  units.map(({ id }) => steps.flatMap((s) => (s.unit === id && "sql" in s.run ? [s.run.sql.replaceAll('"', "")] : [])).join("; "));

describe("the order of an apply", () => {
  it("gives a team its role before it takes what each had", () => {
    const before = server(acl(row("carol", "own", ["select"]), row("dave", "own", ["select"])), ["carol", "dave"], ["analyst"]);
    const plan = planOf(
      fileOf(`{ analyst: { ${grants("select")} } }`, "{ carol: { member_of: [analyst] }, dave: { member_of: [analyst] } }"),
      worldOf([before]),
    );
    const text = statements(plan).join(" | ");
    expect(plan.gaps).toEqual([]);
    expect(text).toMatch(/GRANT SELECT ON TABLE s\.t TO analyst.*REVOKE SELECT ON TABLE s\.t FROM carol, dave/);
    expect(order(plan)).toEqual([
      "u1 change d1 after ",
      "u2 change d2 after ",
      "u3 change d3 after ",
      "u4 add postgres after ",
      "u5 change d1 after u1,u4",
      "u6 change d2 after u2,u4",
      "u7 change d3 after u3,u4",
    ]);
  });
});
