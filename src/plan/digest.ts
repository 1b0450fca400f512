import stringify from "safe-stable-stringify";
import type { Change } from "../model/change.js";
import type { Plan } from "../model/plan.js";
import type { Delta } from "../model/right.js";

/** SHA-256 of a text, hexadecimal. Passed in, so that the core needs no runtime. */
export type Hash = (text: string) => string;

/** A value as one text, whatever the order of its keys. */
export const canonical = (value: unknown): string => stringify(value) ?? "null";

/** Hashes a delta once, however many changes share it. Sources are no part of what it gives and takes. */
export function createDeltaHash(hash: Hash): (delta: Delta) => string {
  const known = new Map<Delta, string>();
  return (delta) => {
    const found = known.get(delta) ?? hash(canonical(delta.map(({ sources: _, ...right }) => right)));
    known.set(delta, found);
    return found;
  };
}

/**
 * Over (identity of the server or account and the target's name, key, op, its rights, before and after where it has attributes): what a
 * reviewer approves. A file copy of a server shares its system identifier, so the name counts, too.
 */
export const changeId = (hash: Hash, identity: string, change: Omit<Change, "id" | "risk" | "sources">, rights: string): string =>
  hash(JSON.stringify([identity, change.target, change.key, change.op, rights, change.attributes && canonical(change.attributes)]));

/** Over owner, scope, format version and the sorted ids; places, texts, warnings, steps and times are outside it. */
export function planDigest(hash: Hash, plan: Pick<Plan, "version" | "owner" | "scope"> & { readonly ids: readonly string[] }): string {
  return `sha256:${hash(JSON.stringify([plan.version, plan.owner, plan.scope, [...plan.ids].sort()]))}`;
}
