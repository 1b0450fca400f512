import pc from "picocolors";
import type { Declared } from "../model/declared.js";
import type { Coverage, Evidence, LoginCount, LoginFailure, RefusedPrincipal } from "../model/evidence.js";
import { displayName } from "../privileges/sql.js";
import { isSystemRole } from "../privileges/system-roles.js";
import { counted, digits, visible } from "./visible.js";

export type LoginsShown = Pick<Evidence, "logins" | "refused" | "coverage">;

export interface LoginsOptions {
  readonly color: boolean;
  /** null: there is no file to compare with. */
  readonly declared: Declared | null;
}

/** For each cluster who logged in, who was refused and why, and for which time that is all. */
export function renderLogins(shown: LoginsShown, { color, declared }: LoginsOptions): string {
  const c = pc.createColors(color);
  const clusters = [...new Set([...shown.logins, ...shown.refused].map(({ cluster }) => cluster))].sort();
  const blocks = clusters.flatMap((cluster) => {
    const of = shown.logins.filter((one) => one.cluster === cluster);
    const tables = [
      table(
        "Logged in",
        OK_HEAD,
        of.filter(isOk).map((one) => okRow(one, declared)),
      ),
      table(
        "Refused",
        FAILED_HEAD,
        of.filter((one) => !isOk(one)).map((one) => failedRow(one, declared)),
      ),
      table("IAM principals refused", REFUSED_HEAD, shown.refused.filter((one) => one.cluster === cluster).map(refusedRow)),
    ];
    return [c.bold(`Cluster ${visible(cluster)}`), ...tables.flat(), ""];
  });
  return `${[...blocks, summary(shown.logins), ...shown.coverage.map(coverageText)].join("\n")}\n`;
}

const isOk = ({ outcome }: LoginCount): boolean => outcome === "ok";

const OK_HEAD = ["user", "database", "method", "times", "first", "last (UTC)"];
const FAILED_HEAD = ["user", "database", "why", "times", "first", "last (UTC)"];
const REFUSED_HEAD = ["principal", "user", "why", "times", "first", "last (UTC)"];

const okRow = (one: LoginCount, declared: Declared | null): string[] => [
  userText(one, declared),
  databaseText(one),
  one.method ?? "not logged",
  ...times(one),
];

const failedRow = (one: LoginCount, declared: Declared | null): string[] => [
  userText(one, declared),
  databaseText(one),
  `${REASONS[one.reason ?? "other"]}${one.method === null ? "" : ` (${one.method})`}`,
  ...times(one),
];

const refusedRow = (one: RefusedPrincipal): string[] => [
  visible(one.principal),
  visible(displayName(one.user)),
  visible(one.reason),
  ...times(one),
];

const userText = (one: LoginCount, declared: Declared | null): string =>
  `${visible(displayName(one.user))}${declared === null || isNamed(one, declared) ? "" : ", not in the file"}`;

/** Who pgaccord logs in as stands in the file, too; roles of PostgreSQL and RDS stand in none. */
function isNamed({ cluster, user }: LoginCount, { roles, clusters }: Declared): boolean {
  const own = clusters.get(cluster);
  return roles.has(user) || isSystemRole(user) || own?.admin.user === user || own?.reader?.user === user;
}

const databaseText = ({ database }: LoginCount): string => (database === null ? "-" : visible(displayName(database)));

const REASONS: Readonly<Record<LoginFailure, string>> = {
  password: "wrong password",
  pam: "PAM refused it",
  "no-such-role": "no such role",
  "no-password": "has no password",
  "no-login": "may not log in",
  "no-connect": "may not connect to the database",
  "connection-limit": "too many connections",
  "no-such-database": "no such database",
  "pg-hba": "pg_hba.conf has no place for it",
  other: "something else",
};

const times = ({ count, first, last }: Pick<LoginCount, "count" | "first" | "last">): string[] => [
  digits(count),
  moment(first),
  moment(last),
];

const moment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `    ${cells.map((cell, i) => (head[i] === "times" ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")}`.trimEnd();
  return [`  ${title}`, line(head), ...rows.map(line)];
}

function summary(logins: readonly LoginCount[]): string {
  const total = (of: readonly LoginCount[]): number => of.reduce((sum, { count }) => sum + count, 0);
  const ok = logins.filter(isOk);
  const users = new Set(ok.map(({ cluster, user }) => JSON.stringify([cluster, user]))).size;
  const failed = total(logins) - total(ok);
  return `${counted(total(ok), "login")} of ${counted(users, "user")}, ${failed === 0 ? "none refused" : `${digits(failed)} refused`}.`;
}

/** More gaps than these are a number. */
const GAPS_SHOWN = 3;

function coverageText({ target, part, source, seen, gaps }: Coverage): string {
  const what = `${visible(target)}${part === null ? "" : ` (${visible(part)})`}, ${SOURCES[source] ?? source}`;
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return `${what}: nothing shows that logins were logged.`;
  const shown = gaps.slice(0, GAPS_SHOWN).map(({ from, to, why }) => `  ${moment(from)} to ${moment(to)}: ${why}`);
  const more = gaps.length > GAPS_SHOWN ? [`  and ${counted(gaps.length - GAPS_SHOWN, "more gap")}`] : [];
  const but = gaps.length === 0 ? "." : ", but not:";
  return [`${what}: logins were logged from ${moment(first.from)} to ${moment(last.to)}${but}`, ...shown, ...more].join("\n");
}

const SOURCES: Readonly<Record<string, string>> = {
  "log-file": "log file",
  "rds-log": "log files of RDS",
  "cloudwatch-log": "CloudWatch Logs",
  "iam-db-auth-error": "export iam-db-auth-error",
};

const iso = (at: number): string => new Date(at).toISOString();

export function renderLoginsJson({ logins, refused, coverage }: LoginsShown): string {
  const dated = <T extends { readonly first: number; readonly last: number }>(one: T) => ({
    ...one,
    first: iso(one.first),
    last: iso(one.last),
  });
  const seen = coverage.flatMap(({ source, target, part, seen }) =>
    seen.map(({ from, to }) => ({ source, cluster: target, part, from: iso(from), to: iso(to) })),
  );
  return `${JSON.stringify({ logins: logins.map(dated), refused: refused.map(dated), coverage: seen }, null, 2)}\n`;
}

const CSV_HEAD = ["cluster", "user", "database", "method", "outcome", "reason", "count", "first", "last"] as const;

export function renderLoginsCsv({ logins }: LoginsShown): string {
  const rows = logins.map((one) =>
    CSV_HEAD.map((key) => csvField(key === "first" || key === "last" ? iso(one[key]) : String(one[key] ?? ""))),
  );
  return [CSV_HEAD, ...rows].map((row) => `${row.join(",")}\n`).join("");
}

/** A spreadsheet runs what begins like a formula, and a role may be called so: an apostrophe makes text of it. */
function csvField(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
