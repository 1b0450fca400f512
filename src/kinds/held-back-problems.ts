import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredIamRole, DeclaredRole } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { heldBackIn } from "./held-back.js";
import { foreignProblems, hostProblems, namedBy } from "./iam-strangers.js";
import { iamDoorsOf } from "./wanted-door.js";
import { iamRolesOf, type WantedIamRole } from "./wanted-iam.js";

/** So many names are said. */
const MOST = 12;
export const few = (names: readonly string[]): string =>
  names.slice(0, MOST).join(", ") + (names.length > MOST ? ` and ${names.length - MOST} more` : "");

const AGAIN = "Apply again when it can be read: the rest is done then.";

/** What stays as it is in each account, because clusters that it leads to were not read. */
export function heldBackProblems(declared: Declared, facts: Facts): Problem[] {
  return [...facts.accounts.values()].flatMap((account) => {
    const held = heldBackIn(declared, facts, account);
    const isFree = (role: DeclaredIamRole): boolean =>
      foreignProblems(facts, account, namedBy(role)).length + hostProblems(account, role).length === 0;
    const own = [...iamRolesOf(declared, facts)].filter((one) => one.account === account && !one.isWhole && isFree(one.role));
    const away = unreadAccounts(declared, facts, own);
    const roles = [...new Set([...(held?.roles ?? []), ...own.map(({ role }) => role.name)])].sort();
    const policies = [...(held?.policies.keys() ?? [])].sort();
    if (roles.length + policies.length === 0) return [];
    const parts = [
      ...(roles.length > 0 ? [`IAM roles ${few(roles)}`] : []),
      ...(policies.length > 0 ? [`what IAM policies ${few(policies)} say of it`] : []),
    ];
    const why = [
      ...(held === null ? [] : [`They lead to cluster ${few(held.clusters)}, which was not read.`]),
      ...(away.length === 0 ? [] : [`They take or trust IAM roles of account ${few(away)}, which was not read.`]),
    ];
    const message = `In account ${account.name} these stay as they are: ${parts.join("; ")}. ${why.join(" ")}`;
    return [warningProblem("left-out", message, { hint: AGAIN })];
  });
}

/** Accounts of IAM roles that these take or trust, of which nothing is known now. */
function unreadAccounts(declared: Declared, facts: Facts, roles: readonly WantedIamRole[]): readonly string[] {
  const named = roles.flatMap(({ role }) => [
    ...role.trust.flatMap((entry) => (entry.type === "role" ? [entry.role] : [])),
    ...role.assume.flatMap(({ to }) => (to.type === "role" ? [to.role] : [])),
  ]);
  const accounts = named.flatMap((id) => declared.iamRoles.get(id)?.account ?? []);
  return [...new Set(accounts)].filter((name) => !facts.accounts.has(name)).sort();
}

/** Users whose way to log in cannot be changed now: a door of theirs cannot be opened or closed with it. */
export function heldLogins(declared: Declared, facts: Facts, cluster: ClusterFacts): readonly string[] {
  const { account } = cluster.declared;
  const users = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name) && switches(cluster, role));
  if (users.length === 0 || account === null || cluster.snapshot.rds === null) return [];
  if (!facts.accounts.has(account)) return users.map((user) => user.name);
  const held = heldDoors(declared, facts, cluster, ({ isWhole }) => !isWhole);
  return users.filter(({ name }) => held.has(name)).map((user) => user.name);
}

/** Users of a cluster with a door in a document that stays as it is. */
export function heldDoors(
  declared: Declared,
  facts: Facts,
  cluster: ClusterFacts,
  isHeld: (role: WantedIamRole) => boolean,
): ReadonlySet<string> {
  const { account } = cluster.declared;
  const held = [...iamRolesOf(declared, facts)].filter((one) => isHeld(one) && one.role.account === account);
  const kept = [...iamDoorsOf(declared, facts)].filter(({ document, door }) => document === null && door.account === account);
  const connects = [...held.flatMap(({ role }) => role.connect), ...kept.flatMap(({ door }) => door.connect)];
  const doors = connects.filter(({ clusters }) => clusters === null || clusters.includes(cluster.name));
  return new Set(doors.map(({ user }) => user));
}

/** From a password to IAM, or back. */
const switches = ({ snapshot, rows }: ClusterFacts, { name, login }: DeclaredRole): boolean =>
  login !== "none" && (snapshot.roles.get(name)?.login ?? false) && (login === "iam") !== rows(RDS_IAM, name).length > 0;

export const heldLoginProblem = (cluster: ClusterFacts, users: readonly string[]): Problem =>
  warningProblem(
    "left-out",
    `On cluster ${cluster.name} these keep their way of logging in: ${few(users.map(displayName))}. Their doors in account ${cluster.declared.account} cannot be changed now.`,
    { hint: AGAIN },
  );
