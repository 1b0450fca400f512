import type { AthenaClient, GetQueryExecutionOutput, GetQueryResultsOutput } from "@aws-sdk/client-athena";
import type { AthenaRow } from "../evidence/athena-sql.js";
import type { DeclaredAthena } from "../model/declared.js";
import { errorProblem, ProblemsError } from "../model/problem.js";

export interface AthenaAnswer {
  readonly rows: readonly AthenaRow[];
  readonly bytesScanned: number;
}

export interface AthenaRun {
  readonly client: AthenaClient;
  readonly athena: DeclaredAthena;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

const POLL_MS = 1000;
/** A query that runs longer than half an hour is ended by Athena itself. */
const MOST_POLLS = 1860;

/** Runs a query and reads all of its rows. */
export async function runAthena({ client, athena, sleep }: AthenaRun, sql: string): Promise<AthenaAnswer> {
  const { StartQueryExecutionCommand } = await import("./trail-sdk.js");
  const [database = "default"] = athena.table.split(".");
  const started = await client.send(
    new StartQueryExecutionCommand({ QueryString: sql, WorkGroup: athena.workgroup, QueryExecutionContext: { Database: database } }),
  );
  const id = started.QueryExecutionId ?? "";
  const { QueryExecution: done } = await ended({ client, athena, sleep }, id);
  return { rows: await readRows(client, id), bytesScanned: done?.Statistics?.DataScannedInBytes ?? 0 };
}

async function ended({ client, athena, sleep }: AthenaRun, QueryExecutionId: string): Promise<GetQueryExecutionOutput> {
  const { GetQueryExecutionCommand } = await import("./trail-sdk.js");
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    const answer: GetQueryExecutionOutput = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }));
    const status = answer.QueryExecution?.Status;
    if (status?.State === "SUCCEEDED") return answer;
    if (status?.State === "FAILED" || status?.State === "CANCELLED") throw failed(athena, status.State, status.StateChangeReason ?? "");
    await sleep(POLL_MS);
  }
  throw failed(athena, "RUNNING", "it did not end in half an hour");
}

function failed({ table, workgroup, place }: DeclaredAthena, state: string, reason: string): ProblemsError {
  const missing = /TABLE_NOT_FOUND|SCHEMA_NOT_FOUND|does not exist|Table .{0,200} not found/i.test(reason);
  const why = reason === "" ? "" : `: ${reason.replace(/\.$/, "")}`;
  if (missing)
    return new ProblemsError([
      errorProblem("trail-table-missing", `Athena finds no table ${table}${why}.`, {
        place,
        hint: "pgaccord trail --print-ddl prints it; without evidence.cloudtrail.athena the event history of 90 days is read.",
      }),
    ]);
  return new ProblemsError([
    errorProblem("athena-failed", `Athena's query of ${table} in workgroup ${workgroup} ended as ${state}${why}.`, {
      place,
      hint: "Does the table have the columns that pgaccord trail --print-ddl prints, and the workgroup a place for results?",
    }),
  ]);
}

/** The first row of the first page is the names of the columns. */
async function readRows(client: AthenaClient, QueryExecutionId: string): Promise<AthenaRow[]> {
  const { GetQueryResultsCommand } = await import("./trail-sdk.js");
  const rows: AthenaRow[] = [];
  let head: readonly string[] | null = null;
  let NextToken: string | undefined;
  do {
    const input = { QueryExecutionId, MaxResults: 1000, ...(NextToken ? { NextToken } : {}) };
    const page: GetQueryResultsOutput = await client.send(new GetQueryResultsCommand(input));
    for (const { Data = [] } of page.ResultSet?.Rows ?? []) {
      const cells = Data.map(({ VarCharValue = null }) => VarCharValue);
      if (head === null) head = cells.map((cell) => cell ?? "");
      else rows.push(Object.fromEntries(head.map((name, i) => [name, cells[i] ?? null])));
    }
    NextToken = page.NextToken;
  } while (NextToken);
  return rows;
}
