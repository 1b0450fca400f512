import type { RDSClient } from "@aws-sdk/client-rds";
import type { HostLog } from "./log-files.js";
import { failureOf } from "./problem.js";

/** Lines that one call may ask for. */
const MOST_LINES = 10_000;
/** RDS cuts a portion at a million bytes or a bit beyond, in the middle of a line, and the next one begins behind all lines asked for. */
const CUT_AT = 1_000_000;
const CUT = "[Your log message was truncated]";
/** Aimed at, so that a portion is seldom cut. */
const WANTED = 800_000;
/** Portions in a row that hold nothing and lead nowhere. */
const MOST_IDLE = 3;
/** RDS leaves out or replaces characters that XML cannot hold. */
const TOLERATED = 1024;
const LINE_END = Buffer.from("\n");

/** Gives a file from its beginning to its end, one portion in memory at a time; tells what is missing of it, null: nothing. */
export async function readPortions(
  client: RDSClient,
  instance: string,
  file: HostLog,
  push: (bytes: Uint8Array) => void,
): Promise<string | null> {
  const portions = portionsOf(client, instance, file.name);
  let received = 0;
  let isMeasured = true;
  for (;;) {
    const { done, value } = await portions.next();
    if (done) return value ?? (isMeasured && received + TOLERATED < file.size ? `RDS gave ${received} of its ${file.size} bytes` : null);
    received += value.data.length;
    push(value.data);
    if (!value.isCut) continue;
    isMeasured = false;
    push(LINE_END);
  }
}

type Piece = { readonly data: Buffer; readonly isCut: boolean };

/** Ends with why something is missing. */
async function* portionsOf(client: RDSClient, instance: string, file: string): AsyncGenerator<Piece, string | null, void> {
  const pace = createPace();
  let marker = "0";
  let idle = 0;
  for (;;) {
    const portion = await readPortion(client, { instance, file, marker, lines: pace.lines() });
    if (portion === null) return "it was rotated away while it was read";
    const cut = isCut(portion.data);
    if (cut && pace.slower()) continue;
    if (portion.data.length > 0) yield { data: portion.data, isCut: cut };
    pace.learn(portion.data);
    if (!portion.more) return null;
    idle = portion.data.length === 0 && portion.marker === marker ? idle + 1 : 0;
    if (idle >= MOST_IDLE) return "RDS says that there is more of it, and gives nothing";
    marker = portion.marker;
  }
}

interface Portion {
  readonly data: Buffer;
  readonly marker: string;
  readonly more: boolean;
}
interface Asked {
  readonly instance: string;
  readonly file: string;
  /** Without "0" in the first call RDS begins at the end, and ends after the second. */
  readonly marker: string;
  readonly lines: number;
}

/** null: the file is not there any more. */
async function readPortion(client: RDSClient, { instance, file, marker, lines }: Asked): Promise<Portion | null> {
  const { DownloadDBLogFilePortionCommand } = await import("@aws-sdk/client-rds");
  const input = { DBInstanceIdentifier: instance, LogFileName: file, Marker: marker, NumberOfLines: lines };
  const answer = await client.send(new DownloadDBLogFilePortionCommand(input)).catch((error: unknown) => {
    if (isNotFound(error)) return null;
    throw error;
  });
  if (answer === null) return null;
  const data = Buffer.from(answer.LogFileData ?? "", "utf8");
  return { data, marker: answer.Marker ?? marker, more: answer.AdditionalDataPending === true };
}

const isNotFound = (error: unknown): boolean => /DBLogFileNotFound/.test(failureOf(error).name);

/** RDS says so, or says nothing. */
const isCut = (data: Buffer): boolean => data.length >= CUT_AT || data.subarray(-2 * CUT.length).includes(CUT);

/** So many lines as fit into a portion. */
function createPace() {
  let lines = MOST_LINES;
  return {
    lines: () => lines,
    /** False: it is one line alone, longer than any portion, and no login. */
    slower: (): boolean => {
      if (lines <= 1) return false;
      lines = Math.max(1, Math.floor(lines / 4));
      return true;
    },
    learn: (data: Buffer): void => {
      const each = data.length / Math.max(1, countLines(data));
      lines = each === 0 ? MOST_LINES : Math.max(1, Math.min(MOST_LINES, lines * 2, Math.floor(WANTED / each)));
    },
  };
}

function countLines(data: Buffer): number {
  let count = 0;
  for (let at = data.indexOf(10); at >= 0; at = data.indexOf(10, at + 1)) count++;
  return count;
}
