/** pgaccord as a library: the same parts that the command line is made of. */
export { lockAll, releaseAll } from "./apply/locks.js";
export type { Lock, Ports, Transaction } from "./apply/ports.js";
export { runPlan as applyPlan } from "./apply/run.js";
export { loadAccessFile as load } from "./config/load.js";
export type { Declared } from "./model/declared.js";
export { RunError } from "./model/failure.js";
export type { ApplyOutcome, UnitOutcome, UnitStatus } from "./model/outcome.js";
export type { Change, Effect, Plan, Step, Unit } from "./model/plan.js";
export { type Problem, ProblemsError } from "./model/problem.js";
export type { Snapshot } from "./model/snapshot.js";
export { type PlanInput, planAccess as buildPlan } from "./reconcile.js";
export { renderJson } from "./report/json.js";
export { renderMarkdown } from "./report/markdown.js";
export { renderSql } from "./report/sql.js";
export { renderText } from "./report/text.js";
export { createWorld, type World, type WorldOptions } from "./world.js";
