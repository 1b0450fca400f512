import type { Problem } from "../../model/problem.js";
import { clusterNamesOf, rolesByName, saysWhere } from "../lookup.js";
import type { SourceConnect, SourceFile, SourceIamRole, SourceRole, Word } from "../source-file.js";
import { errorAt, type Rule, unknownAt, warningAt } from "./rule.js";

/** Whose policy opens it. */
type Carrier = Pick<SourceIamRole, "account" | "accounts" | "connect">;
type Check = (connect: SourceConnect, carrier: Carrier, user: SourceRole | undefined, file: SourceFile) => Problem[];

const eachConnect =
  (check: Check): Rule =>
  (file) => {
    const roles = rolesByName(file);
    return carriersIn(file).flatMap((carrier) =>
      carrier.connect.flatMap((connect) => check(connect, carrier, roles.get(connect.user.text), file)),
    );
  };

/** One for each entry: what is wrong with that of several accounts is wrong once. */
const carriersIn = (file: SourceFile): Carrier[] =>
  [...file.iamRoles.values(), ...file.iamDoors].filter(({ account, accounts }) => account.text === accounts[0]);

/** A door leads to a user of this file that logs in by IAM, or with a password that a proxy keeps. */
export const doorsLeadToIamUsers = eachConnect(({ user: word, via }, _carrier, user, file) => {
  if (!file.names.users.has(word.text) && file.names.roles.has(word.text))
    return [errorAt(word, "not-an-iam-user", `"${word.text}" is a role, and cannot log in.`, "Name a user with login: iam.")];
  if (!file.names.users.has(word.text)) return [unknownAt(word, "user", file.names.users)];
  if (!user || user.login === "iam" || (via && user.login === "external")) return [];
  return [
    errorAt(
      word,
      "not-an-iam-user",
      `User "${word.text}" does not log in by IAM, so nobody can use this door.`,
      "Write login: iam for the user.",
    ),
  ];
});

export const doorsSayWhere = eachConnect(({ place, clusters, anyCluster }) => {
  if (clusters && anyCluster) return [errorAt({ place }, "one-of", "The entry has both clusters and any_cluster.", "Keep one of them.")];
  if (clusters || anyCluster) return [];
  return [
    errorAt({ place }, "missing-key", "The entry has neither clusters nor any_cluster.", "Add clusters: [NAME], or any_cluster: true."),
  ];
});

/** A proxy stands in front of clusters that are named. */
export const proxiesAreThere = eachConnect(({ clusters, anyCluster, via }, _carrier, _user, file) => {
  if (!via) return [];
  if (anyCluster) return [errorAt(via, "one-of", "any_cluster leads through every proxy, too.", "Leave via out, or name the clusters.")];
  return (clusters ?? []).flatMap((word) => {
    const rds = file.clusters.get(word.text)?.rds;
    if (!rds || rds.proxy) return [];
    return [errorAt(word, "no-proxy", `Cluster "${word.text}" has no proxy in its rds.`, "Add proxy: NAME there, or leave via out.")];
  });
});

/** The user is on the cluster, and the cluster is in the IAM role's account. */
export const doorsFitClusters = eachConnect((connect, carrier, user, file) =>
  (connect.clusters ?? []).flatMap((word) => {
    const cluster = file.clusters.get(word.text);
    if (!file.names.clusters.has(word.text)) return [unknownAt(word, "cluster", file.names.clusters)];
    if (user && saysWhere(file, user) && !clusterNamesOf(file, user).includes(word.text))
      return [
        errorAt(
          word,
          "user-not-on-cluster",
          `User "${connect.user.text}" is not on cluster "${word.text}".`,
          `Add ${word.text} to the user's clusters.`,
        ),
      ];
    if (!cluster) return [];
    if (!cluster.rds)
      return [
        errorAt(
          word,
          "iam-login-needs-rds",
          `Cluster "${word.text}" has no rds, so no IAM identity can log in there.`,
          "Add rds to the cluster, or remove it here.",
        ),
      ];
    if (!cluster.account || carrier.accounts.includes(cluster.account.text)) return [];
    // An account that is not there is said of itself.
    if (!carrier.accounts.every((account) => file.names.accounts.has(account))) return [];
    return [
      errorAt(
        word,
        "other-account",
        `Cluster "${word.text}" is in account "${cluster.account.text}", what opens it in "${carrier.accounts.join('", "')}".`,
        `Declare an IAM role in account ${cluster.account.text} for it.`,
      ),
    ];
  }),
);

/** The user's name is the tail of dbuser:RESOURCE/NAME, where IAM gives some characters a meaning of their own. */
export const doorNames = eachConnect(({ user }) => {
  const odd = /[*?$/:\s]|[^\u0020-\u00ff]/u.exec(user.text)?.[0];
  if (odd !== undefined)
    return [
      errorAt(
        user,
        "name-in-arn",
        `User "${user.text}" cannot stand in an ARN: "${odd}" ${meaningOf(odd)}.`,
        "Give the user a name of letters, digits, '_', '-' and '.'.",
      ),
    ];
  if (!/[A-Z]/.test(user.text)) return [];
  return [
    warningAt(
      user,
      "upper-case-in-arn",
      `User "${user.text}" has upper case: whoever logs in must write it exactly so.`,
      "Prefer lower case.",
    ),
  ];
});

const meaningOf = (odd: string): string =>
  /[*?]/.test(odd) ? "would match other users" : "has a meaning of its own there, or none that IAM accepts";

export const connectOnce: Rule = (file) => carriersIn(file).flatMap(({ connect }) => repeats(connect));

function repeats(connects: readonly SourceConnect[]): Problem[] {
  const seen = new Set<string>();
  const repeated = (word: Word, key: string): Problem[] => {
    if (seen.has(key)) return [warningAt(word, "duplicate-entry", "The same user is connected to the same cluster twice.", "Remove one.")];
    seen.add(key);
    return [];
  };
  return connects.flatMap(({ user, clusters, via }) =>
    (clusters ?? [{ text: "*", place: user.place }]).flatMap((cluster) =>
      repeated(cluster, JSON.stringify([user.text, cluster.text, via?.text ?? null])),
    ),
  );
}
