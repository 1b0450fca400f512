import type { ClusterFacts, Facts } from "../facts/facts.js";
import { isManaged } from "../facts/iam-things.js";
import type { Declared } from "../model/declared.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { displayName } from "../privileges/sql.js";
import { few, heldDoors } from "./held-back-problems.js";
import { leadsTo } from "./renamed-doors.js";

/** What a rename does besides, and what keeps its door from being moved along. */
export function renameProblems(declared: Declared, facts: Facts, cluster: ClusterFacts): Problem[] {
  return [...declared.roles.values()].flatMap((role) => {
    const { name, was, login } = role;
    if (was === null || !role.clusters.includes(cluster.name)) return [];
    const pending = cluster.renames.pending.has(name);
    const of = { place: was.place };
    const problems: Problem[] = [];
    if (pending && heldDoors(declared, facts, cluster, ({ connect }) => connect === null).has(name)) {
      const message = `${displayName(was.name)} on cluster ${cluster.name} cannot become ${displayName(name)}: its door in account ${cluster.declared.account} cannot be moved along now.`;
      problems.push(
        errorProblem("rename-refused", message, { ...of, hint: "What keeps it is said beside this; apply again when that is settled." }),
      );
    }
    if (pending && login === "external") {
      const message = `A password of ${displayName(was.name)} that is stored as MD5 is cleared when it becomes ${displayName(name)} on cluster ${cluster.name}; one that is stored as SCRAM stays.`;
      problems.push(
        warningProblem("rename-clears-md5", message, {
          ...of,
          hint: "If it logs in by an MD5 password, set it anew afterwards: \\password",
        }),
      );
    }
    const left = pending || !cluster.snapshot.roles.has(was.name) ? danglingDoors(facts, cluster, was.name) : [];
    if (left.length > 0) {
      const message = `${few(left)} still let in ${displayName(was.name)} of cluster ${cluster.name}, which is called ${displayName(name)}: whoever makes that name again opens the door.`;
      problems.push(
        warningProblem("dangling-door", message, {
          ...of,
          attention: true,
          hint: "They are not pgaccord's: take the old name out of them.",
        }),
      );
    }
    return problems;
  });
}

/** Documents of others that name a user of a cluster: what pgaccord manages names it no more when the plan is done. */
function danglingDoors(facts: Facts, { declared, snapshot: { rds } }: ClusterFacts, user: string): string[] {
  const account = facts.accounts.get(declared.account ?? "");
  if (!account || !rds) return [];
  const opens = (document: string): boolean =>
    leadsTo(
      document,
      resourceIdsOf(rds).map((id) => ({ id, user })),
    );
  const policies = [...account.snapshot.policies.values()].filter((policy) => !isManaged(facts, account, "iam.policy", policy));
  const inline = [...account.snapshot.foreign].flatMap(([who, { inline: list }]) =>
    list.map(({ name, document }) => ({ noun: `inline policy ${name} of ${who.replace("/", " ")}`, document })),
  );
  const all = [...policies.map(({ name, document }) => ({ noun: `policy ${name}`, document })), ...inline];
  return all.filter(({ document }) => opens(document)).map(({ noun }) => noun);
}
