import { environmentCredentials } from "../model/credentials.js";
import type { DeclaredCluster, DeclaredLogin } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { RdsSnapshot } from "../model/snapshot.js";

/** The login's password or token; undefined where the server asks for none. Never in a message. */
export async function passwordOf(
  cluster: DeclaredCluster,
  { auth, user }: DeclaredLogin,
  rds: RdsSnapshot | null,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  if (auth.type === "none") return undefined;
  if (auth.type === "password") {
    const password = env[auth.env];
    if (password !== undefined && password !== "") return password;
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
  return token(cluster, rds, cluster.region, user, env);
}

/** For the endpoint that RDS reports, whatever the socket's address: a token for another name is refused (RDS user guide). */
async function token(
  cluster: DeclaredCluster,
  rds: RdsSnapshot,
  region: string,
  username: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const { Signer } = await import("@aws-sdk/rds-signer");
  const credentials = environmentCredentials(env);
  try {
    return await new Signer({
      hostname: rds.endpoint,
      port: rds.port,
      username,
      region,
      ...(credentials ? { credentials } : {}),
    }).getAuthToken();
  } catch (error) {
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
