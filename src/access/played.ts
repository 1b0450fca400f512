import type { Change } from "../model/change.js";
import { bitOfWord, type PrivilegeSet } from "../model/privileges.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Delta } from "../model/right.js";
import { type ClusterState, EVERYBODY, type Group } from "./state.js";

/**
 * The end that the operations lead to, played row by row as PostgreSQL does it, is the one that the changes say: no more goes with a
 * REVOKE, and no less comes with a GRANT. Whatever differs is a defect of this program, and is not run.
 */
export function endProblems(state: ClusterState, changes: readonly Pick<Change, "key" | "op" | "subject" | "delta">[]): Problem[] {
  const byKey = new Map(changes.map((change) => [change.key, change]));
  return state.groups.flatMap((group) => {
    const change = byKey.get(group.of.keys[0] ?? ("" as Change["key"]));
    if (!change || isSaid(state, group, change.delta)) return [];
    return [
      errorProblem("plan-not-proved", `On cluster ${state.facts.name} the statements would do something else than the plan says:`, {
        key: change.key,
        example: change,
        hint: "Report it with the ACL of the object (\\dp) and its lines of the file; until then change it by hand.",
      }),
    ];
  });
}

function isSaid({ names }: ClusterState, group: Group, delta: Delta): boolean {
  const said = new Map<string, { gain: PrivilegeSet; loss: PrivilegeSet }>();
  for (const { effect, who, verbs, other } of delta) {
    // An option that comes or goes alone is no privilege.
    if (other !== null) continue;
    const name = who.type === "role" ? who.name : "";
    const bits = verbs.reduce((set, verb) => set | (bitOfWord(verb) ?? 0), 0);
    const one = said.get(name) ?? { gain: 0, loss: 0 };
    said.set(name, effect === "gains" ? { ...one, gain: one.gain | bits } : { ...one, loss: one.loss | bits });
  }
  return [...group.holdings].every(([role, { before, after }]) => {
    const { gain, loss } = said.get(role === EVERYBODY ? "" : (names[role] ?? "")) ?? { gain: 0, loss: 0 };
    return (after & ~before) === gain && (before & ~after) === loss;
  });
}
