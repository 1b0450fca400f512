import type { Problem } from "../../model/problem.js";
import { isPredefinedRole, isRdsRole } from "../../privileges/system-roles.js";
import { type Fault, fault, faultProblem } from "../fault.js";
import { clusterNamesOf, loginsOf, subjectOf } from "../lookup.js";
import { globFault, nameFault, newNameFault } from "../name-fault.js";
import type { SourceFile, SourceRole, Word } from "../source-file.js";
import { errorAt, type Rule, unknownAt } from "./rule.js";

/** Names of roles and users that PostgreSQL or RDS keeps for itself, or that read like something else. */
export const reservedRoleNames: Rule = (file) =>
  file.roles.flatMap((role) => {
    const reason = reservedBecause(role.name.text);
    return reason ? [errorAt(role.name, "reserved-name", `${subjectOf(role)} cannot be declared: ${reason}.`, "Choose another name.")] : [];
  });

export const reservedBecause = (name: string): string | undefined => RESERVED.find((row) => row.refuses(name))?.reason;

const RESERVED: readonly { readonly refuses: (name: string) => boolean; readonly reason: string }[] = [
  { refuses: isPredefinedRole, reason: "PostgreSQL keeps names that begin with pg_ for its own roles" },
  { refuses: isRdsRole, reason: "names that begin with rds are RDS's own" },
  // A role "PUBLIC" can be made, but GRANT … TO "public" means everybody: in a plan the two would look alike.
  { refuses: (name) => /^public$/i.test(name), reason: "PUBLIC means everybody" },
  {
    refuses: (name) => /^(none|current_role|current_user|session_user|user)$/i.test(name),
    reason: "the word has a meaning of its own in GRANT and SET ROLE",
  },
];

/** Managing the admin would take away what it applies with, managing the reader what it plans with. */
export const loginsAreNotDeclared: Rule = (file) =>
  file.roles.flatMap((role) => {
    const clusters = clusterNamesOf(file, role).flatMap((name) => file.clusters.get(name) ?? []);
    const [found] = clusters.flatMap((cluster) =>
      loginsOf(cluster).flatMap(({ noun, user }) => (user.text === role.name.text ? [{ noun, cluster: cluster.name.text }] : [])),
    );
    if (!found) return [];
    const message = `${subjectOf(role)} is the ${found.noun} of cluster "${found.cluster}", which is never managed.`;
    return [errorAt(role.name, "reserved-name", message, "Remove the entry.")];
  });

/** Whoever takes over from themselves has mistaken one of the two names. */
export const formerOwnersAreOthers: Rule = ({ owner, ownerWas }) =>
  ownerWas
    .filter((word) => word.text === owner)
    .map((word) => errorAt(word, "wrong-value", `owner_was names "${owner}", which is the owner.`, "Name the former owner, or remove it."));

/** In PostgreSQL a user is a role: one name, one thing. */
export const roleAndUserOfOneName: Rule = (file) =>
  file.roles
    .filter((role) => role.section === "users" && file.names.roles.has(role.name.text))
    .map((role) =>
      errorAt(
        role.name,
        "role-and-user",
        `"${role.name.text}" is both a role and a user.`,
        "Rename one; PostgreSQL has one space of names for both.",
      ),
    );

/** Names that PostgreSQL would cut off, that hide a character, or that are patterns. */
export const wellFormedNames: Rule = (file) => [
  ...file.roles.flatMap((role) => [...check(role.name, newNameFault), ...(role.was ? check(role.was, nameFault) : [])]),
  ...[...file.clusters.values()].flatMap((cluster) => [
    ...loginsOf(cluster).flatMap(({ user, database }) => [...check(user, nameFault), ...(database ? check(database, databaseFault) : [])]),
    ...[...cluster.databases.values()].flatMap((database) => [
      ...check(database.name, databaseFault),
      ...database.creators.flatMap((creator) => check(creator, nameFault)),
    ]),
  ]),
];

/** Names that stand in marks, keys and messages. */
export const wellFormedIds: Rule = (file) => [...words(file.accounts), ...words(file.clusters)].flatMap((word) => check(word, idFault));

const words = (entries: ReadonlyMap<string, { readonly name: Word }>): Word[] => [...entries.values()].map((entry) => entry.name);

const idFault = (name: string): Fault | null =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)
    ? null
    : fault(
        "odd-name",
        `"${name}" cannot name an account or a cluster.`,
        "Use letters, digits, '.', '_' and '-', at most 63, a letter or digit first.",
      );

const UNREACHABLE_DATABASES = ["template0", "rdsadmin"];

function databaseFault(name: string): Fault | null {
  if (UNREACHABLE_DATABASES.includes(name)) return fault("reserved-name", `Database "${name}" accepts nobody.`, "Remove it.");
  return globFault(name) ?? nameFault(name);
}

const check = (word: Word, find: (name: string) => Fault | null): Problem[] => {
  const found = find(word.text);
  return found ? [faultProblem(found, word.place)] : [];
};

/** Roles and users that say nowhere which clusters they are on, or name one that is not there. */
export const clustersOfRoles: Rule = (file) => [
  ...(file.defaultClusters ?? []).flatMap((name) => unknownCluster(file, name)),
  ...file.roles.flatMap((role) => (role.clusters ?? []).flatMap((name) => unknownCluster(file, name))),
  ...nowhere(file.defaultClusters ? [] : file.roles.filter((role) => role.clusters === null)),
];

/** One missing line, one problem. */
function nowhere([first, ...others]: readonly SourceRole[]): Problem[] {
  if (!first) return [];
  const message =
    others.length === 0
      ? `${subjectOf(first)} is on no cluster: it has no "clusters", and there is no defaults.clusters.`
      : `${subjectOf(first)} and ${others.length} more are on no cluster: they have no "clusters", and there is no defaults.clusters.`;
  return [errorAt(first.name, "missing-key", message, "Add clusters to each, or defaults: { clusters: [NAME] } to the file.")];
}

const unknownCluster = (file: SourceFile, name: Word): Problem[] =>
  file.names.clusters.has(name.text) ? [] : [unknownAt(name, "cluster", file.names.clusters)];
