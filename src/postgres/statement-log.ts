import { isFields } from "../model/json.js";
import { type Log, type LogFields, since } from "../model/log.js";

/** What is logged of one connection. */
export interface StatementLog {
  readonly connected: <T>(connecting: Promise<T>, fields: LogFields, start: number) => Promise<T>;
  /** What comes before that: logged only where it fails. */
  readonly failed: <T>(opening: Promise<T>, fields: LogFields, start: number) => Promise<T>;
  /** Never the values of its parameters. */
  readonly statement: <T>(sql: string, running: Promise<T>) => Promise<T>;
  /** The connection broke while nothing was under way, or under a statement. */
  readonly lost: (error: unknown) => void;
}

/** @param clientOf the driver's, once there is one */
export function createStatementLog(log: Log, clientOf: () => object | null, where: LogFields): StatementLog {
  // Known once the server has answered (pg, lib/client.js).
  const pid = (): number | null => {
    const client = clientOf();
    return client && "processID" in client && typeof client.processID === "number" ? client.processID : null;
  };
  const timed = async <T>(event: string, work: Promise<T>, start: number, fields: (result: T | undefined) => LogFields): Promise<T> => {
    try {
      const result = await work;
      log.write("debug", event, () => ({ ...where, pid: pid(), ms: since(start), ...fields(result) }));
      return result;
    } catch (error) {
      log.write("debug", event, () => ({ ...where, pid: pid(), ms: since(start), ...fields(undefined), error: codeOf(error) }));
      throw error;
    }
  };
  const failed = async <T>(opening: Promise<T>, fields: LogFields, start: number): Promise<T> => {
    try {
      return await opening;
    } catch (error) {
      log.write("debug", "connect", () => ({ ...where, pid: pid(), ms: since(start), ...fields, error: codeOf(error) }));
      throw error;
    }
  };
  return {
    failed,
    connected: (connecting, fields, start) => timed("connect", connecting, start, () => fields),
    statement: (sql, running) =>
      timed("sql", running, performance.now(), (result) => ({ rows: rowsOf(result), statement: shownStatement(sql) })),
    lost: (error) => log.write("error", "connection-lost", () => ({ ...where, pid: pid(), error: codeOf(error) })),
  };
}

/** SQLSTATE or the system's code: messages of servers may quote values. */
const codeOf = (error: unknown): string => (isFields(error) && typeof error["code"] === "string" ? error["code"] : "Error");

/** A statement of several has a result for each. */
function rowsOf(result: unknown): number | undefined {
  const last: unknown = Array.isArray(result) ? result.at(-1) : result;
  return isFields(last) && typeof last["rowCount"] === "number" ? last["rowCount"] : undefined;
}

const MAX_LENGTH = 2000;

/** In one line, and no further than a word that a password follows: not even its verifier. */
export function shownStatement(sql: string): string {
  const secret = /\bPASSWORD\b(?=\s*(?:[EUeu]&?)?['$])/i.exec(sql);
  const shown = (secret ? `${sql.slice(0, secret.index)}PASSWORD …` : sql).trim().replace(/\s+/g, " ");
  return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH)} … (${sql.length} characters)` : shown;
}
