import type { AclEntry } from "../../src/model/acl.js";
import type { Net, NetItem } from "../../src/model/net.js";
import type { PrivilegeWord } from "../../src/model/privileges.js";
import type { ClusterSnapshot, DatabaseSnapshot, ObjectGroup, Snapshot } from "../../src/model/snapshot.js";
import type { Thing } from "../../src/model/thing.js";
import { role, SERVER } from "./fake-plan.js";
import { acl, row, serverOf, tables, worldOf } from "./stage.js";

/**
 * 27 roles that somebody made by hand in 3 databases: 9 groups, one for each schema, that hold nothing and have no members, and 18 users
 * who hold all of their schema directly. The file gives it to the groups, and makes the users their members.
 */
const DATABASES = ["billing", "crm", "shop"];
const SCHEMAS = ["archive", "core", "reports"];
const TABLES = Array.from({ length: 26 }, (_, i) => `t${String(i).padStart(2, "0")}`);
const GROUPS = DATABASES.flatMap((database) => SCHEMAS.map((schema) => ({ name: `${database}_${schema}`, database, schema })));
const USERS = GROUPS.flatMap(({ name }) => [`${name}_a`, `${name}_b`]);
const groupOfUser = (user: string): string => user.slice(0, -2);

/** These four hold three tables more each, of schemas that are none of their business: 12 grants made by hand that the file does not give. */
export const HAND_MADE = ["shop_core_a", "shop_core_b", "shop_reports_a", "shop_reports_b"].flatMap((user, i) =>
  DATABASES.map((database) => ({ user, database, schema: "archive", table: TABLES[i] ?? "" })),
);

export const ADOPTION_FILE = `version: 1
owner: acme/access
clusters:
  main:
    address: 127.0.0.1:5432
    admin: { user: postgres, auth: none }
    reader: { user: access_reader, auth: none }
    databases: { ${DATABASES.map((name) => `${name}: { creators: [own] }`).join(", ")} }
defaults: { clusters: [main] }
roles:
${GROUPS.map((g) => `  ${g.name}: { grants: { ${g.database}: { schemas: { ${g.schema}: [usage] }, tables: { ${g.schema}.*: [select] } } } }`).join("\n")}
users:
${USERS.map((user) => `  ${user}: { member_of: [${groupOfUser(user)}] }`).join("\n")}
`;

const membersOf = (database: string, schema: string): string[] => USERS.filter((user) => groupOfUser(user) === `${database}_${schema}`);

function tableGroup(database: string, schema: string, table: string): ObjectGroup {
  const handMade = HAND_MADE.filter((g) => g.database === database && g.schema === schema && g.table === table).map((g) => g.user);
  const holders = [...membersOf(database, schema), ...handMade];
  return tables([table], acl(...holders.map((user) => row(user, "own", ["select"]))), { schema });
}

const everybody = (word: PrivilegeWord): AclEntry => ({ ...row("", "own", [word]), grantee: "PUBLIC" });

const databaseOf = (name: string): DatabaseSnapshot => ({
  name,
  schemas: new Map(
    SCHEMAS.map((schema) => [
      schema,
      {
        name: schema,
        owner: "own",
        acl: [...membersOf(name, schema).map((user) => row(user, "own", ["usage"])), ...(schema === "archive" ? [everybody("usage")] : [])],
      },
    ]),
  ),
  groups: SCHEMAS.flatMap((schema) => TABLES.map((table) => tableGroup(name, schema, table))),
  defaultAcls: [],
});

export function adoptionWorld(): Snapshot {
  const rest: Partial<ClusterSnapshot> = {
    databases: new Map(DATABASES.map((name) => [name, { name, owner: "own", acl: [everybody("connect")] }])),
    inspected: new Map(DATABASES.map((name) => [name, databaseOf(name)])),
  };
  const server = serverOf([], [], rest, [...GROUPS.map(({ name }) => name), ...USERS]);
  const roles = new Map([...server.roles].map(([name, one]) => [name, USERS.includes(name) ? { ...one, login: true } : one]));
  return worldOf([{ ...server, roles }]);
}

/** What the file means for the users: the same by their group, but for what was made by hand. */
export const adoptionNet = (): Net[] =>
  USERS.map((user) => ({
    who: role(user),
    items: HAND_MADE.filter((g) => g.user === user).map(
      ({ database, schema, table }): NetItem => ({
        verbs: ["select"],
        examples: [{ type: "object", server: SERVER, site: { database }, of: { type: "table", schema, name: table } } satisfies Thing],
        count: 1,
        from: 3,
        to: 0,
        through: [],
      }),
    ),
    nowThrough: [role(groupOfUser(user))],
  }));

/** What nobody of them is in the end. */
export const LOSERS = [...new Set(HAND_MADE.map(({ user }) => user))];
