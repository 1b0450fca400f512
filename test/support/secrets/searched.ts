import type { Kind } from "./needles.js";

/** How much was searched. */
export interface Searched {
  readonly bytes: number;
  readonly commands: number;
  readonly calls: number;
  readonly logs: number;
  readonly processLists: number;
  readonly activities: number;
  readonly secrets: number;
  readonly kinds: readonly Kind[];
}

/** How the failure of a file begins in which a secret got out. */
export const GOT_OUT = "A secret got out";

declare module "vitest" {
  interface TaskMeta {
    searched?: Searched;
  }
}
