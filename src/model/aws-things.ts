import type { Place } from "./place.js";
import type { Tag } from "./resource.js";

/** Instances of the IAM role's account and region. */
export interface DeclaredInstances {
  readonly ids: readonly { readonly id: string; readonly place: Place }[];
  /** All of them, where `ids` is empty. Sorted by key. */
  readonly tags: readonly Tag[];
  /** Takes the place of another profile. */
  readonly replace: boolean;
  readonly place: Place;
}

/** `also`: identifiers of servers that stand in for it; `proxy`: name of the RDS Proxy in front of it. */
export interface DeclaredRds {
  readonly type: "cluster" | "instance";
  readonly id: string;
  readonly also: readonly string[];
  readonly proxy: string | null;
}

/** An EC2 instance. */
export interface InstanceSnapshot {
  readonly id: string;
  /** pending, running, stopping, stopped, shutting-down, terminated. */
  readonly state: string;
  readonly tags: readonly Tag[];
  /** The profile that it carries; null: none. */
  readonly association: { readonly id: string; readonly profileArn: string } | null;
}
