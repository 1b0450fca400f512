import { batchKeyOf, renderBatch, stageOf } from "../kinds/operations.js";
import type { Operation } from "../model/operation.js";
import type { Step } from "../model/plan.js";
import type { Things } from "../model/thing.js";
import type { Powers } from "../privileges/powers.js";
import { resetRole, selfGrant, setRole, undoSelfGrant } from "../privileges/run-as.js";
import { groupBy, type UnitDraft } from "./draft.js";

type SqlOperation = Exclude<Operation, { type: "aws" }>;
type Draft = Omit<Step, "unit">;

/** One API call an operation. */
export const awsSteps = (draft: UnitDraft): Draft[] =>
  draft.operations.flatMap((o): Draft[] =>
    o.type === "aws" && "account" in o.site
      ? [{ phase: o.phase, changes: [o.change], run: { account: o.site.account, command: o.args.command, input: o.args.input } }]
      : [],
  );

/**
 * Operations of one stage, acting role and batch key become one statement. Each acting role gets its SET ROLE, and, once per
 * unit, what makes that possible and undoes it: all inside the unit's transaction.
 */
export function sqlSteps(draft: UnitDraft, powers: Powers, things: Things): Draft[] {
  const operations = draft.operations.filter((o): o is SqlOperation => o.type !== "aws");
  const stages = groupBy(operations, (o) => String(stageOf(o.type)).padStart(2, "0"));
  const acting = [...new Set(operations.flatMap((o) => (o.as === null ? [] : [o.as])))].sort();
  const changesOf = (role: string) => [...new Set(operations.filter((o) => o.as === role).map((o) => o.change))];
  const helper = (role: string, statements: readonly string[]): Draft[] =>
    statements.map((sql) => ({ phase: draft.phase, changes: changesOf(role), run: { sql } }));
  return [
    ...acting.flatMap((role) => helper(role, selfGrant(powers, role))),
    ...[...stages].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, own]) => stageSteps(own, draft, things)),
    ...acting.flatMap((role) => helper(role, undoSelfGrant(powers, role))),
  ];
}

function stageSteps(operations: readonly SqlOperation[], draft: UnitDraft, things: Things): Draft[] {
  const sorted = [...operations].sort((a, b) => a.rank - b.rank);
  return [...groupBy(sorted, (o) => `${o.rank} ${o.as === null ? "" : JSON.stringify(o.as)}`).values()].flatMap((own) => {
    const role = own[0]?.as ?? null;
    const steps = [...groupBy(own, batchKeyOf).values()].flatMap((batch) => batchSteps(batch, draft, things));
    if (role === null) return steps;
    const changes = [...new Set(own.map((o) => o.change))];
    const around = (sql: string): Draft => ({ phase: draft.phase, changes, run: { sql } });
    return [around(setRole(role)), ...steps, around(resetRole)];
  });
}

function batchSteps(batch: readonly SqlOperation[], draft: UnitDraft, things: Things): Draft[] {
  const changes = [...new Set(batch.map((o) => o.change))];
  return renderBatch(batch, things).map((sql) => ({ phase: draft.phase, changes, run: { sql } }));
}
