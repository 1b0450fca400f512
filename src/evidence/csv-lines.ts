import { type LineOrigin, severityOf } from "./line-origin.js";
import type { LogClock } from "./log-time.js";
import type { LoginTracker } from "./login-tracker.js";
import type { RecordReader } from "./record-reader.js";

/** Columns of csvlog; newer versions have more behind these. */
const [TIME, USER, DATABASE, PROCESS, SEVERITY, MESSAGE, DETAIL] = [0, 1, 2, 3, 11, 13, 14];

/** Records of csvlog: a field in quotes may hold line breaks, so a record ends where the quotes are even. */
export function csvLines(clock: LogClock, tracker: LoginTracker): RecordReader {
  let read = 0;
  let all = 0;
  const onRecord = (record: string): void => {
    all++;
    const fields = fieldsOf(record);
    if (fields.length <= DETAIL || clock.read(fields[TIME] ?? "", 0) === -1) return;
    read++;
    if (Number.isNaN(clock.at())) return;
    const origin = columnsOrigin(clock.at(), Number(fields[PROCESS]), fields[USER] ?? "", fields[DATABASE] ?? "");
    tracker.line(origin, severityOf(fields[SEVERITY] ?? ""), fields[MESSAGE] ?? "");
    if ((fields[DETAIL] ?? "") !== "") tracker.line(origin, "detail", fields[DETAIL] ?? "");
  };
  return { ...splitRecords(onRecord), read: () => read, all: () => all };
}

/** Of a log whose columns name who it is about. */
export const columnsOrigin = (at: number, session: number, user: string, database: string): LineOrigin => ({
  at: () => at,
  session: () => session,
  names: () => (user === "" ? null : { user, database: database === "" ? null : database }),
  vouches: (name, of) => (user === "" || name === user) && (of === null || database === "" || of === database),
  isPlain: () => true,
});

/** A record that is longer has its statement cut off, which stands behind what is read. */
const MOST = 65_536;
const QUOTE = 34;
const NEWLINE = 10;

function splitRecords(onRecord: (record: string) => void): Pick<RecordReader, "push" | "end"> {
  let rest = "";
  let isQuoted = false;
  const keep = (text: string, from: number, to: number): void => {
    if (rest.length < MOST) rest += text.slice(from, Math.min(to, from + MOST));
  };
  return {
    push: (text) => {
      let from = 0;
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        if (code === QUOTE) isQuoted = !isQuoted;
        if (code !== NEWLINE || isQuoted) continue;
        keep(text, from, i);
        onRecord(rest);
        rest = "";
        from = i + 1;
      }
      keep(text, from, text.length);
    },
    end: () => {
      if (rest !== "") onRecord(rest);
      rest = "";
      isQuoted = false;
    },
  };
}

/** The first fifteen fields: what is behind them is not looked at. */
function fieldsOf(record: string): string[] {
  const fields: string[] = [];
  let at = 0;
  while (at <= record.length && fields.length <= DETAIL) {
    const isQuoted = record.charCodeAt(at) === QUOTE;
    const end = isQuoted ? quoteEnd(record, at + 1) : record.indexOf(",", at);
    const to = end === -1 ? record.length : end;
    fields.push(isQuoted ? record.slice(at + 1, to).replaceAll('""', '"') : record.slice(at, to));
    at = to + (isQuoted ? 2 : 1);
  }
  return fields;
}

/** The quote that has no second one behind it. */
function quoteEnd(record: string, from: number): number {
  let at = record.indexOf('"', from);
  while (at !== -1 && record.charCodeAt(at + 1) === QUOTE) at = record.indexOf('"', at + 2);
  return at;
}
