import { DAY_MS } from "../model/day.js";
import type { Interval, LoginFailure } from "../model/evidence.js";
import { type Fields, isFields, parseObject } from "../model/json.js";
import type { LogGap } from "./log-source.js";
import { type DayLogin, type DayRecord, type DayRefusal, mergeObservations, type Observation } from "./observation.js";

/** Of the form of the files in an evidence folder. */
const VERSION = 1;

/** All of it, UTC. */
export function intervalOf(day: string): Interval {
  const from = Date.parse(`${day}T00:00:00Z`);
  return { from, to: from + DAY_MS };
}

/** A day as a file: sorted, a line for each user, the same bytes for the same record. No address, no text of a statement. */
export function renderDay({ cluster, part, day, observations }: DayRecord): string {
  const head = Object.entries({ version: VERSION, cluster, part, day }).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`,
  );
  const list = mergeObservations(observations).map((one) => indented(renderObservation(one), "    "));
  return `${["{", ...head, `  "observations": [`, list.join(",\n"), "  ]", "}"].join("\n")}\n`;
}

/** The record of a file, or what is wrong with it. */
export function parseDay(text: string): DayRecord | { readonly wrong: string } {
  const value = parseObject(text);
  if (value === null) return { wrong: "it holds no JSON object" };
  if (value["version"] !== VERSION) return { wrong: `its version is ${JSON.stringify(value["version"])}, this pgaccord reads ${VERSION}` };
  const { cluster, part, day, observations } = value;
  if (typeof cluster !== "string" || !(part === null || typeof part === "string")) return { wrong: "it names no cluster or no part" };
  if (typeof day !== "string" || !/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(Date.parse(day))) return { wrong: "it names no day" };
  const read = listIn(observations, observationIn);
  return read === null ? { wrong: "one of its observations has another form" } : { cluster, part, day, observations: read };
}

function renderObservation({ source, seen, gaps, logins, refused }: Observation): string {
  const fields = [
    `"source": ${JSON.stringify(source)}`,
    listField(
      "seen",
      seen.map(({ from, to }) => [iso(from), iso(to)]),
    ),
    listField(
      "gaps",
      gaps.map(({ from, to, why }) => ({ from: iso(from), to: iso(to), why })),
    ),
    listField(
      "logins",
      logins.map(({ user, database, method, outcome, reason, ...counted }) => ({
        user,
        database,
        method,
        outcome,
        reason,
        ...told(counted),
      })),
    ),
    listField(
      "refused",
      refused.map(({ principal, user, reason, ...counted }) => ({ principal, user, reason, ...told(counted) })),
    ),
  ];
  return `{\n${indented(fields.join(",\n"), "  ")}\n}`;
}

const indented = (text: string, by: string): string => text.replace(/^/gm, by);
const listField = (name: string, items: readonly object[]): string =>
  items.length === 0
    ? `${JSON.stringify(name)}: []`
    : `${JSON.stringify(name)}: [\n${items.map((item) => `  ${JSON.stringify(item)}`).join(",\n")}\n]`;

const iso = (at: number): string => new Date(at).toISOString();

interface Counted {
  readonly count: number;
  readonly first: number;
  readonly last: number;
}
const told = ({ count, first, last }: Counted): object => ({ count, first: iso(first), last: iso(last) });

function observationIn(value: unknown): Observation | null {
  if (!isFields(value)) return null;
  const source = SOURCES.find((one) => one === value["source"]);
  const seen = listIn(value["seen"], intervalIn);
  const gaps = listIn(value["gaps"], gapIn);
  const logins = listIn(value["logins"], loginIn);
  const refused = listIn(value["refused"], refusalIn);
  return source === undefined || seen === null || gaps === null || logins === null || refused === null
    ? null
    : { source, seen, gaps, logins, refused };
}

const SOURCES: readonly Observation["source"][] = ["rds-log", "cloudwatch-log", "log-file", "iam-db-auth-error", "rds-list"];

/** null: it is no list, or one of it is wrong. */
function listIn<T>(value: unknown, read: (one: unknown) => T | null): T[] | null {
  if (!Array.isArray(value)) return null;
  const list = value.map(read);
  const good = list.filter((one): one is T & NonNullable<unknown> => one !== null);
  return good.length === list.length ? good : null;
}

function timeIn(value: unknown): number | null {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}

function intervalIn(value: unknown): Interval | null {
  const [from, to] = Array.isArray(value) ? value.map(timeIn) : [];
  return typeof from === "number" && typeof to === "number" && from < to ? { from, to } : null;
}

function gapIn(value: unknown): LogGap | null {
  if (!isFields(value) || typeof value["why"] !== "string") return null;
  const interval = intervalIn([value["from"], value["to"]]);
  return interval && { ...interval, why: value["why"] };
}

function countedIn(value: Fields): Counted | null {
  const [first, last] = [timeIn(value["first"]), timeIn(value["last"])];
  const count = value["count"];
  return typeof count === "number" && Number.isSafeInteger(count) && count > 0 && first !== null && last !== null && first <= last
    ? { count, first, last }
    : null;
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string";

const REASONS: readonly LoginFailure[] = [
  "password",
  "pam",
  "no-such-role",
  "no-password",
  "no-login",
  "no-connect",
  "connection-limit",
  "no-such-database",
  "pg-hba",
  "other",
];

function loginIn(value: unknown): DayLogin | null {
  if (!isFields(value)) return null;
  const { user, database, method, outcome } = value;
  const reason = value["reason"] === null ? null : REASONS.find((one) => one === value["reason"]);
  const counted = countedIn(value);
  if (typeof user !== "string" || !isTextOrNull(database) || !isTextOrNull(method) || counted === null || reason === undefined) return null;
  return outcome === "ok" || outcome === "failed" ? { user, database, method, outcome, reason, ...counted } : null;
}

function refusalIn(value: unknown): DayRefusal | null {
  if (!isFields(value)) return null;
  const { principal, user, reason } = value;
  const counted = countedIn(value);
  if (typeof principal !== "string" || typeof user !== "string" || typeof reason !== "string" || counted === null) return null;
  return { principal, user, reason, ...counted };
}
