import type { Facts } from "../facts/facts.js";
import type { Around } from "../kinds/spec.js";
import type { Desired, Key } from "../model/resource.js";
import type { Found, Leftover } from "./analysed.js";

/** What is known to stay: roles by `cluster name`, keys. It only grows. */
interface Known {
  readonly heldBack: ReadonlySet<string>;
  readonly keepers: ReadonlySet<string>;
  readonly keys: ReadonlySet<Key>;
}

/**
 * What stays keeps other things from going: a role that it names is not dropped, so its memberships do not go with it; nobody joins a role
 * that keeps too much. So the differences are looked at again until nothing more is found to stay.
 */
export function findAttainable(
  analyse: (around: Around) => Found,
  { facts, desired, isAccepted }: { readonly facts: Facts; readonly desired: Desired; readonly isAccepted: (one: Leftover) => boolean },
): Found {
  let known: Known = { heldBack: new Set(), keepers: new Set(), keys: new Set() };
  for (;;) {
    const found = analyse(aroundOf(known, desired));
    const more = learn(known, found.left, facts, isAccepted);
    if (sizeOf(more) === sizeOf(known)) return found;
    known = more;
  }
}

const roleKey = (cluster: string, role: string): string => JSON.stringify([cluster, role]);
const sizeOf = ({ heldBack, keepers, keys }: Known): number => heldBack.size + keepers.size + keys.size;

const aroundOf = ({ heldBack, keepers, keys }: Known, desired: Desired): Around => ({
  desired,
  isHeldBack: (cluster, role) => heldBack.has(roleKey(cluster, role)),
  keepsTooMuch: (cluster, role) => keepers.has(roleKey(cluster, role)),
  stays: (key) => keys.has(key),
});

function learn(known: Known, left: readonly Leftover[], facts: Facts, isAccepted: (one: Leftover) => boolean): Known {
  const clusters = left.filter((one) => one.target.type === "cluster");
  const orphans = clusters.flatMap(({ target: { name }, names }) =>
    names.filter((role) => facts.clusters.get(name)?.orphans.has(role)).map((role) => roleKey(name, role)),
  );
  // What is accepted keeps nobody from coming in.
  const keepers = clusters.flatMap((one) =>
    (isAccepted(one) ? [] : one.effects).flatMap(({ effect, who, on }) =>
      effect === "loses" && who.type === "role" && on.type !== "login" ? [roleKey(who.cluster, who.name)] : [],
    ),
  );
  return {
    heldBack: new Set([...known.heldBack, ...orphans]),
    keepers: new Set([...known.keepers, ...keepers]),
    keys: new Set([...known.keys, ...left.map(({ key }) => key)]),
  };
}
