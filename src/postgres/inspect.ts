import pLimit from "p-limit";
import { THINGS } from "../kinds/things.js";
import type { DeclaredCluster, DeclaredDatabase } from "../model/declared.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import type { ClusterSnapshot, DatabaseHead, DatabaseSnapshot, RdsSnapshot, RoleSnapshot } from "../model/snapshot.js";
import { type AclReader, createAclReader } from "../privileges/acl-text.js";
import { ownMark } from "../privileges/mark.js";
import type { Connector, Session } from "./connect.js";
import { readColumns } from "./families/columns.js";
import { readDatabases } from "./families/databases.js";
import { readDefaultAcls } from "./families/default-acls.js";
import { readDependencies } from "./families/dependencies.js";
import { readMemberships } from "./families/memberships.js";
import { readRelations } from "./families/relations.js";
import { readRoles } from "./families/roles.js";
import { readRoutines } from "./families/routines.js";
import { readSchemas } from "./families/schemas.js";
import { readServer, readSystemIdentifier } from "./families/server.js";
import { proveDirect } from "./pooler.js";

export interface InspectRequest {
  readonly cluster: DeclaredCluster;
  readonly rds: RdsSnapshot | null;
  readonly declaredRoles: ReadonlySet<string>;
  /** `owner` of the file: whose marks count. */
  readonly owner: string;
}
export interface InspectResult {
  /** null: something could not be read; `problems` says what. */
  readonly snapshot: ClusterSnapshot | null;
  readonly problems: readonly Problem[];
}

/** Connections to one cluster at a time. */
const DATABASES_AT_ONCE = 4;

/** Reads a cluster: one read-only snapshot per database, a constant number of queries in each, from catalogs that any LOGIN role may read. */
export async function inspectCluster(connector: Connector, request: InspectRequest): Promise<InspectResult> {
  try {
    return await read(connector, request);
  } catch (error) {
    if (error instanceof ProblemsError) return { snapshot: null, problems: error.problems };
    const message = `Cluster ${request.cluster.name} could not be read: ${error instanceof Error ? error.message : String(error)}.`;
    return {
      snapshot: null,
      problems: [
        errorProblem("cannot-read", message, {
          place: request.cluster.place,
          hint: "Who reads needs LOGIN and CONNECT; run the command again if the server was restarting.",
        }),
      ],
    };
  }
}

type Head = Omit<ClusterSnapshot, "inspected">;

async function read(connector: Connector, request: InspectRequest): Promise<InspectResult> {
  const { cluster, rds } = request;
  const declared = [...cluster.databases.values()];
  const limit = pLimit(DATABASES_AT_ONCE);
  // A database that is not there fails to connect: whether it is missing is asked of the head, so its error waits for that.
  const bodies = declared.map((database) => limit(() => settled(readDatabase(connector, cluster, rds, database))));
  const head = await snapshotOf(connector, cluster, rds, connector.reader(cluster).database, (session, readAcl) =>
    readHead(session, readAcl, request),
  );
  const results = await Promise.all(bodies);
  const missing = declared.filter((database) => !head.databases.has(database.name));
  if (missing.length > 0)
    return { snapshot: null, problems: missing.map((database) => missingDatabase(cluster, database, head.databases)) };
  const inspected = new Map<string, DatabaseSnapshot>();
  for (const result of results) {
    if ("error" in result) throw result.error;
    inspected.set(result.database.name, result.database);
  }
  return { snapshot: { ...head, inspected }, problems: [] };
}

const settled = (reading: Promise<DatabaseSnapshot>): Promise<{ readonly database: DatabaseSnapshot } | { readonly error: unknown }> =>
  reading.then(
    (database) => ({ database }),
    (error: unknown) => ({ error }),
  );

/** Everything that `work` reads is of one moment. */
async function snapshotOf<T>(
  connector: Connector,
  cluster: DeclaredCluster,
  rds: RdsSnapshot | null,
  database: string,
  work: (session: Session, readAcl: AclReader) => Promise<T>,
): Promise<T> {
  const session = await connector.connect(cluster, rds, database, "read");
  try {
    // Once for a cluster, by whichever is connected first.
    if (!connector.direct.has(cluster.name)) {
      connector.direct.add(cluster.name);
      await proveDirect(session, () => connector.connect(cluster, rds, database, "read"));
    }
    await session.begin("snapshot");
    const result = await work(session, createAclReader(THINGS, session.versionNum));
    await session.query("COMMIT");
    return result;
  } finally {
    await session.end();
  }
}

async function readHead(session: Session, readAcl: AclReader, { cluster, rds, declaredRoles, owner }: InspectRequest): Promise<Head> {
  const [server, identity, roles, memberships, databases] = await Promise.all([
    readServer(session),
    rds ? rds.resourceId : readSystemIdentifier(session),
    readRoles(session),
    readMemberships(session),
    readDatabases(session, readAcl),
  ]);
  const dependencies = await readDependencies(session, mayHaveToGo(roles, declaredRoles, owner, cluster.name));
  return {
    name: cluster.name,
    identity,
    versionNum: session.versionNum,
    standby: server.standby,
    logConnections: server.logConnections,
    rds,
    bootstrap: server.bootstrap,
    roles,
    memberships,
    databases,
    dependencies,
  };
}

/** Roles that we created and that the file no longer names. */
const mayHaveToGo = (roles: ReadonlyMap<string, RoleSnapshot>, declared: ReadonlySet<string>, owner: string, cluster: string): string[] =>
  [...roles.values()]
    .filter((role) => !declared.has(role.name) && ownMark(role.comment, owner, cluster) === "created")
    .map((role) => role.name);

const readDatabase = (
  connector: Connector,
  cluster: DeclaredCluster,
  rds: RdsSnapshot | null,
  database: DeclaredDatabase,
): Promise<DatabaseSnapshot> =>
  snapshotOf(connector, cluster, rds, database.name, async (session, readAcl) => {
    const [schemas, relations, columns, routines, defaultAcls] = await Promise.all([
      readSchemas(session, readAcl),
      readRelations(session, readAcl),
      readColumns(session, readAcl),
      readRoutines(session, readAcl),
      readDefaultAcls(session),
    ]);
    return { name: database.name, schemas, groups: [...relations, ...columns, ...routines], defaultAcls };
  });

function missingDatabase(cluster: DeclaredCluster, database: DeclaredDatabase, there: ReadonlyMap<string, DatabaseHead>): Problem {
  const message = `Database ${database.name} does not exist on cluster ${cluster.name}, is a template, or accepts no connections.`;
  return errorProblem("missing-database", message, {
    place: database.place,
    hint: `It has: ${[...there.keys()].slice(0, 12).join(", ")}. Create it first, or correct the name.`,
  });
}
