import type { Facts } from "../facts/facts.js";
import type { Change } from "../model/change.js";
import type { Declared } from "../model/declared.js";
import type { Problem } from "../model/problem.js";
import { danglingPrincipals } from "./dangling-principals.js";
import { type LeakTime, leaks } from "./leaks.js";
import { movedIds } from "./moved-ids.js";
import { proxyDoors } from "./proxy-doors.js";
import { publicHolds } from "./public-holds.js";
import { undeclaredClusters } from "./undeclared-clusters.js";
import { unmanagedPower } from "./unmanaged-power.js";

/** What no plan changes and a reviewer must know all the same: without it "no changes" would say that all is well. */
export const dangerous = (declared: Declared, facts: Facts, changes: readonly Change[], time: LeakTime): Problem[] => [
  ...unmanagedPower(facts, changes),
  ...publicHolds(facts),
  ...leaks(declared, facts, time),
  ...movedIds(declared, facts),
  ...proxyDoors(declared, facts),
  ...danglingPrincipals(facts),
  ...undeclaredClusters(declared, facts),
];
