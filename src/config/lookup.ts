import type { SourceCluster, SourceFile, SourceLogin, SourceRole, Word } from "./source-file.js";

/** `Role "x"` or `User "x"`, to begin a sentence with. */
export const subjectOf = (role: SourceRole): string => `${role.section === "roles" ? "Role" : "User"} "${role.name.text}"`;

/** `role "x"` or `user "x"`, for the middle of a sentence. */
export const objectOf = (role: SourceRole): string => `${role.section === "roles" ? "role" : "user"} "${role.name.text}"`;

/** The clusters that a role is on: its own list, else that of `defaults`. */
const clustersOf = (file: SourceFile, role: SourceRole): readonly Word[] => role.clusters ?? file.defaultClusters ?? [];

export const clusterNamesOf = (file: SourceFile, role: SourceRole): string[] =>
  [...new Set(clustersOf(file, role).map((c) => c.text))].sort();

/** Where it is not known which clusters are meant, whether it is on one of them is not asked: that is a problem of its own. */
export const saysWhere = (file: SourceFile, role: SourceRole): boolean => {
  const words = clustersOf(file, role);
  return words.length > 0 && words.every((word) => file.names.clusters.has(word.text));
};

/** By name; where a role and a user share a name, the first counts (the clash is a problem of its own). */
export function rolesByName(file: SourceFile): ReadonlyMap<string, SourceRole> {
  return new Map([...file.roles].reverse().map((role) => [role.name.text, role]));
}

/** Names of roles and users, those that the schema refuses too. */
export const declaredRoleNames = (file: SourceFile): string[] => [...file.names.roles, ...file.names.users];

export const isDeclaredRole = (file: SourceFile, name: string): boolean => file.names.roles.has(name) || file.names.users.has(name);

/** The users that pgaccord itself logs in as. */
export const loginsOf = (cluster: SourceCluster): (SourceLogin & { readonly noun: "admin" | "reader" })[] => [
  { noun: "admin", ...cluster.admin },
  ...(cluster.reader ? [{ noun: "reader" as const, ...cluster.reader }] : []),
];

export const usesPassword = (login: SourceLogin): boolean => login.passwordEnv !== null;
export const usesToken = (login: SourceLogin): boolean => login.auth?.text === "iam";
