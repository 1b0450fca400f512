import type { Credentials } from "../model/credentials.js";
import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { foreignSecret } from "../model/foreign-secret.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";

/** Where passwords and tokens come from. */
export interface Secrets {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whose AWS credentials sign the tokens of a cluster; undefined: the SDK looks for itself. */
  readonly credentialsOf: (cluster: DeclaredCluster) => Credentials | undefined;
}

/** The login's password or token; undefined where the server asks for none. Never in a message. */
export async function passwordOf(
  cluster: DeclaredCluster,
  { auth, user }: DeclaredLogin,
  rds: RdsSnapshot | null,
  { env, credentialsOf }: Secrets,
): Promise<string | undefined> {
  if (auth.type === "none") return undefined;
  if (auth.type === "password") {
    const password = env[auth.env];
    if (password !== undefined && password !== "") return checked(password, cluster, user, env);
    throw new ProblemsError([
      errorProblem(
        "password-env-missing",
        `The variable ${auth.env} is not set. It holds the password of ${user}, who logs in to cluster ${cluster.name}.`,
        {
          place: cluster.place,
          hint: "Set it in the environment of this command, or correct password_env in the file.",
        },
      ),
    ]);
  }
  if (rds === null || cluster.region === null) return undefined;
  return token(cluster, rds, cluster.region, user, credentialsOf(cluster));
}

/** A file can name any variable, under any name: what looks like another's secret is sent to no server. */
function checked(password: string, cluster: DeclaredCluster, user: string, env: Readonly<Record<string, string | undefined>>): string {
  const found = foreignSecret(password, env);
  if (found === null) return password;
  throw new ProblemsError([
    errorProblem(
      "refused-variable",
      `The variable that holds the password of ${user} of cluster ${cluster.name} looks like ${found}: it was sent to no server.`,
      {
        place: cluster.place,
        hint: "Name the password's own variable in password_env. This check knows some shapes; what guards all is that connections of a pull request are not followed before the merge.",
      },
    ),
  ]);
}

/** For the endpoint that RDS reports, whatever the socket's address: a token for another name is refused (RDS user guide). */
async function token(
  cluster: DeclaredCluster,
  rds: RdsSnapshot,
  region: string,
  username: string,
  credentials: Credentials | undefined,
): Promise<string> {
  const { Signer } = await import("@aws-sdk/rds-signer");
  try {
    return await new Signer({
      hostname: rds.endpoint,
      port: rds.port,
      username,
      region,
      ...(credentials ? { credentials } : {}),
    }).getAuthToken();
  } catch (error) {
    if (error instanceof ProblemsError) throw error;
    throw new ProblemsError(
      [
        errorProblem("aws-no-credentials", `No AWS credentials to log in to cluster ${cluster.name} as ${username} with IAM.`, {
          place: cluster.place,
          hint: "Log in to AWS (aws sso login), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        }),
      ],
      { cause: error },
    );
  }
}
