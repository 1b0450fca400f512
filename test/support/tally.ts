import type { TaskMeta } from "vitest";

/** What a test says of itself to those who read the run: what it counted, and what it leaves to a larger tier. */
export interface Tally {
  /** Like { "kills on PostgreSQL 14": 6 }. */
  readonly counts?: Readonly<Record<string, number>>;
  /** Like "34 of 44 steps (npm run test:matrix kills at each)". */
  readonly left?: string;
}

declare module "vitest" {
  interface TaskMeta {
    tally?: Tally;
  }
}

/** For the reporter, and for the summary of a long run. */
export function tally(context: { readonly task: { readonly meta: TaskMeta } }, values: Tally): void {
  context.task.meta.tally = values;
}
