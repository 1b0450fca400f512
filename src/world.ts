import pLimit from "p-limit";
import { type Aws, createAws } from "./aws/client.js";
import { callAws } from "./aws/execute.js";
import { inspectAccount } from "./aws/inspect.js";
import { inspectRds } from "./aws/rds.js";
import { awaitRds } from "./aws/rds-wait.js";
import { awaitSeen } from "./aws/settle.js";
import { iamAuthFirst, waitsForIamAuth } from "./kinds/rds-iam-auth.js";
import type { Credentials } from "./model/credentials.js";
import type { Declared, DeclaredAccount, DeclaredCluster } from "./model/declared.js";
import { type Log, NO_LOG, since } from "./model/log.js";
import type { Clock, Ports } from "./model/ports.js";
import { type Problem, ProblemsError } from "./model/problem.js";
import type { Target } from "./model/resource.js";
import type { AccountSnapshot, ClusterSnapshot, RdsSnapshot, Snapshot, Unread } from "./model/snapshot.js";
import { type Connected, readActivity } from "./postgres/activity.js";
import { type Connector, createConnector } from "./postgres/connect.js";
import { createWriter, proveLogin } from "./postgres/execute.js";
import { inspectCluster } from "./postgres/inspect.js";
import { takeLock } from "./postgres/lock.js";

export interface WorldOptions {
  readonly declared: Declared;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where sockets go instead, by cluster. */
  readonly addresses?: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Who reads; the reader where a cluster has one. Default: the admin. */
  readonly readAs?: "admin" | "reader";
  /** Says what begins; the function it returns says that it is over. */
  readonly onProgress?: (doing: string) => () => void;
  /** Left out: nothing is logged. */
  readonly log?: Log;
  /** By which AWS is waited for; left out: the machine's own. */
  readonly clock?: Clock;
}

const REAL_CLOCK: Clock = { now: Date.now, sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)) };

/** The servers behind one access file. */
export interface World {
  /** Reads all of them at once. A target that cannot be read is a problem, never an empty one. */
  readonly inspect: () => Promise<Snapshot>;
  /** Who is connected to a cluster right now. Fails with problems where it cannot be asked. */
  readonly activity: (cluster: DeclaredCluster) => Promise<readonly Connected[]>;
  readonly ports: Ports;
}

/** What reading and writing share. */
interface Servers {
  readonly declared: Declared;
  readonly connector: Connector;
  readonly aws: Aws;
  /** What RDS last said of each cluster: later connections go where it said. */
  readonly rdsOf: Map<string, RdsSnapshot | null>;
  readonly onProgress: (doing: string) => () => void;
  readonly onWait: (doing: string) => () => void;
  readonly clock: Clock;
}

export function createWorld({
  declared,
  env,
  addresses = new Map(),
  readAs = "admin",
  onProgress = () => () => undefined,
  log = NO_LOG,
  clock = REAL_CLOCK,
}: WorldOptions): World {
  const aws = createAws({ env, log, purpose: readAs === "reader" ? "plan" : "apply" });
  const credentialsOf = ({ account }: DeclaredCluster): Credentials | undefined => {
    const of = declared.accounts.get(account ?? "");
    return of && aws.credentials(of);
  };
  const servers: Servers = {
    declared,
    connector: createConnector({ env, addresses, readAs, credentialsOf, log }),
    aws,
    rdsOf: new Map(),
    onProgress: (doing) => logged(log, doing, onProgress(doing)),
    onWait: onProgress,
    clock,
  };
  const inspect = (): Promise<Snapshot> => inspectAll(servers);
  return { inspect, activity: (cluster) => activityOf(servers, cluster), ports: portsOf(servers, inspect) };
}

function logged(log: Log, doing: string, over: () => void): () => void {
  const start = performance.now();
  return () => {
    log.write("info", "read", () => ({ doing, ms: since(start) }));
    over();
  };
}

interface Read<T> {
  readonly snapshot: T | null;
  readonly problems: readonly Problem[];
}
type Answer<T> = { readonly read: T } | { readonly unread: Unread };

/** So many clusters and accounts are read at a time: a fleet must not open all its connections at once. */
const TARGETS_AT_ONCE = 8;

async function inspectAll(servers: Servers): Promise<Snapshot> {
  const { declared } = servers;
  const limit = pLimit(TARGETS_AT_ONCE);
  const [clusters, accounts] = await Promise.all([
    Promise.all([...declared.clusters.values()].map((cluster) => limit(() => readCluster(servers, cluster)))),
    Promise.all([...declared.accounts.values()].map((account) => limit(() => readAccount(servers, account)))),
  ]);
  return {
    clusters: byName(clusters),
    accounts: byName(accounts),
    unread: [...clusters, ...accounts].flatMap((answer) => ("unread" in answer ? [answer.unread] : [])),
  };
}

const byName = <T extends { readonly name: string }>(list: readonly Answer<T>[]): Map<string, T> =>
  new Map(list.flatMap((answer) => ("read" in answer ? [[answer.read.name, answer.read] as const] : [])));

