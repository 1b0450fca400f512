import type { Unheld } from "../model/net.js";
import { AFTER, BEFORE, principalOf } from "./net.js";
import type { Reacher } from "./reach.js";
import type { Stage } from "./state.js";

/** Roles that gain or lose something and by which nobody logs in: no user's net tells of it. */
export function unheldOf(reacher: Reacher): Unheld {
  const { state } = reacher;
  const gains = new Set<number>();
  const loses = new Set<number>();
  for (const group of state.groups.filter(({ varies }) => varies)) {
    for (const [role, { before, after }] of group.holdings) {
      if (after & ~before) gains.add(role);
      if (before & ~after) loses.add(role);
    }
  }
  const unheld = (roles: ReadonlySet<number>, stage: Stage) => {
    const held = roles.size === 0 ? new Set<number>() : heldAt(reacher, stage);
    return [...roles].filter((role) => state.names[role] !== undefined && !held.has(role)).map((role) => principalOf(reacher, role));
  };
  return { gains: unheld(gains, AFTER), loses: unheld(loses, BEFORE) };
}

/** Every role whose rights somebody who logs in has, or comes to by SET ROLE. */
function heldAt({ state, closure }: Reacher, stage: Stage): Set<number> {
  const held = new Set<number>();
  for (const user of state.names.keys()) {
    const { login, now, afterSet } = closure(user, stage);
    if (login) for (const roles of [now, ...afterSet]) for (const role of roles) held.add(role);
  }
  return held;
}
