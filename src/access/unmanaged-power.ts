import type { ClusterFacts, Facts } from "../facts/facts.js";
import { type Change, effectsOf } from "../model/change.js";
import { type Problem, warningProblem } from "../model/problem.js";
import type { MembershipRow, RoleSnapshot } from "../model/snapshot.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { rdsPower } from "../privileges/system-roles.js";
import { listsBy, namesText } from "./few.js";
import { afterwards } from "./self-lockout.js";

/** Declared roles that can do what no file gives and no plan takes: their rights say little of what they reach. */
export const unmanagedPower = (facts: Facts, changes: readonly Change[]): Problem[] =>
  [...facts.clusters.values()].flatMap((cluster) => {
    const declared = [...cluster.declaredRoles].filter((name) => !cluster.untouchable.has(name)).sort();
    return [...ownPowers(cluster, declared), ...reachedPowers(cluster, new Set(declared), changes)];
  });

/** Attributes pass by no membership, only by SET ROLE (PostgreSQL manual, "Role Attributes"). */
const ATTRIBUTES = [
  { word: "SUPERUSER", has: (role: RoleSnapshot) => role.superuser },
  { word: "BYPASSRLS", has: (role: RoleSnapshot) => role.bypassRls },
  { word: "CREATEROLE", has: (role: RoleSnapshot) => role.createRole },
  { word: "REPLICATION", has: (role: RoleSnapshot) => role.replication },
] as const;

const attributesOf = (role: RoleSnapshot): string[] => ATTRIBUTES.filter(({ has }) => has(role)).map(({ word }) => word);

/** One warning for all that have the same. */
function ownPowers({ name, snapshot }: ClusterFacts, declared: readonly string[]): Problem[] {
  const strong = declared.flatMap((role) => snapshot.roles.get(role) ?? []).filter((role) => attributesOf(role).length > 0);
  return [...listsBy(strong, (role) => attributesOf(role).join(", "))].map(([power, roles]) => {
    const names = roles.map((role) => role.name);
    const statement = `ALTER ROLE ${quoteIdent(names[0] ?? "")} NO${power.replaceAll(", ", " NO")};`;
    return unmanaged(
      `${rolesText(names)} of cluster ${name} ${names.length === 1 ? "has" : "have"} ${power}, which the file neither gives nor takes.`,
      `Where it is not meant, let a superuser run: ${statement}`,
    );
  });
}

/** Whom the declared ones can become when the plan is applied. */
function reachedPowers(cluster: ClusterFacts, declared: ReadonlySet<string>, changes: readonly Change[]): Problem[] {
  const { name, snapshot } = cluster;
  const moved = changes.filter(({ subject, target }) => subject.type === "membership" && target.type === "cluster" && target.name === name);
  const below = membersBelow(afterwards(snapshot, moved.flatMap(effectsOf)).memberships);
  return [...snapshot.roles.values()].flatMap((role) => {
    const power = rdsPower(role.name) ?? attributesOf(role).join(", ");
    const who = power === "" ? [] : below(role.name).filter((member) => declared.has(member));
    if (who.length === 0) return [];
    return unmanaged(
      `${rolesText(who)} of cluster ${name} can become ${displayName(role.name)}, which has ${power}: the file neither gives nor takes that.`,
      "Look at the memberships on the way, and take away what is not meant.",
    );
  });
}

/** Who reaches a role on any way, sorted. The options of a row do not matter: who has ADMIN OPTION gives itself the others. */
function membersBelow(rows: readonly MembershipRow[]): (role: string) => string[] {
  const byRole = listsBy(rows, (row) => row.role);
  return (role) => {
    const seen = new Set([role]);
    for (const one of seen) for (const row of byRole.get(one) ?? []) seen.add(row.member);
    seen.delete(role);
    return [...seen].sort();
  };
}

const rolesText = (names: readonly string[]): string => `${names.length === 1 ? "Role" : "Roles"} ${namesText(names.map(displayName))}`;

const unmanaged = (message: string, hint: string): Problem => warningProblem("unmanaged-power", message, { attention: true, hint });
