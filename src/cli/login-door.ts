import { type DeclaredDoor, hopsTo, onlyHop } from "../access/declared-ways.js";
import { createAws } from "../aws/client.js";
import { inspectRds } from "../aws/rds.js";
import { callerArn, takeRoles } from "../aws/take-roles.js";
import type { Credentials } from "../model/credentials.js";
import type { Declared, DeclaredAccount, DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";
import { createConnector } from "../postgres/connect.js";
import type { CliIo } from "./io.js";

/** The step of a login that went wrong. */
export type LoginHop = "assume" | "rds" | "login";

export class HopError extends ProblemsError {
  readonly hop: LoginHop;
  constructor(hop: LoginHop, problems: readonly Problem[]) {
    super(problems);
    this.hop = hop;
  }
}

/** What logging in takes: the file, and where sockets go instead. */
export interface LoginWorld {
  readonly io: CliIo;
  readonly declared: Declared;
  readonly addresses: ReadonlyMap<string, { readonly host: string; readonly port: number }>;
  /** ARN of whoever runs this. */
  readonly caller: string;
}

export async function loginWorld(io: CliIo, declared: Declared, addresses: LoginWorld["addresses"]): Promise<LoginWorld> {
  const [account] = declared.accounts.values();
  if (!account) {
    throw new ProblemsError([
      errorProblem("no-door", "The file has no AWS account, so nobody logs in by IAM.", {
        hint: "Add accounts, and iam_roles with connect.",
      }),
    ]);
  }
  return { io, declared, addresses, caller: await callerArn(account, io) };
}

/** Ready to log in through it. */
export interface OpenDoor {
  readonly cluster: DeclaredCluster;
  readonly rds: RdsSnapshot;
  readonly credentials: Credentials | undefined;
}

/** Takes the IAM roles on the way, and asks RDS for the endpoint, for which tokens are signed. */
export async function openDoor(world: LoginWorld, { role, cluster: behind, viaProxy }: DeclaredDoor): Promise<OpenDoor> {
  const { io, declared, caller } = world;
  const cluster = alone(behind, viaProxy);
  const account = accountOf(declared, cluster.account);
  const hops = hopsTo(declared, role, caller) ?? onlyHop(declared, role, caller);
  const taken = hops.map((hop) => ({ ...hop, account: accountOf(declared, hop.role.account) }));
  const credentials = await inHop("assume", takeRoles(taken, caller, io));
  return { cluster, rds: await endpointOf(io, cluster, account, credentials), credentials };
}

/** An IAM role that only has doors may not ask RDS: then whoever plans does, and then the file. */
async function endpointOf(
  io: CliIo,
  cluster: DeclaredCluster,
  account: DeclaredAccount,
  credentials: Credentials | undefined,
): Promise<RdsSnapshot> {
  const first = await inspectRds(createAws({ ...io, purpose: "plan", as: { credentials } }), cluster, account);
  if (first.rds) return throughProxy(first.rds);
  if (!first.problems.some(({ code }) => code === "aws-access-denied")) throw new HopError("rds", first.problems);
  const second = await inspectRds(createAws({ ...io, purpose: "plan" }), cluster, account);
  const known = second.rds ? throughProxy(second.rds) : endpointIn(cluster);
  if (known) return known;
  throw new HopError("rds", first.problems);
}

/** Proxies of PostgreSQL listen where it does by default (RDS user guide, "Connecting to a database through RDS Proxy"). */
const throughProxy = (rds: RdsSnapshot): RdsSnapshot => (rds.proxy ? { ...rds, endpoint: rds.proxy.endpoint, port: 5432 } : rds);

/** Nothing is asked of RDS but what a login needs. A tunnel of the file leads to the cluster itself, and not to its proxy. */
const alone = (cluster: DeclaredCluster, viaProxy: boolean): DeclaredCluster => ({
  ...cluster,
  address: viaProxy ? null : cluster.address,
  rds: cluster.rds && { ...cluster.rds, also: [], proxy: viaProxy ? cluster.rds.proxy : null },
  ensure: { ...cluster.ensure, iamAuth: false, logConnections: false },
});

/** Where nobody may ask: an endpoint of RDS that stands in the file. The certificate says whether it is the one. */
function endpointIn({ address, rds }: DeclaredCluster): RdsSnapshot | null {
  if (!address || !rds || !/\.rds\.amazonaws\.(com|com\.cn|eu)$/.test(address.host)) return null;
  const { type, id } = rds;
  return { type, id, resourceId: "", endpoint: address.host, port: address.port, iamAuth: true, masterUser: null };
}

/** Logs in and asks who that is. @returns what the server says */
export async function proveLogin({ io, addresses }: LoginWorld, door: OpenDoor, user: string, database: string): Promise<string> {
  const login: DeclaredLogin = { user, auth: { type: "iam" }, database };
  const connector = createConnector({ ...io, addresses, readAs: "admin", credentialsOf: () => door.credentials });
  // As a user of the file, not as who applies it.
  const cluster = { ...door.cluster, admin: login, reader: null };
  const session = await inHop("login", connector.connect(cluster, door.rds, database, "read")).catch((error: unknown) => {
    throw error instanceof HopError ? withGroups(error, door.rds) : error;
  });
  try {
    const [row] = await session.query<{ name: string }>("SELECT current_user AS name");
    return row?.name ?? "";
  } finally {
    await session.end();
  }
}

/** Who keeps a packet out is looked at by whoever may change that. */
function withGroups({ hop, problems }: HopError, { securityGroups = [], port }: RdsSnapshot): HopError {
  if (securityGroups.length === 0) return new HopError(hop, problems);
  const said = `Its security groups are ${securityGroups.join(", ")}: they must let this machine in on port ${port}.`;
  return new HopError(
    hop,
    problems.map((problem) => (problem.code === "cannot-connect" ? { ...problem, hint: `${problem.hint ?? ""} ${said}`.trim() } : problem)),
  );
}

const inHop = <T>(hop: LoginHop, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof ProblemsError ? new HopError(hop, error.problems) : error;
  });

function accountOf({ accounts }: Declared, name: string | null): DeclaredAccount {
  const account = accounts.get(name ?? "");
  if (!account) throw new Error(`no account ${name}`);
  return account;
}
