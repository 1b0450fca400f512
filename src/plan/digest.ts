import type { ChangeOp, Effect, Plan } from "../model/plan.js";
import type { Key } from "../model/resource.js";

/** SHA-256 of a text, hexadecimal. Passed in, so that the core needs no runtime. */
export type Hash = (text: string) => string;

/** Over (system identifier or account id, key, op, effects): what a reviewer approves. */
export const changeId = (hash: Hash, identity: string, key: Key, op: ChangeOp, effects: readonly Effect[]): string =>
  hash(JSON.stringify([identity, key, op, effects.map((e) => [e.effect, e.who, e.what, e.preposition, e.on])]));

/** Over owner, scope, format version and the sorted ids; places, texts, warnings, steps and times are outside it. */
export function planDigest(hash: Hash, plan: Pick<Plan, "version" | "owner" | "scope"> & { readonly ids: readonly string[] }): string {
  return `sha256:${hash(JSON.stringify([plan.version, plan.owner, plan.scope, [...plan.ids].sort()]))}`;
}
