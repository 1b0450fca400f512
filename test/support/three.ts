import type { Acl } from "../../src/model/acl.js";
import { privilegeSet } from "../../src/model/privileges.js";
import type { ClusterSnapshot, MembershipRow } from "../../src/model/snapshot.js";
import { fakeRole } from "./fake-snapshot.js";
import { MARK, serverOf, tables } from "./stage.js";

/** A file about one server with three databases, each with the table s.t: no plan of all of them is one transaction. */
export const DATABASES = ["d1", "d2", "d3"];

export const fileOf = (roles: string, users: string): string => `version: 1
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

/** The same on s.t of every database. */
export const grants = (words: string): string => `grants: { ${DATABASES.map((d) => `${d}: { tables: { s.t: [${words}] } }`).join(", ")} }`;

/** @param held the ACL of every s.t; users and roles carry our mark */
export function serverOfThree(
  held: Acl,
  users: readonly string[],
  roles: readonly string[],
  memberships: readonly MembershipRow[] = [],
): ClusterSnapshot {
  const made = serverOf(roles, [tables(["t"], held)], { memberships });
  const everybody = (word: "connect" | "usage"): Acl => [
    { grantee: "PUBLIC", grantor: "own", privileges: privilegeSet([word]), grantable: 0 },
  ];
  const shop = made.inspected.get("shop");
  const schemas = new Map([["s", { name: "s", owner: "own", acl: everybody("usage") }]]);
  const database = (name: string) => ({ ...(shop ?? { groups: [], defaultAcls: [] }), name, schemas });
  return {
    ...made,
    roles: new Map([...made.roles, ...users.map((name) => [name, fakeRole(name, { login: true, comment: MARK })] as const)]),
    databases: new Map(DATABASES.map((name) => [name, { name, owner: "own", acl: everybody("connect") }])),
    inspected: new Map(DATABASES.map((name) => [name, database(name)])),
  };
}
