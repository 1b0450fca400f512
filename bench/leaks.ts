import { performance } from "node:perf_hooks";
import { judgeAll, manyPrincipals } from "../test/support/many-principals.js";
import { median } from "./process.js";

const PRINCIPALS = 5000;

/** In one process: what it takes to judge who of an account opens which door. */
export function leaksText(): string {
  const account = manyPrincipals(PRINCIPALS);
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    const { evaluations } = judgeAll(account);
    return { evaluations, milliseconds: performance.now() - start };
  });
  const time = median(runs.map(({ milliseconds }) => milliseconds));
  const rate = (runs[0]?.evaluations ?? 0) / time / 1000;
  return `  leaks of ${PRINCIPALS} principals, 200 doors     ${time.toFixed(0)} ms (target 1000 ms, ${time <= 1000 ? "met" : "missed"}); ${rate.toFixed(1)} million evaluations a second`;
}
