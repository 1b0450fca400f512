import type { ClusterFacts } from "../facts/facts.js";
import { batchKeyOf, renderBatch, stageOf } from "../kinds/operations.js";
import { groupBy } from "../model/group-by.js";
import type { Operation } from "../model/operation.js";
import type { Step } from "../model/plan.js";
import type { Key } from "../model/resource.js";
import type { Things } from "../model/thing.js";
import { lendsNothingGiven, lendUsage, resetRole, selfGrant, setRole, takeUsageBack, undoSelfGrant } from "../privileges/run-as.js";
import type { UnitDraft } from "./draft.js";
import { isOnSchema, type Stake, usageAtStake } from "./usage.js";

type SqlOperation = Exclude<Operation, { type: "aws" }>;
type Draft = Omit<Step, "unit">;

/** One API call an operation. */
export const awsSteps = (draft: UnitDraft): Draft[] =>
  draft.operations.flatMap((o): Draft[] =>
    o.type === "aws" && "account" in o.site ? [{ phase: o.phase, changes: [o.change], run: { account: o.site.account, ...o.args } }] : [],
  );

/**
 * Operations of one stage, acting role and batch key become one statement. Each acting role gets its SET ROLE, and, once per
 * unit, what makes that possible and undoes it: all inside the unit's transaction.
 */
export function sqlSteps(draft: UnitDraft, cluster: ClusterFacts, things: Things): Draft[] {
  const { powers } = cluster;
  const operations = draft.operations.filter((o): o is SqlOperation => o.type !== "aws");
  const stakes = usageAtStake(operations, cluster, things);
  const loans = loansOf(stakes);
  const acts = [...operations, ...loans];
  const acting = [...new Set(acts.flatMap(({ as }) => (as === null ? [] : [as])))].sort();
  const changesOf = (role: string): Key[] => [...new Set(acts.filter((o) => o.as === role).flatMap(changesIn))];
  const helper = (role: string, statements: readonly string[]): Draft[] =>
    statements.map((sql) => ({ phase: draft.phase, changes: changesOf(role), run: { sql } }));
  // Whoever acts in a schema does so before its own ACL changes, where that is what gives the role USAGE there.
  const atOf = (o: SqlOperation): number => (stakes.length > 0 && isOnSchema(o) ? ON_SCHEMA : stageOf(o.type));
  const between = (from: number, to: number): Draft[] => {
    const own = operations.filter((o) => atOf(o) >= from && atOf(o) < to);
    const stages = [...new Set(own.map(atOf))].sort((a, b) => a - b);
    return stages.flatMap((at) =>
      stageSteps(
        own.filter((o) => atOf(o) === at),
        draft,
        things,
      ),
    );
  };
  return [
    ...acting.flatMap((role) => helper(role, selfGrant(powers, role))),
    ...between(0, FIRST_ACT),
    ...loans.flatMap((loan) => [
      { phase: draft.phase, changes: loan.changes, run: { sql: lendsNothingGiven(loan.schema, loan.to) } },
      ...loanSteps(draft, loan, lendUsage(loan.schema, loan.to)),
    ]),
    ...between(FIRST_ACT, ON_SCHEMA),
    ...loans.flatMap((loan) => loanSteps(draft, loan, takeUsageBack(loan.schema, loan.to))),
    ...between(ON_SCHEMA, Number.POSITIVE_INFINITY),
    ...acting.flatMap((role) => helper(role, undoSelfGrant(powers, role))),
  ];
}

/** The first stage in which things of a schema are named; and, in stages, behind the last of those. */
const FIRST_ACT = stageOf("revoke");
const ON_SCHEMA = stageOf("grant-default") + 0.5;

/** USAGE on a schema for the moment: taken back before the schema's own ACL changes. */
interface Loan {
  readonly schema: string;
  /** Whom the statement runs as; null: the admin itself. */
  readonly as: string | null;
  readonly to: readonly string[];
  readonly changes: readonly Key[];
}

function loansOf(stakes: readonly Stake[]): Loan[] {
  const lent = stakes.filter((stake) => stake.lender !== undefined);
  return [...groupBy(lent, ({ schema, lender }) => JSON.stringify([schema, lender])).values()].map((own) => ({
    schema: own[0]?.schema ?? "",
    as: own[0]?.lender ?? null,
    to: [...new Set(own.map(({ actor }) => actor))].sort(),
    changes: [...new Set(own.flatMap(({ acts }) => acts.map((o) => o.change)))],
  }));
}

const changesIn = (of: SqlOperation | Loan): readonly Key[] => ("changes" in of ? of.changes : [of.change]);

const loanSteps = ({ phase }: UnitDraft, { as, changes }: Loan, sql: string): Draft[] =>
  [...(as === null ? [] : [setRole(as)]), sql, ...(as === null ? [] : [resetRole])].map((text) => ({ phase, changes, run: { sql: text } }));

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
