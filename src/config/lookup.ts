import type { SourceCluster, SourceFile, SourceRole, Word } from "./source-file.js";

/** `Role "x"` or `User "x"`, to begin a sentence with. */
export const subjectOf = (role: SourceRole): string => `${role.section === "roles" ? "Role" : "User"} "${role.name.text}"`;

/** `role "x"` or `user "x"`, for the middle of a sentence. */
export const objectOf = (role: SourceRole): string => `${role.section === "roles" ? "role" : "user"} "${role.name.text}"`;

/** The clusters that a role is on: its own list, else that of `defaults`. */
const clustersOf = (file: SourceFile, role: SourceRole): readonly Word[] => role.clusters ?? file.defaultClusters ?? [];

export const clusterNamesOf = (file: SourceFile, role: SourceRole): string[] =>
  [...new Set(clustersOf(file, role).map((c) => c.text))].sort();

/** By name; where a role and a user share a name, the first counts (the clash is a problem of its own). */
export function rolesByName(file: SourceFile): ReadonlyMap<string, SourceRole> {
  return new Map([...file.roles].reverse().map((role) => [role.name.text, role]));
}

/** Names of roles and users, those that the schema refuses too. */
export const declaredRoleNames = (file: SourceFile): string[] => [...file.names.roles, ...file.names.users];

export const isDeclaredRole = (file: SourceFile, name: string): boolean => file.names.roles.has(name) || file.names.users.has(name);

export const usesPassword = (cluster: SourceCluster): boolean => cluster.admin.passwordEnv !== null;
export const usesToken = (cluster: SourceCluster): boolean => cluster.admin.auth?.text === "iam";
