import type { Answer } from "./aws-front.js";

/** What RDS writes at the head of each line. */
export const RDS_PREFIX = "%t:%r:%u@%d:[%p]:";

/** A token that the front door refused: on RDS the server itself says so, through PAM. */
export interface RefusedToken {
  readonly at: Date;
  readonly user: string;
  readonly database: string;
}

/**
 * The server's log as RDS has it. Here the gateway checks the token and vouches for the user over the socket, so that the server writes
 * `method=trust` and `[local]`: RDS's writes PAM and the client's address.
 */
export function asRds(log: string, refused: readonly RefusedToken[], superuser: string): string {
  // A line without a moment of its own goes on with the one before.
  const lines = log.split(/^(?=\d{4}-\d\d-\d\d \d\d:)/m).map((line) => (line.includes(`:${superuser}@`) ? line : vouched(line)));
  return [...lines, ...refused.flatMap(linesOf)].sort((a, b) => momentOf(a).localeCompare(momentOf(b))).join("");
}

const vouched = (line: string): string =>
  line
    .replace(/^(\S+ \S+ UTC):\[local\]:/, "$1:127.0.0.1(0):")
    .replace(
      /connection authenticated: (?:user|identity)="((?:[^"]|"")*)" method=trust \(.*\)/,
      'connection authenticated: identity="$1" method=pam (/rdsdbdata/config/pg_hba.conf:15)',
    );

function linesOf({ at, user, database }: RefusedToken, i: number): string[] {
  const head = `${at.toISOString().replace("T", " ").slice(0, 19)} UTC:127.0.0.1(0):${user}@${database}:[${900_000 + i}]:`;
  return [
    `${head}LOG:  pam_authenticate failed: Permission denied\n`,
    `${head}FATAL:  PAM authentication failed for user "${user}"\n`,
    `${head}DETAIL:  Connection matched pg_hba.conf line 15: "hostssl all +rds_iam all pam"\n`,
  ];
}

const momentOf = (line: string): string => line.slice(0, "2026-11-25 16:00:00".length);

/** DescribeDBLogFiles and DownloadDBLogFilePortion of an instance with one log file; null: another call. */
export function answerLog(parameters: URLSearchParams, instance: string, log: () => string, now: Date): Answer | null {
  const action = parameters.get("Action");
  if (action !== "DescribeDBLogFiles" && action !== "DownloadDBLogFilePortion") return null;
  if (parameters.get("DBInstanceIdentifier") !== instance)
    return failed("DBInstanceNotFound", `DBInstance ${parameters.get("DBInstanceIdentifier")} not found.`);
  const name = `error/postgresql.log.${now.toISOString().slice(0, 13).replace("T", "-")}00`;
  const bytes = Buffer.from(log());
  if (action === "DescribeDBLogFiles")
    return xml(
      action,
      `<DescribeDBLogFiles><DescribeDBLogFilesDetails><LogFileName>${name}</LogFileName><LastWritten>${now.getTime()}</LastWritten><Size>${bytes.length}</Size></DescribeDBLogFilesDetails></DescribeDBLogFiles>`,
    );
  return portion(action, bytes, parameters);
}

const MOST_LINES = 10_000;
const MOST_BYTES = 1_000_000;

/** From a marker on, or the last lines where there is none. */
function portion(action: string, bytes: Buffer, parameters: URLSearchParams): Answer {
  const marker = parameters.get("Marker");
  const lines = Number(parameters.get("NumberOfLines") ?? MOST_LINES);
  const text = bytes.toString("utf8");
  const start = marker === null ? offsetOfLast(text, lines) : Number(marker.split(":").at(-1));
  const taken = bytes
    .subarray(start, start + MOST_BYTES)
    .toString("utf8")
    .split(/(?<=\n)/)
    .slice(0, lines)
    .join("");
  const end = start + Buffer.byteLength(taken);
  return xml(
    action,
    `<LogFileData>${escaped(taken)}</LogFileData><Marker>1:${end}</Marker><AdditionalDataPending>${end < bytes.length}</AdditionalDataPending>`,
  );
}

const offsetOfLast = (text: string, lines: number): number =>
  Buffer.byteLength(
    text
      .split(/(?<=\n)/)
      .slice(0, -lines)
      .join(""),
  );

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#13;");

const xml = (action: string, result: string): Answer => ({
  status: 200,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(
    `<${action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${action}Result>${result}</${action}Result><ResponseMetadata><RequestId>sandbox</RequestId></ResponseMetadata></${action}Response>`,
  ),
});

const failed = (code: string, message: string): Answer => ({
  status: 404,
  headers: { "content-type": "text/xml" },
  body: Buffer.from(
    `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${escaped(message)}</Message></Error><RequestId>sandbox</RequestId></ErrorResponse>`,
  ),
});
