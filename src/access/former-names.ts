import type { Net } from "../model/net.js";
import type { ClusterState } from "./state.js";

/** Whoever logs in by another name from now on is named, if nothing else changes for it, too. */
export function withFormerNames(net: readonly Net[], { facts, logins, indexOf }: ClusterState): Net[] {
  const { pending } = facts.renames;
  const said = new Set<string>();
  const named = net.map((one): Net => {
    const was = one.who.type === "role" ? pending.get(one.who.name) : undefined;
    if (was === undefined || one.who.type !== "role") return one;
    said.add(one.who.name);
    return { ...one, was };
  });
  const quiet = [...pending].filter(([name]) => !said.has(name) && logins[indexOf(name)]?.after);
  return [
    ...named,
    ...quiet.map(([name, was]): Net => ({ who: { type: "role", cluster: facts.name, name }, items: [], nowThrough: [], was })),
  ];
}
