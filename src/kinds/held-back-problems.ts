import type { ClusterFacts, Facts } from "../facts/facts.js";
import type { Declared, DeclaredIamRole, DeclaredRole } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { RDS_IAM } from "../privileges/system-roles.js";
import { heldBackIn } from "./held-back.js";
import { foreignProblems, hostProblems, namedBy } from "./iam-strangers.js";
import { iamDoorsOf } from "./wanted-door.js";
import { iamRolesOf } from "./wanted-iam.js";

/** So many names are said. */
const MOST = 12;
const few = (names: readonly string[]): string =>
  names.slice(0, MOST).join(", ") + (names.length > MOST ? ` and ${names.length - MOST} more` : "");

const AGAIN = "Apply again when it can be read: the rest is done then.";

/** What stays as it is in each account, because clusters that it leads to were not read. */
export function heldBackProblems(declared: Declared, facts: Facts): Problem[] {
  return [...facts.accounts.values()].flatMap((account) => {
    const held = heldBackIn(declared, facts, account);
    if (held === null) return [];
    const wanted = [...iamRolesOf(declared, facts)];
    const isFree = (role: DeclaredIamRole): boolean =>
      foreignProblems(facts, account, namedBy(role)).length + hostProblems(account, role).length === 0;
    const waiting = wanted.filter((one) => one.account === account && !one.isWhole && isFree(one.role));
    const roles = [...new Set([...held.roles, ...waiting.map(({ role }) => role.name)])].sort();
    const policies = [...held.policies.keys()].sort();
    if (roles.length + policies.length === 0) return [];
    const parts = [
      ...(roles.length > 0 ? [`IAM roles ${few(roles)}`] : []),
      ...(policies.length > 0 ? [`what IAM policies ${few(policies)} say of it`] : []),
    ];
    const message = `In account ${account.name} these stay as they are: ${parts.join("; ")}. They lead to cluster ${few(held.clusters)}, which was not read.`;
    return [warningProblem("left-out", message, { hint: AGAIN })];
  });
}

/** Users whose way to log in cannot be changed now: a door of theirs cannot be opened or closed with it. */
export function heldLogins(declared: Declared, facts: Facts, cluster: ClusterFacts): readonly string[] {
  const { account } = cluster.declared;
  const users = [...declared.roles.values()].filter((role) => role.clusters.includes(cluster.name) && switches(cluster, role));
  if (users.length === 0 || account === null || cluster.snapshot.rds === null) return [];
  if (!facts.accounts.has(account)) return users.map((user) => user.name);
  const held = [...iamRolesOf(declared, facts)].filter(({ isWhole, role }) => !isWhole && role.account === account);
  const kept = [...iamDoorsOf(declared, facts)].filter(({ document, door }) => document === null && door.account === account);
  const connects = [...held.flatMap(({ role }) => role.connect), ...kept.flatMap(({ door }) => door.connect)];
  const doors = connects.filter(({ clusters }) => clusters === null || clusters.includes(cluster.name));
  return users.filter(({ name }) => doors.some(({ user }) => user === name)).map((user) => user.name);
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
