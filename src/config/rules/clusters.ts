import { isForeignVariable } from "../../model/foreign-secret.js";
import type { Problem } from "../../model/problem.js";
import { isLocal, isSocket, parseAddress } from "../address.js";
import { faultProblem } from "../fault.js";
import { loginsOf, usesPassword, usesToken } from "../lookup.js";
import type { SourceCluster, SourceFile, Word } from "../source-file.js";
import { tlsModeOf } from "../tls-mode.js";
import { errorAt, type Rule, unknownAt } from "./rule.js";

const eachCluster =
  (check: (cluster: SourceCluster, file: SourceFile) => Problem[]): Rule =>
  (file) =>
    [...file.clusters.values()].flatMap((cluster) => check(cluster, file));

export const accountsOfClusters = eachCluster(({ account }, file) =>
  account && !file.names.accounts.has(account.text) ? [unknownAt(account, "account", file.names.accounts)] : [],
);

/** Where the server is: RDS tells with an account, an address otherwise. */
export const whereClustersAre = eachCluster((cluster) => {
  const { name, account, region, rds, address } = cluster;
  const problems: Problem[] = [];
  if (rds && !account)
    problems.push(errorAt(name, "missing-key", `Cluster "${name.text}" has rds but no account.`, "Add account: NAME, a key of accounts."));
  if (!rds && !address)
    problems.push(
      errorAt(
        name,
        "missing-key",
        `Cluster "${name.text}" has neither rds nor address.`,
        "Add rds: { cluster: ID }, rds: { instance: ID } or address: HOST:PORT.",
      ),
    );
  for (const [key, word] of Object.entries({ account, region }))
    if (word && !rds)
      problems.push(errorAt(word, "wrong-value", `"${key}" has a meaning only with rds.`, `Remove it, or add rds: { cluster: ID }.`));
  return problems;
});

export const rdsNamesOne = eachCluster(({ name, rds, rdsKeys }) => {
  const named = rdsKeys.filter(({ text }) => text === "cluster" || text === "instance");
  const [first, other] = named;
  const [key] = rdsKeys;
  const own = (rds?.also ?? []).find(({ text }) => text.toLowerCase() === rds?.id.toLowerCase());
  if (first && other)
    return [errorAt(other, "one-of", `The rds of cluster "${name.text}" has both cluster and instance.`, "Keep one of them.")];
  if (key && !first)
    return [
      errorAt(
        key,
        "missing-key",
        `The rds of cluster "${name.text}" has neither cluster nor instance.`,
        "Add cluster: ID or instance: ID.",
      ),
    ];
  return own ? [errorAt(own, "wrong-value", `"${own.text}" is the cluster itself.`, "Name what stands in for it, or leave also out.")] : [];
});

export const ensuredOfRds = eachCluster(({ name, rds, ensure }) =>
  ensure && !rds
    ? [
        errorAt(
          ensure,
          "wrong-value",
          `"ensure" has a meaning only with rds: cluster "${name.text}" has none.`,
          "Remove it, or add rds: { cluster: ID }.",
        ),
      ]
    : [],
);

export const addresses = eachCluster(({ address }) => {
  const parsed = address && parseAddress(address.text);
  return parsed && !parsed.ok ? [faultProblem(parsed.fault, address.place)] : [];
});

/** Two names for one server would take each other's roles away. */
export const clustersOnce: Rule = (file) => {
  const first = new Map<string, Word>();
  return [...file.clusters.values()].flatMap((cluster) => {
    const identity = identityOf(cluster, file);
    const other = identity === null ? undefined : first.get(identity);
    if (identity !== null && !other) first.set(identity, cluster.name);
    return other
      ? [
          errorAt(
            cluster.name,
            "duplicate-cluster",
            `Clusters "${other.text}" and "${cluster.name.text}" are the same server.`,
            "Keep one of them.",
          ),
        ]
      : [];
  });
};

function identityOf({ rds, account, region, address }: SourceCluster, file: SourceFile): string | null {
  if (!rds) return address ? address.text.toLowerCase() : null;
  const declared = account && file.accounts.get(account.text);
  return declared ? JSON.stringify([declared.id.text, region?.text ?? declared.region, rds.type, rds.id.toLowerCase()]) : null;
}

export const howLoginsWork = eachCluster((cluster) => loginsOf(cluster).flatMap((login) => howItLogsIn(login, cluster)));

function howItLogsIn(login: ReturnType<typeof loginsOf>[number], { name, rds }: SourceCluster): Problem[] {
  const problems: Problem[] = [];
  if (login.auth && login.passwordEnv)
    problems.push(
      errorAt(
        login.passwordEnv,
        "one-of",
        `The ${login.noun} of cluster "${name.text}" has both auth and password_env.`,
        "Keep one of them.",
      ),
    );
  if (!login.auth && !login.passwordEnv)
    problems.push(
      errorAt(
        login,
        "missing-key",
        `The ${login.noun} of cluster "${name.text}" has neither auth nor password_env.`,
        "Add auth: iam, auth: none or password_env: NAME.",
      ),
    );
  if (login.auth?.text === "iam" && !rds)
    problems.push(
      errorAt(
        login.auth,
        "iam-login-needs-rds",
        `The ${login.noun} of cluster "${name.text}" logs in with an IAM token, which only RDS accepts.`,
        "Add rds to the cluster, or use password_env or auth: none.",
      ),
    );
  return problems;
}

export const passwordVariables = eachCluster((cluster) =>
  loginsOf(cluster).flatMap(({ passwordEnv }) =>
    passwordEnv && isForeignVariable(passwordEnv.text)
      ? [
          errorAt(
            passwordEnv,
            "refused-variable",
            `"${passwordEnv.text}" is refused: by its name it holds a secret of the CI, a cloud, a registry or SSH, and no database's password.`,
            "Put the password into a variable of its own, such as REPORTING_PASSWORD.",
          ),
        ]
      : [],
  ),
);

/** Secrets go only over verified TLS, a socket or loopback; RDS is never on loopback, even behind a tunnel. */
export const secretsOverTls = eachCluster((cluster) => {
  const { mode } = cluster.tls;
  const login = loginsOf(cluster).find((one) => usesPassword(one) || usesToken(one));
  if (mode?.text !== "disable" || !login) return [];
  const address = cluster.address && parseAddress(cluster.address.text);
  if (!cluster.rds && (!address?.ok || isLocal(address.value.host))) return [];
  const secret = usesToken(login) ? "token" : "password";
  return [
    errorAt(
      mode,
      "tls-required",
      `The ${login.noun}'s ${secret} would cross the network without TLS.`,
      "Remove the mode (verify-full is the default), or use auth: none.",
    ),
  ];
});

export const tlsFits = eachCluster((cluster) => {
  const { mode, ca } = cluster.tls;
  const address = cluster.address && parseAddress(cluster.address.text);
  const problems: Problem[] = [];
  if (cluster.rds && mode?.text === "disable")
    problems.push(errorAt(mode, "wrong-value", "RDS is always reached over TLS.", "Remove mode: disable."));
  if (ca && mode?.text === "disable")
    problems.push(errorAt(ca, "one-of", "A ca has no meaning with mode: disable.", "Remove one of them."));
  if (cluster.address && address?.ok && isSocket(address.value.host) && tlsModeOf(cluster) === "verify-full")
    problems.push(
      errorAt(mode ?? cluster.address, "tls-on-socket", "PostgreSQL speaks no TLS on a unix socket.", "Use HOST:PORT, or leave tls out."),
    );
  return problems;
});