const answerOf = <T>(target: Target, { snapshot, problems }: Read<T>, rds: RdsSnapshot | null): Answer<T> =>
  snapshot === null ? { unread: { target, problems, rds } } : { read: snapshot };

async function readCluster(servers: Servers, cluster: DeclaredCluster): Promise<Answer<ClusterSnapshot>> {
  const read = await inspectOne(servers, cluster);
  return answerOf({ type: "cluster", name: cluster.name }, read, servers.rdsOf.get(cluster.name) ?? null);
}

async function inspectOne(servers: Servers, cluster: DeclaredCluster): Promise<Read<ClusterSnapshot>> {
  const over = servers.onProgress(`Reading cluster ${cluster.name}`);
  try {
    const problems = await lookUp(servers, cluster);
    if (problems.length > 0) return { snapshot: null, problems };
    const roles = [...servers.declared.roles.values()].filter((role) => role.clusters.includes(cluster.name));
    const declaredRoles = new Set(roles.map((role) => role.name));
    const rds = servers.rdsOf.get(cluster.name) ?? null;
    if (rds && waitsForIamAuth(cluster, rds)) return { snapshot: null, problems: [iamAuthFirst(cluster)] };
    return await inspectCluster(servers.connector, { cluster, rds, declaredRoles, owner: servers.declared.owner });
  } finally {
    over();
  }
}

async function readAccount({ aws, declared, onProgress }: Servers, account: DeclaredAccount): Promise<Answer<AccountSnapshot>> {
  const over = onProgress(`Reading IAM of account ${account.name}`);
  try {
    const roles = [...declared.iamRoles.values()].filter((role) => role.account === account.name);
    const doors = declared.iamDoors.filter((door) => door.account === account.name);
    const policies = new Set([...roles, ...doors].flatMap(({ policy }) => policy ?? []));
    const profiles = new Set(roles.flatMap((role) => role.instanceProfile ?? []));
    const anyCluster = [...roles, ...doors].some((one) => one.connect.some(({ clusters }) => clusters === null));
    const details = roles.some(({ description, sessionDuration }) => description !== null || sessionDuration !== null);
    const instances = roles.some((role) => role.instances !== null);
    const scalingGroups = roles.flatMap((role) => role.scalingGroups.map(({ name }) => name));
    const request = { account, names: { policies, profiles }, owner: declared.owner, anyCluster, details, instances, scalingGroups };
    const read = await inspectAccount(aws, request);
    return answerOf({ type: "account", name: account.name }, read, null);
  } finally {
    over();
  }
}

async function activityOf(servers: Servers, cluster: DeclaredCluster): Promise<readonly Connected[]> {
  const problems = await lookUp(servers, cluster);
  if (problems.length > 0) throw new ProblemsError(problems);
  return readActivity(servers.connector, cluster, servers.rdsOf.get(cluster.name) ?? null);
}

/** Asks RDS where a cluster is; problems are why that is not known. */
async function lookUp({ aws, declared, rdsOf }: Servers, cluster: DeclaredCluster): Promise<readonly Problem[]> {
  const account = declared.accounts.get(cluster.account ?? "");
  // The rules see to it that a cluster of RDS has an account.
  if (cluster.rds === null || !account) return [];
  const { rds, problems } = await inspectRds(aws, cluster, account);
  rdsOf.set(cluster.name, rds);
  return problems;
}

function portsOf(servers: Servers, inspect: () => Promise<Snapshot>): Ports {
  const { connector, aws, clock } = servers;
  const accountOf = (name: string): DeclaredAccount => declaredOf(servers.declared.accounts, name);
  const writer = createWriter(connector);
  const at = async (name: string) => {
    const cluster = declaredOf(servers.declared.clusters, name);
    if (!servers.rdsOf.get(name)) {
      const problems = await lookUp(servers, cluster);
      if (problems.length > 0) throw new ProblemsError(problems);
    }
    return { cluster, rds: servers.rdsOf.get(name) ?? null };
  };
  return {
    inspect,
    lock: async (name) => {
      const { cluster, rds } = await at(name);
      if (rds && waitsForIamAuth(cluster, rds)) throw new ProblemsError([iamAuthFirst(cluster)]);
      const lock = await takeLock(connector, cluster, rds);
      return { ...lock, release: async () => void (await Promise.all([lock.release(), writer.close(name)])) };
    },
    begin: async (site) => {
      const { cluster, rds } = await at(site.cluster);
      return writer.begin(cluster, rds, site.database);
    },
    proveLogin: async (name, who) => {
      const { cluster, rds } = await at(name);
      return proveLogin(connector, cluster, rds, cluster[who] ?? cluster.admin);
    },
    callAws: async (call) => {
      const account = accountOf(call.account);
      await callAws(aws, account, call, servers);
      await awaitRds(aws, account, call, servers);
    },
    awaitSeen: async (calls) => {
      const [first] = calls;
      if (first) await awaitSeen(aws, accountOf(first.account), calls, servers);
    },
    sleep: clock.sleep,
  };
}

function declaredOf<T>(things: ReadonlyMap<string, T>, name: string): T {
  const thing = things.get(name);
  if (!thing) throw new Error(`${name} is not declared`);
  return thing;
}
