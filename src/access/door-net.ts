import type { Net, NetItem } from "../model/net.js";
import type { Thing } from "../model/thing.js";
import type { Door } from "./doors.js";

/** Which IAM roles log in as more, or as fewer users in the end, on whatever way. */
export function doorNet(doors: readonly Door[]): Net[] {
  const byDoor = new Map<string, { door: Door; before: number; after: number }>();
  for (const door of doors) {
    const [before, , , after] = door.open;
    const key = JSON.stringify([door.who, door.resource, door.user]);
    const known = byDoor.get(key) ?? { door, before: 0, after: 0 };
    byDoor.set(key, { door, before: Math.max(known.before, before), after: Math.max(known.after, after) });
  }
  const byRole = new Map<string, { who: Door["who"]; items: NetItem[] }>();
  for (const { door, before, after } of byDoor.values()) {
    if (before === after) continue;
    const key = JSON.stringify(door.who);
    const net = byRole.get(key) ?? { who: door.who, items: [] };
    byRole.set(key, net);
    net.items.push({ verbs: ["login"], from: before ? 3 : 0, to: after ? 3 : 0, through: [], examples: [thingOf(door)], count: 1 });
  }
  return [...byRole.values()].map((net) => ({ ...net, nowThrough: [] }));
}

const thingOf = ({ resource, user }: Door): Thing => ({ type: "door", resource, user });
