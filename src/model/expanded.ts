import type { Problem } from "./problem.js";
import type { Desired, Key } from "./resource.js";
import type { Source } from "./right.js";

/** The lines behind a resource, and behind each of its rights. Equal ones may be shared by many resources. */
export interface Sources {
  readonly whole: readonly Source[];
  /** By what the kind calls the right: `role select`, an atom's key. Equal lists are the same; worked out when it is asked. */
  readonly of: (right: string) => readonly Source[];
}
const NONE: readonly Source[] = [];
export const NO_SOURCES: Sources = { whole: NONE, of: () => NONE };

/** What the file wants of the servers as they are, and where each wish stands. */
export interface Expanded {
  readonly desired: Desired;
  readonly sources: ReadonlyMap<Key, Sources>;
  /** Neither compared nor changed: a problem says why. */
  readonly leftOut: ReadonlySet<Key>;
  readonly problems: readonly Problem[];
}
