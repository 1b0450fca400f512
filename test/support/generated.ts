/** Set by `npm run test:long`: the seed of the round, a factor for the number of runs, and the minutes that are left. */
const SEED = process.env["PGACCORD_SEED"];
const FACTOR = Number(process.env["PGACCORD_RUNS"] ?? 1);
const MINUTES = Number(process.env["PGACCORD_MINUTES"] ?? Number.POSITIVE_INFINITY);

/** The same in every `npm test`: a failure there is nobody's bad luck. */
const SHORT_SEED = 1;

/** The part of fast-check's parameters that a tier decides. */
export interface Extent {
  readonly seed: number;
  readonly numRuns: number;
}

/** For fc.assert and fc.sample: `short` runs in `npm test`, `long` in each round of a long run. */
export const generated = (runs: { readonly short: number; readonly long: number }): Extent =>
  SEED === undefined ? { seed: SHORT_SEED, numRuns: runs.short } : { seed: Number(SEED), numRuns: Math.ceil(runs.long * FACTOR) };

/** Asked by a property before each run, which then returns at once. fast-check's own limit would leave an asynchronous run under way. */
export const timeIsOver = (): boolean => performance.now() > MINUTES * 60_000;
