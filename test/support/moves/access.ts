/** Options of a membership, as from PostgreSQL 16 on. */
export interface Membership {
  readonly inherit: boolean;
  readonly set: boolean;
}

/** What the file says of one role or user; edits change it in place. */
export interface Holder {
  login: boolean;
  readonly memberOf: Map<string, Membership>;
  /** `main/d1 table s1.a select`, `main/d1 schema s1 usage`, `main/d1 database * connect`. Of a user: by hand, or by a role of its own. */
  readonly grants: Set<string>;
}
export type Access = Map<string, Holder>;

export const USERS = ["u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"];
export const GROUPS = ["g1", "g2", "g3", "g4", "g5", "g6"];
export const SCHEMAS = ["s1", "s2"];
/** In each database. */
export const TABLES = ["s1.a", "s1.b", "s2.c"];
export const VERBS = ["select", "insert", "update", "delete"];
export const READ_ALL = "pg_read_all_data";

export const FULL: Membership = { inherit: true, set: true };
export const holder = (login: boolean): Holder => ({ login, memberOf: new Map(), grants: new Set() });
export const copyOf = (access: Access): Access =>
  new Map([...access].map(([name, h]) => [name, { ...h, memberOf: new Map(h.memberOf), grants: new Set(h.grants) }]));

export interface Server {
  readonly cluster: string;
  readonly port: number;
  /** A folder where the admin comes in over the socket. */
  readonly address: string;
  readonly admin: string;
  readonly databases: readonly string[];
}

/** The file gives users nothing directly. */
const ownRole = (user: string): string => `own_${user}`;
export const ROLES = [...GROUPS, ...USERS, ...USERS.map(ownRole)];

const isDirect = (name: string, { grants }: Holder): boolean => USERS.includes(name) && grants.size > 0;

/** What users hold directly, each with a role of its own that holds it. */
const withOwnRoles = (access: Access): Access =>
  new Map(
    [...access].flatMap(([name, h]) =>
      isDirect(name, h)
        ? [
            [name, { ...holder(h.login), memberOf: new Map([...h.memberOf, [ownRole(name), FULL]]) }] as const,
            [ownRole(name), { ...holder(false), grants: h.grants }] as const,
          ]
        : [[name, h] as const],
    ),
  );
const withoutDirect = (access: Access): Access =>
  new Map([...access].map(([name, h]) => [name, isDirect(name, h) ? { ...h, grants: new Set() } : h]));

/** What somebody gave by hand, as statements by `cluster/database`. */
export function directGrants(access: Access): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [user, h] of access) {
    for (const grant of isDirect(user, h) ? h.grants : []) {
      const [database = "", type = "", name = "", verb = ""] = grant.split(" ");
      const on = type === "database" ? `DATABASE ${database.split("/")[1]}` : `${type} ${name}`;
      found.set(database, [...(found.get(database) ?? []), `GRANT ${verb} ON ${on} TO ${user}`]);
    }
  }
  return found;
}

/** JSON is YAML. @param direct users hold by hand what the file does not say */
export function accessFile(access: Access, servers: readonly Server[], direct: boolean): string {
  const declared = [...(direct ? withoutDirect(access) : withOwnRoles(access))];
  const clusters = servers.map(({ cluster, address, admin, databases }) => [
    cluster,
    { address, admin: { user: admin, auth: "none" }, databases: Object.fromEntries(databases.map((name) => [name, {}])) },
  ]);
  const part = (login: boolean) => Object.fromEntries(declared.filter(([, h]) => h.login === login).map(([name, h]) => [name, entryOf(h)]));
  return JSON.stringify({
    version: 1,
    owner: "acme/access",
    clusters: Object.fromEntries(clusters),
    defaults: { clusters: servers.map(({ cluster }) => cluster) },
    safety: { max_deletions: "100%", max_revokes: "100%" },
    roles: part(false),
    users: part(true),
  });
}

const SECTIONS = { table: "tables", schema: "schemas" } as const;

function entryOf({ login, memberOf, grants }: Holder): object {
  const found: Record<string, { database?: string[]; tables?: Record<string, string[]>; schemas?: Record<string, string[]> }> = {};
  for (const grant of [...grants].sort()) {
    const [database = "", type = "", name = "", verb = ""] = grant.split(" ");
    const own = found[database] ?? {};
    found[database] = own;
    if (type === "table" || type === "schema") {
      const section = own[SECTIONS[type]] ?? {};
      own[SECTIONS[type]] = section;
      section[name] = [...(section[name] ?? []), verb];
    } else own.database = [...(own.database ?? []), verb];
  }
  const member_of = [...memberOf].map(([role, options]) => (options.inherit && options.set ? role : { role, ...options }));
  return login ? { member_of } : { grants: found, member_of };
}
