import type { AclEntry } from "../../src/model/acl.js";
import type { Plan } from "../../src/model/plan.js";
import { type PrivilegeWord, privilegeSet } from "../../src/model/privileges.js";
import type { ClusterSnapshot, MembershipRow } from "../../src/model/snapshot.js";
import { fakeRole } from "./fake-snapshot.js";
import { MARK, member, planOf, row, serverOf, tables, worldOf } from "./stage.js";

/** Who holds what, in few words. */
export interface Words {
  /** By holder: `d1 s.t select insert`, `d1 s usage`, `d1 - connect`; `s.*` is every table. */
  readonly held?: Readonly<Record<string, readonly string[]>>;
  /** By member; `team -inherit` without that option. Roles that nobody logs in as are those that are no users. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
  readonly users: readonly string[];
}

export interface Place {
  readonly databases: readonly string[];
  /** How many tables stand in the schema s of each; one is called t. */
  readonly tables?: number;
  /** PUBLIC has neither CONNECT nor USAGE. */
  readonly closed?: boolean;
  readonly version?: number;
  /** Roles that do not inherit, before PostgreSQL 16. */
  readonly noInherit?: readonly string[];
}

export const planOfMove = (before: Words, after: Words, place: Place): Plan =>
  planOf(fileOf(after, place), worldOf([serverAt(before, after, place)]));

const entriesOf = ({ held = {} }: Words): (readonly [string, string, string, PrivilegeWord[]])[] =>
  Object.entries(held).flatMap(([who, list]) =>
    list.map((text) => {
      const [database = "", name = "", ...verbs] = text.split(" ");
      // Words of the table above are written as they are.
      return [who, database, name, verbs as PrivilegeWord[]] as const;
    }),
  );

function fileOf(after: Words, { databases }: Place): string {
  const sectionOf = (name: string): string => (name === "-" ? "database" : name.includes(".") ? "tables" : "schemas");
  const grantsOf = (role: string): object => {
    const grants: Record<string, Record<string, unknown>> = {};
    for (const [who, database, name, verbs] of entriesOf(after)) {
      if (who !== role) continue;
      const own = grants[database] ?? {};
      grants[database] = own;
      const section = sectionOf(name);
      own[section] = name === "-" ? verbs : { ...Object(own[section]), [name]: verbs };
    }
    return grants;
  };
  const roles = rolesOf(after).filter((name) => !name.startsWith("pg_"));
  return JSON.stringify({
    version: 1,
    owner: "acme/access",
    clusters: {
      main: {
        address: "127.0.0.1:5432",
        admin: { user: "postgres", auth: "none" },
        databases: Object.fromEntries(databases.map((name) => [name, {}])),
      },
    },
    defaults: { clusters: ["main"] },
    roles: Object.fromEntries(roles.map((name) => [name, { grants: grantsOf(name), member_of: memberOf(after, name) }])),
    users: Object.fromEntries(after.users.map((name) => [name, { member_of: memberOf(after, name) }])),
  });
}

const rolesOf = ({ held = {}, members = {}, users }: Words): string[] =>
  [...new Set([...Object.keys(held), ...Object.keys(members), ...Object.values(members).flat().map(roleIn)])].filter(
    (name) => !users.includes(name),
  );

const roleIn = (text: string): string => text.split(" ")[0] ?? "";
const memberOf = ({ members = {} }: Words, name: string): readonly unknown[] =>
  (members[name] ?? []).map((text) => (text.endsWith(" -inherit") ? { role: roleIn(text), inherit: false } : text));

function serverAt(before: Words, after: Words, place: Place): ClusterSnapshot {
  const { version = 17, closed = false, noInherit = [] } = place;
  const groups = [...new Set([...rolesOf(before), ...rolesOf(after)])];
  const made = serverOf(
    groups.filter((name) => !name.startsWith("pg_")),
    [],
  );
  const predefined = ["pg_read_all_data", "pg_write_all_data"].map((name) => fakeRole(name));
  const users = before.users.map((name) => fakeRole(name, { login: true, comment: MARK, inherit: !noInherit.includes(name) }));
  const held = (database: string, name: string): AclEntry[] =>
    entriesOf(before).flatMap(([who, d, n, verbs]) => (d === database && n === name ? [row(who, "own", verbs)] : []));
  const open = (verb: PrivilegeWord): AclEntry[] =>
    closed ? [] : [{ grantee: "PUBLIC", grantor: "own", privileges: privilegeSet([verb]), grantable: 0 }];
  const inside = (name: string) => ({
    name,
    schemas: new Map([["s", { name: "s", owner: "own", acl: [...open("usage"), ...held(name, "s")] }]]),
    groups: groupsIn(name, place, held),
    defaultAcls: [],
  });
  return {
    ...made,
    versionNum: version * 10000,
    roles: new Map([...made.roles, ...[...predefined, ...users].map((role) => [role.name, role] as const)]),
    memberships: Object.entries(before.members ?? {}).flatMap(([who, roles]) =>
      roles.map((text): MembershipRow => member(roleIn(text), who, { inherit: !text.endsWith(" -inherit") })),
    ),
    databases: new Map(place.databases.map((name) => [name, { name, owner: "own", acl: [...open("connect"), ...held(name, "-")] }])),
    inspected: new Map(place.databases.map((name) => [name, inside(name)])),
  };
}

function groupsIn(database: string, { tables: count = 1 }: Place, held: (database: string, name: string) => AclEntry[]) {
  const rest = Array.from({ length: count - 1 }, (_, i) => `t${i + 1}`);
  const all = held(database, "s.*");
  const own = [row("own", "own", ["select", "insert", "update", "delete"])];
  return [tables(["t"], [...own, ...all, ...held(database, "s.t")]), ...(rest.length > 0 ? [tables(rest, [...own, ...all])] : [])];
}

/** Units in order: database, what each waits for, and what it does. */
export const unitsOf = ({ units, steps }: Plan): string[] =>
  units.map(({ id, site, after }) => {
    const own = steps.flatMap(({ unit, run }) => (unit === id && "sql" in run ? [wordsOf(run.sql)] : []));
    const place = "database" in site ? site.database : site.account;
    return `${id} ${place}${after.length > 0 ? ` after ${after.join()}` : ""}: ${own.join("; ")}`;
  });

/** Long lists of tables are counted. */
const wordsOf = (sql: string): string =>
  sql
    .replaceAll('"', "")
    .replaceAll(/ WITH ADMIN FALSE, INHERIT TRUE, SET TRUE|(?<= WITH )ADMIN FALSE, |, SET TRUE| GRANTED BY postgres/g, "")
    .replaceAll(/TABLE ((?:s\.t\d*,? ?){4,})/g, (_, list: string) => `${list.trim().split(",").length} tables `);

export const gapsOf = ({ gaps }: Plan): string[] =>
  gaps.map(({ who, verbs, examples: [thing], count, from, to }) => {
    const name = who.type === "role" || who.type === "iam" ? who.name : who.type;
    const on = thing.type === "object" ? `${thing.of.schema ?? "-"}.${thing.of.name}` : thing.type;
    const database = thing.type === "object" && thing.site !== "cluster" ? thing.site.database : "-";
    return `${name} ${verbs.join()} on ${database} ${on}${count > 1 ? ` and ${count - 1} more` : ""} from ${from} to ${to}`;
  });
