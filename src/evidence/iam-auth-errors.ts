import type { RefusedPrincipal } from "../model/evidence.js";

/** One line of the export `iam-db-auth-error`: whom a database refused, though the token was genuine. */
export interface IamAuthError {
  readonly at: number;
  /** ARN; of a session its name is a part of it. */
  readonly principal: string;
  readonly user: string;
  /** Its error code, such as NotAuthorized, or its own words. */
  readonly reason: string;
}

/**
 * `2025-09-22T12:02:30,806 [ERROR] Failed to authorize the connection request for user 'U' because the IAM identity 'ARN' … (Status
 * Code: 403, Error Code: NotAuthorized)`, as text or in a JSON object. null: it is another line, or names no principal: a token that
 * is broken or too old has none. Form: "Troubleshooting for IAM DB authentication" of the RDS User Guide; read leniently.
 * @param receivedAt when CloudWatch had it, for a line that says no time
 */
export function parseIamAuthError(line: string, receivedAt: number): IamAuthError | null {
  const text = messageOf(line);
  const [, user] = /\bfor (?:DB |database )?user ['"`](.*?)['"`](?: because\b|\.|,|$)/s.exec(text) ?? [];
  const [principal] = /arn:aws[\w-]*:(?:iam|sts)::\d*:[^\s'"`,;)]+/.exec(text) ?? [];
  if (user === undefined || principal === undefined) return null;
  return { at: timeOf(text) ?? timeOf(line) ?? receivedAt, principal: principal.replace(/\.$/, ""), user, reason: reasonOf(text) };
}

function messageOf(line: string): string {
  if (!line.trimStart().startsWith("{")) return line;
  try {
    const { message, log, msg }: Readonly<Record<string, unknown>> = JSON.parse(line);
    const text = message ?? log ?? msg;
    return typeof text === "string" ? text : line;
  } catch {
    return line;
  }
}

/** Of RDS's own hosts, whose clocks are on UTC. */
function timeOf(text: string): number | null {
  const [, second, fraction = "000"] = /(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{3}))?/.exec(text) ?? [];
  return second === undefined ? null : Date.parse(`${second.replace(" ", "T")}.${fraction}Z`);
}

function reasonOf(text: string): string {
  const [, code] = /Error Code:\s*(\w+)/.exec(text) ?? [];
  if (code !== undefined) return code;
  const because = text.indexOf(BECAUSE);
  const status = text.indexOf("(Status Code");
  if (because === -1) return "refused";
  const words = text.slice(because + BECAUSE.length, status === -1 ? text.length : status).trimEnd();
  return words.endsWith(".") ? words.slice(0, -1) : words;
}

const BECAUSE = " because ";

export interface RefusedCounter {
  readonly add: (error: IamAuthError) => void;
  readonly result: () => RefusedPrincipal[];
}

/** Counts those that differ in nothing but the moment. */
export function createRefusedCounter(cluster: string): RefusedCounter {
  const counts = new Map<string, RefusedPrincipal>();
  return {
    add: ({ at, principal, user, reason }) => {
      const key = JSON.stringify([principal, user, reason]);
      const { count, first, last } = counts.get(key) ?? { count: 0, first: at, last: at };
      counts.set(key, { cluster, principal, user, reason, count: count + 1, first: Math.min(first, at), last: Math.max(last, at) });
    },
    result: () => [...counts.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  };
}
