import { createServer, type Server } from "node:http";
import { afterEach, expect, it } from "vitest";
import { createAws } from "../../../src/aws/client.js";
import { runAthena } from "../../../src/aws/trail-athena.js";
import type { DeclaredAccount } from "../../../src/model/declared.js";
import { NO_LOG } from "../../../src/model/log.js";
import { ProblemsError } from "../../../src/model/problem.js";

const place = { file: "access.yaml", line: 1, column: 1 };
const ACCOUNT: DeclaredAccount = { name: "db", id: "1", region: "us-east-2", partition: "aws", planRole: null, applyRole: null, place };
const ATHENA = { account: "db", workgroup: "audit", table: "logs.trail", place };

let server: Server;
afterEach(() => new Promise((resolve) => server.close(resolve)));

interface Answers {
  readonly states: string[];
  readonly reason?: string;
  readonly rows?: number;
}

/** Athena as its API says: states one after the other, at most 1,000 rows a page, the names of the columns on top of the first. */
async function ask({ states, reason, rows = 0 }: Answers) {
  const waits: number[] = [];
  const asked: Record<string, unknown>[] = [];
  const all = [["a", "b"], ...Array.from({ length: rows }, (_, i) => [String(i), ""])];
  const answers: Readonly<Record<string, (body: Record<string, unknown>) => object>> = {
    StartQueryExecution: () => ({ QueryExecutionId: "q" }),
    GetQueryExecution: () => ({
      QueryExecution: { Status: { State: states.shift(), StateChangeReason: reason }, Statistics: { DataScannedInBytes: 12_345 } },
    }),
    GetQueryResults: (body) => {
      const start = Number(body["NextToken"] ?? 0);
      const end = start + Math.min(Number(body["MaxResults"] ?? 1000), 1000);
      const Rows = all.slice(start, end).map(([a, b]) => ({ Data: [{ VarCharValue: a }, b === "" ? {} : { VarCharValue: b }] }));
      return { ResultSet: { Rows }, ...(end < all.length ? { NextToken: String(end) } : {}) };
    },
  };
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (piece) => {
      text += piece;
    });
    request.on("end", () => {
      const body: Record<string, unknown> = JSON.parse(text);
      asked.push(body);
      response.writeHead(200, { "content-type": "application/x-amz-json-1.1", connection: "close" });
      response.end(JSON.stringify(answers[String(request.headers["x-amz-target"]).split(".")[1] ?? ""]?.(body) ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: "AKIA", AWS_SECRET_ACCESS_KEY: "secret" };
  const client = await createAws({ env, log: NO_LOG, purpose: "plan" }).athena(ACCOUNT, "us-east-2");
  const sleep = async (milliseconds: number): Promise<void> => void waits.push(milliseconds);
  const result = await runAthena({ client, athena: ATHENA, sleep }, "SELECT 1").catch((error: unknown) => error);
  return { result, waits, asked };
}

const problem = (result: unknown) =>
  result instanceof ProblemsError ? result.problems.map(({ code, message }) => [code, message]) : result;

it("is waited for, and its rows are read to the last page without the names of the columns", async () => {
  const { result, waits, asked } = await ask({ states: ["QUEUED", "RUNNING", "SUCCEEDED"], rows: 2500 });
  expect(waits).toEqual([1000, 1000]);
  expect(result).toMatchObject({ bytesScanned: 12_345 });
  const { rows } = result as { rows: Record<string, string | null>[] };
  expect([rows.length, rows[0], rows[2499]]).toEqual([2500, { a: "0", b: null }, { a: "2499", b: null }]);
  expect(asked[0]).toMatchObject({ WorkGroup: "audit", QueryExecutionContext: { Database: "logs" } });
});

it("a table that is not there, and a query that failed, are said with Athena's words", async () => {
  const reason = "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.logs.trail' does not exist";
  expect(problem((await ask({ states: ["FAILED"], reason })).result)).toEqual([
    ["trail-table-missing", `Athena finds no table logs.trail: ${reason}.`],
  ]);
  await new Promise((resolve) => server.close(resolve));
  const failed = await ask({ states: ["RUNNING", "CANCELLED"], reason: "Bytes scanned limit was exceeded" });
  expect(problem(failed.result)).toEqual([
    ["athena-failed", "Athena's query of logs.trail in workgroup audit ended as CANCELLED: Bytes scanned limit was exceeded."],
  ]);
});
