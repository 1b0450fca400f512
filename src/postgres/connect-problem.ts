import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import { quoteIdent } from "../privileges/sql.js";

/** What went wrong before the server said a word. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  readonly code: "cannot-connect" | "tls-failed" | "no-tls";
  constructor(code: ConnectError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

interface Coded {
  readonly code?: string;
  readonly message: string;
}

interface Row {
  readonly code: string;
  readonly when: (error: Coded) => boolean;
  readonly text: (where: Where, error: Coded) => { readonly message: string; readonly hint: string };
}
interface Where {
  readonly cluster: DeclaredCluster;
  readonly login: DeclaredLogin;
  readonly database: string;
  readonly at: string;
}

const oneOf =
  (...codes: readonly string[]) =>
  (error: Coded): boolean =>
    codes.includes(error.code ?? "");

/** Of pg itself, which gives it no code: a server's message always has one. */
const isLoginOfDriver = ({ code, message }: Coded): boolean => code === undefined && message.startsWith("SASL");

/** Node's own codes are words without a digit (EPIPE). */
export const isSqlState = (error: unknown): boolean =>
  typeof error === "object" && error !== null && "code" in error && /^(?=.*\d)[0-9A-Z]{5}$/.test(String(error.code));

/** Whether settings of the database may have ended it: a library that may not be loaded is 42501, too. */
export function mayBeOfSettings(error: unknown): boolean {
  const coded = codedOf(error);
  const row = ROWS.find((r) => r.when(coded));
  return row?.code === "session-refused" || row?.code === "may-not-connect";
}

/** What a failed connection means, first match first. SQLSTATEs decide: a server's messages are in its own language. */
const ROWS: readonly Row[] = [
  {
    code: "missing-database",
    when: oneOf("3D000"),
    text: ({ cluster, database }) => ({
      message: `Database ${database} does not exist on cluster ${cluster.name}.`,
      hint: "Create it first, or correct its name in the file.",
    }),
  },
  {
    code: "login-refused",
    when: (e) => oneOf("28P01", "28000")(e) || isLoginOfDriver(e),
    text: ({ cluster, login, at }, e) => ({
      message: `The server at ${at} refused the login of ${login.user} to cluster ${cluster.name}: ${e.message}.`,
      hint: refusedHint(login, e.code === "28000"),
    }),
  },
  {
    code: "may-not-connect",
    when: oneOf("42501"),
    text: ({ cluster, login, database }, e) => ({
      message: `${login.user} may not connect to database ${database} of cluster ${cluster.name}: ${e.message}.`,
      hint: `Let its owner run: GRANT CONNECT ON DATABASE ${quoteIdent(database)} TO ${quoteIdent(login.user)};`,
    }),
  },
  {
    code: "too-many-connections",
    when: oneOf("53300", "53400"),
    text: ({ cluster }, e) => ({
      message: `Cluster ${cluster.name} has no free connection: ${e.message}.`,
      hint: "Try again when it is less busy.",
    }),
  },
  {
    code: "server-not-ready",
    when: oneOf("57P03", "57P01", "57P02"),
    text: ({ cluster }, e) => ({ message: `Cluster ${cluster.name} is not ready: ${e.message}.`, hint: "Try again in a moment." }),
  },
  {
    code: "tls-failed",
    when: oneOf("no-tls"),
    text: ({ cluster, at }, e) => ({
      message: `No trusted TLS connection to cluster ${cluster.name} at ${at}: ${e.message}.`,
      hint: "Turn TLS on at the server. tls: { mode: disable } does without, where no password or token crosses a network.",
    }),
  },
  {
    code: "tls-failed",
    when: oneOf("tls-failed"),
    text: ({ cluster, at }, e) => ({
      message: `No trusted TLS connection to cluster ${cluster.name} at ${at}: ${e.message}.`,
      hint: "Name the certificate authority in tls.ca or NODE_EXTRA_CA_CERTS; behind a tunnel the certificate must be that of the endpoint.",
    }),
  },
  {
    code: "session-refused",
    when: isSqlState,
    text: ({ cluster, database }, e) => ({
      message: `No session can be opened in database ${database} of cluster ${cluster.name}: ${e.message}.`,
      hint: "Look at what ALTER DATABASE or ALTER ROLE … SET says there (\\drds in psql). Until then the whole cluster is left out.",
    }),
  },
  {
    code: "cannot-connect",
    when: () => true,
    text: ({ cluster, at }, e) => ({
      message: `Cannot connect to cluster ${cluster.name} at ${at}: ${e.message || e.code}.`,
      hint: "Is a PostgreSQL server up there, the address right, and the network open (VPN, tunnel, security group)?",
    }),
  },
];

/** `byRule`: no password was wrong; the role, or a line of pg_hba.conf, keeps it out. */
function refusedHint({ auth }: DeclaredLogin, byRule: boolean): string {
  if (auth.type === "iam")
    return "Is it a member of rds_iam, may these AWS credentials rds-db:connect as it, is IAM authentication on, and is the clock right?";
  if (byRule) return "Does that user exist, has it LOGIN, and does pg_hba.conf let it in from here? Else name another user in the file.";
  return auth.type === "none"
    ? "The server asks for a password, and the file says auth: none: write password_env: NAME in its place."
    : `Correct the password in the variable ${auth.env}, or its name in the file.`;
}

export function connectProblem(error: unknown, where: Where): Problem {
  if (error instanceof ProblemsError && error.problems[0]) return error.problems[0];
  const coded = codedOf(error);
  const row = ROWS.find((r) => r.when(coded));
  const { message, hint } = row?.text(where, coded) ?? {
    message: coded.message,
    hint: "",
  };
  return errorProblem(row?.code ?? "cannot-connect", message, { place: where.cluster.place, hint });
}

function codedOf(error: unknown): Coded {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return { message: String(first) };
  const code = "code" in first && typeof first.code === "string" ? first.code : undefined;
  return { message: first.message.replace(/\.$/, ""), ...(code === undefined ? {} : { code }) };
}

export const transactionPooler = (cluster: DeclaredCluster, how: string): ProblemsError =>
  new ProblemsError([
    errorProblem("transaction-pooler", `Cluster ${cluster.name} is behind a transaction pooler, which loses locks and settings: ${how}.`, {
      place: cluster.place,
      hint: "Connect to the server itself, or through a pooler in session mode: address: or --address says where.",
    }),
  ]);
