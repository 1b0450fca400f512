import type { Clock } from "../../src/model/ports.js";

/** Waits so many times shorter, in a time that only waits make pass: two minutes are as many waits as they ever are. */
export function quickClock(times: number): Clock {
  let waited = 0;
  return {
    now: () => waited,
    sleep: async (milliseconds) => {
      await new Promise((resolve) => setTimeout(resolve, milliseconds / times));
      waited += milliseconds;
    },
  };
}
