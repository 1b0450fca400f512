import type { Ports } from "./apply/ports.js";
import { createAws } from "./aws/client.js";
import { callAws } from "./aws/execute.js";
import { inspectAccount } from "./aws/inspect.js";
import { inspectRds } from "./aws/rds.js";
import type { Declared, DeclaredAccount, DeclaredCluster } from "./model/declared.js";
import { type Problem, ProblemsError } from "./model/problem.js";
import type { AccountSnapshot, ClusterSnapshot, RdsSnapshot, Snapshot } from "./model/snapshot.js";
import { createConnector } from "./postgres/connect.js";
import { beginTransaction, proveLogin } from "./postgres/execute.js";
import { inspectCluster } from "./postgres/inspect.js";
import { takeLock } from "./postgres/lock.js";

export interface WorldOptions {
  readonly declared: Declared;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where sockets go instead, by cluster. */
  readonly addresses?: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** Says what begins; the function it returns says that it is over. */
  readonly onProgress?: (doing: string) => () => void;
}

/** The servers behind one access file. */
export interface World {
  /** Reads all of them at once. A target that cannot be read is a problem, never an empty one. */
  readonly inspect: () => Promise<Snapshot>;
  readonly ports: Ports;
}

export function createWorld({ declared, env, addresses = new Map(), onProgress = () => () => undefined }: WorldOptions): World {
  const connector = createConnector({ env, addresses });
  const aws = createAws({ env });
  /** What RDS last said of each cluster: later connections go where it said. */
  const rdsOf = new Map<string, RdsSnapshot | null>();

  const lookUp = async (cluster: DeclaredCluster): Promise<{ problems: readonly Problem[]; found: boolean }> => {
    if (cluster.rds === null) return { problems: [], found: true };
    const { rds, problems } = await inspectRds(aws, cluster, accountOf(declared, cluster));
    rdsOf.set(cluster.name, rds);
    return { problems, found: rds !== null };
  };
  const readCluster = async (cluster: DeclaredCluster): Promise<{ snapshot: ClusterSnapshot | null; problems: readonly Problem[] }> => {
    const over = onProgress(`Reading cluster ${cluster.name}`);
    try {
      const { problems, found } = await lookUp(cluster);
      if (!found) return { snapshot: null, problems };
      const declaredRoles = new Set([...declared.roles.values()].filter((r) => r.clusters.includes(cluster.name)).map((r) => r.name));
      const read = await inspectCluster(connector, { cluster, rds: rdsOf.get(cluster.name) ?? null, declaredRoles, owner: declared.owner });
      return { snapshot: read.snapshot, problems: [...problems, ...read.problems] };
    } finally {
      over();
    }
  };
  const readAccount = async (account: DeclaredAccount): Promise<{ snapshot: AccountSnapshot | null; problems: readonly Problem[] }> => {
    const over = onProgress(`Reading IAM of account ${account.name}`);
    try {
      return await inspectAccount(aws, { account, names: namesIn(declared, account), owner: declared.owner });
    } finally {
      over();
    }
  };
  const inspect = async (): Promise<Snapshot> => {
    const [clusters, accounts] = await Promise.all([
      Promise.all([...declared.clusters.values()].map(readCluster)),
      Promise.all([...declared.accounts.values()].map(readAccount)),
    ]);
    return {
      clusters: new Map(clusters.flatMap(({ snapshot }) => (snapshot ? [[snapshot.name, snapshot] as const] : []))),
      accounts: new Map(accounts.flatMap(({ snapshot }) => (snapshot ? [[snapshot.name, snapshot] as const] : []))),
      problems: distinct([...clusters, ...accounts].flatMap((read) => read.problems)),
    };
  };
  const at = async (name: string): Promise<{ cluster: DeclaredCluster; rds: RdsSnapshot | null }> => {
    const cluster = declared.clusters.get(name);
    if (!cluster) throw new Error(`cluster ${name} is not declared`);
    if (cluster.rds !== null && !rdsOf.get(name)) {
      const { problems, found } = await lookUp(cluster);
      if (!found) throw new ProblemsError(problems);
    }
    return { cluster, rds: rdsOf.get(name) ?? null };
  };
  const account = (name: string): DeclaredAccount => {
    const found = declared.accounts.get(name);
    if (!found) throw new Error(`account ${name} is not declared`);
    return found;
  };
  const ports: Ports = {
    inspect,
    lock: async (name) => {
      const { cluster, rds } = await at(name);
      return takeLock(connector, cluster, rds);
    },
    begin: async (site) => {
      const { cluster, rds } = await at(site.cluster);
      return beginTransaction(connector, cluster, rds, site.database);
    },
    proveLogin: async (name) => {
      const { cluster, rds } = await at(name);
      return proveLogin(connector, cluster, rds);
    },
    callAws: (name, command, input) => callAws(aws, account(name), command, input),
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  };
  return { inspect, ports };
}

/** The rules see to it that a cluster of RDS has an account. */
function accountOf(declared: Declared, cluster: DeclaredCluster): DeclaredAccount {
  const account = declared.accounts.get(cluster.account ?? "");
  if (!account) throw new Error(`cluster ${cluster.name} has no account`);
  return account;
}

function namesIn(declared: Declared, account: DeclaredAccount) {
  const roles = [...declared.iamRoles.values()].filter((role) => role.account === account.name);
  return {
    roles: new Set(roles.map((role) => role.name)),
    policies: new Set(roles.flatMap((role) => role.policy ?? [])),
    profiles: new Set(roles.flatMap((role) => role.instanceProfile ?? [])),
  };
}

/** Wrong credentials meet every call of an account: they are said once. */
function distinct(problems: readonly Problem[]): Problem[] {
  const seen = new Map(problems.map((problem) => [JSON.stringify([problem.code, problem.message, problem.place]), problem]));
  return [...seen.values()];
}
