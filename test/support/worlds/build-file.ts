import { adminOf, clusterNames, isRds } from "./build-world.js";
import {
  ACCOUNTS,
  DATABASES,
  GROUPS,
  IAM_ROLES,
  OWNERS,
  PRIVILEGES,
  patternOf,
  pick,
  SCHEMAS,
  SERVICES,
  TYPE_OF,
  USERS,
} from "./domain.js";
import type { AccessModel, FileCluster, FileConnect, FileGrant, FileIamRole, FileMembership, FileRole, Section, World } from "./model.js";
import type { Five, Sketch } from "./sketch.js";

/** The access file of a sketch; it names what the sketch's world has, and sometimes what it has not. */
export function fileOf(sketch: Sketch, world: World): AccessModel {
  const clusters = clusterNames(sketch.shape).map((name, i) => clusterOf(sketch, name, i));
  const roles = rolesOf(sketch, clusters, world);
  return { accounts: ACCOUNTS, clusters, roles, iamRoles: iamRolesOf(sketch, clusters, roles) };
}

function clusterOf({ shape }: Sketch, name: string, index: number): FileCluster {
  const creators = [[], ["app"], ["app", "etl"]];
  const rds = isRds(shape, index);
  return {
    name,
    account: rds ? "db" : null,
    rds: rds ? `${name}-aurora` : null,
    address: rds ? null : `127.0.0.1:${5432 + index}`,
    admin: adminOf(shape),
    databases: DATABASES.slice(0, shape.twoDatabases ? 2 : 1).map((database, i) => ({
      name: database,
      creators: pick(creators, shape.file >> i),
    })),
  };
}

/** Groups are on every cluster, users where they can log in; most are declared. */
function rolesOf({ shape, grants, fileMemberships }: Sketch, clusters: readonly FileCluster[], world: World): FileRole[] {
  const all = clusters.map((c) => c.name);
  const rds = clusters.filter((c) => c.rds !== null).map((c) => c.name);
  const groups = [...GROUPS, ...OWNERS, "old"].filter((_, i) => i < 2 || ((shape.file >> (i + 1)) & 3) === 3);
  const roles = groups.map((name): FileRole => ({ name, login: "none", clusters: all, memberOf: [], grants: [] }));
  const users = USERS.filter((_, i) => ((shape.file >> (2 * i)) & 3) !== 3).map((name, i): FileRole => {
    const login = ((shape.file >> i) & 12) !== 0 && rds.length > 0 ? "iam" : "external";
    return { name, login, clusters: login === "iam" ? rds : all, memberOf: [], grants: [] };
  });
  return withMemberships(
    [
      ...roles.map((role, i) => ({
        ...role,
        grants: grants.filter((g) => g[4] % roles.length === i).map((g) => grantOf(g, clusters, world)),
      })),
      ...users,
    ],
    fileMemberships,
    shape.major >= 16,
  );
}

/** A later one may be a member of an earlier one, which makes no circle. */
function withMemberships(roles: readonly FileRole[], rows: readonly Five[], options: boolean): FileRole[] {
  return roles.map((role, i) => {
    const groups = [
      ...roles
        .slice(0, i)
        .filter((r) => r.login === "none")
        .map((r) => r.name),
      "pg_monitor",
    ];
    const own = rows
      .filter((row) => row[0] % roles.length === i)
      .map(
        (row): FileMembership => ({
          role: pick(groups, row[1]),
          admin: row[2] % 5 === 4,
          inherit: !options || row[3] % 6 !== 5,
          // Nothing but ADMIN is not told from the row that 16 writes for a creator: pinned by a test of its own.
          set: !options || row[3] % 7 !== 6 || (row[2] % 5 === 4 && row[3] % 6 === 5),
        }),
      );
    return { ...role, memberOf: [...new Map(own.map((m) => [m.role, m])).values()] };
  });
}

const SECTIONS: readonly Section[] = ["tables", "tables", "tables", "schemas", "sequences", "routines", "database"];

/** A right of the file: half of those that may be are wildcards. */
export function grantOf([at, section, object, privilege, more]: Five, clusters: readonly FileCluster[], world: World): FileGrant {
  const cluster = pick(clusters, at);
  const database = pick(cluster.databases, at >> 2).name;
  const kind = pick(SECTIONS, section);
  const known = PRIVILEGES[TYPE_OF[kind]];
  const privileges = [...new Set([pick(known, privilege), ...(more % 3 === 0 ? [pick(known, privilege >> 2)] : [])])];
  const place = { cluster: cluster.name, database, section: kind };
  return { ...place, object: objectOf(place, object, world), privileges: more % 11 === 10 ? ["all"] : privileges };
}

/** A wildcard, or something that is there; what is not there comes by edits of the world. */
export function objectOf(place: Pick<FileGrant, "cluster" | "database" | "section">, index: number, world: World): string {
  const { section } = place;
  const schema = pick(SCHEMAS, index);
  const there = literalsOf(place, world);
  const isWild = section !== "database" && section !== "schemas" && ((index & 2) === 0 || there.length === 0);
  if (isWild) return `${schema}.*`;
  // A database that is not there has nothing to name.
  return there.length > 0 ? pick(there, index >> 2) : section === "database" ? "" : schema;
}

/** The objects of a section that a file can name. */
export function literalsOf({ cluster, database, section }: Pick<FileGrant, "cluster" | "database" | "section">, world: World): string[] {
  const found = world.clusters.find((c) => c.name === cluster)?.databases.find((d) => d.name === database);
  return (found?.things ?? []).filter((t) => t.type === TYPE_OF[section]).map(patternOf);
}

function iamRolesOf({ doors }: Sketch, clusters: readonly FileCluster[], roles: readonly FileRole[]): FileIamRole[] {
  const named = new Map(doors.map((door) => [pick(IAM_ROLES, door[0]), door]));
  return [...named].map(([id, door], i) => iamRoleOf(id, door, [...named.keys()].slice(0, i), clusters, roles));
}

/** Trust names only IAM roles that stand before it. */
export function iamRoleOf(
  id: string,
  [, trust, connect, more, account]: Five,
  earlier: readonly string[],
  clusters: readonly FileCluster[],
  roles: readonly FileRole[],
): FileIamRole {
  const other = pick([null, ...earlier], trust >> 2);
  return {
    id,
    account: account % 6 === 5 ? "mgmt" : "db",
    trust: [
      ...(other === null || trust % 2 === 0 ? [{ service: pick(SERVICES, trust) }] : []),
      ...(other === null ? [] : [{ role: other }]),
    ],
    connect: account % 6 === 5 ? [] : connectsOf(connect, more, clusters, roles),
    profile: more % 3 === 0 ? `profile-${id}` : null,
  };
}

export function connectsOf(connect: number, more: number, clusters: readonly FileCluster[], roles: readonly FileRole[]): FileConnect[] {
  const users = roles.filter((r) => r.login === "iam");
  const rds = clusters.filter((c) => c.rds !== null).map((c) => c.name);
  return users
    .filter((_, i) => ((connect >> i) & 1) === 0)
    .map((user, i) => ({ user: user.name, clusters: (more >> i) % 7 === 6 ? null : rds.slice(0, 1 + ((connect >> (4 + i)) & 1)) }))
    .filter((c) => c.clusters === null || c.clusters.length > 0);
}
