import type { Source } from "./plan.js";
import type { Problem } from "./problem.js";
import type { Desired, Key } from "./resource.js";

/** The lines behind a resource; under a role's name those of one grantee, under "" those of the whole. */
export type SourcesByWho = ReadonlyMap<string, readonly Source[]>;

/** What the file wants of the servers as they are, and where each wish stands. */
export interface Expanded {
  readonly desired: Desired;
  readonly sources: ReadonlyMap<Key, SourcesByWho>;
  /** Neither compared nor changed: a problem says why. */
  readonly leftOut: ReadonlySet<Key>;
  readonly problems: readonly Problem[];
}
