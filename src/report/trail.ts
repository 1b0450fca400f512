import pc from "picocolors";
import type { AssumedRole, Coverage } from "../model/evidence.js";
import { counted, digits, visible } from "./visible.js";

/** One IAM role of the file, and who came. */
export interface TrailRole {
  readonly id: string;
  readonly arn: string;
  /** Name of its account in the file. */
  readonly account: string;
  readonly callers: readonly TrailCaller[];
  /** Whether anything of who took it could be read. */
  readonly isRead: boolean;
  /** Whom its trust lets in, in words, and nobody of them was seen. */
  readonly notSeen: readonly string[];
  /** When IAM says that it was last used for anything; null: it does not say. */
  readonly lastUsed: number | null;
}

export interface TrailCaller extends AssumedRole {
  /** null: not known. */
  readonly declared: boolean | null;
}

/** A login that likely came through an IAM role: the same address took it in the hour before. */
export interface TrailJoin {
  readonly role: string;
  readonly caller: string;
  readonly user: string;
  readonly database: string | null;
  readonly address: string;
  readonly assumedAt: number;
  readonly loginAt: number;
}

export interface TrailShown {
  readonly since: number;
  readonly now: number;
  readonly roles: readonly TrailRole[];
  readonly coverage: readonly Coverage[];
  /** null: no log was given. */
  readonly joined: readonly TrailJoin[] | null;
  /** Names in the file of accounts by their digits. */
  readonly accounts: ReadonlyMap<string, string>;
  /** Of Athena's; null: it was not asked. */
  readonly bytesScanned: number | null;
  readonly ips: boolean;
}

/** What no trail of the role's account holds. */
const NOT_LOGGED = "Calls from another account that were refused are not logged in the account of the IAM role.";

/** For each IAM role who took it, and for which time that is all. */
export function renderTrail(shown: TrailShown, { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  const blocks = shown.roles.flatMap((role) => [
    c.bold(`IAM role ${visible(role.id)} (account ${visible(role.account)})`),
    ...tableOf(role, shown),
    ...role.notSeen.map((who) => `  Not seen, though its trust names it: ${visible(who)}`),
    ...(role.lastUsed === null ? [] : [`  IAM says that it was last used ${moment(role.lastUsed)}, for anything.`]),
    "",
  ]);
  return `${[...blocks, ...joinedText(shown.joined), summary(shown), ...coverageText(shown), ...scanned(shown), NOT_LOGGED].join("\n")}\n`;
}

function tableOf({ callers, isRead }: TrailRole, { ips, accounts }: TrailShown): string[] {
  if (callers.length === 0) return [isRead ? "  Nobody was seen to take it." : "  It could not be read who took it."];
  const head = ["caller", "account", "in the file", "times", "first", "last (UTC)", "sessions", ...(ips ? ["addresses"] : [])];
  const rows = callers.map((one) => [
    visible(callerText(one)),
    accountText(one.caller.account, accounts),
    one.declared === null ? "not known" : one.declared ? "yes" : "no",
    digits(one.count),
    moment(one.first),
    moment(one.last),
    few(one.sessions),
    ...(ips ? [few(one.addresses)] : []),
  ]);
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `  ${cells.map((cell, i) => (head[i] === "times" ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join("  ")}`.trimEnd();
  return [line(head), ...rows.map(line)];
}

/** `AROA…, deleted?`: an id without a name. */
export function callerText({ caller: { arn, uniqueId, subject } }: Pick<AssumedRole, "caller">): string {
  const name = arn ?? (uniqueId === null ? "not named" : `${uniqueId}, deleted?`);
  return subject === undefined ? name : `${name} (${subject})`;
}

const accountText = (id: string | null, names: ReadonlyMap<string, string>): string => {
  if (id === null) return "-";
  const name = names.get(id);
  return name === undefined ? id : `${id} (${visible(name)})`;
};

const SHOWN = 3;
const few = (list: readonly string[]): string => {
  const more = list.length > SHOWN ? [`and ${digits(list.length - SHOWN)} more`] : [];
  return [...list.slice(0, SHOWN).map(visible), ...more].join(", ");
};

const moment = (at: number): string => new Date(at).toISOString().slice(0, 19).replace("T", " ");

/** The last of them: a log tells of thousands. */
const JOINED_SHOWN = 20;

function joinedText(joined: readonly TrailJoin[] | null): string[] {
  if (joined === null) return [];
  if (joined.length === 0) return ["No login of the log came from an address that took an IAM role in the hour before.", ""];
  const rows = joined.slice(-JOINED_SHOWN).map(({ role, caller, user, database, address, assumedAt, loginAt }) => {
    const where = database === null ? "" : ` to ${visible(database)}`;
    return `  ${visible(caller)} took ${visible(role)} at ${moment(assumedAt)}, and ${visible(user)} logged in${where} at ${moment(loginAt)}, both from ${visible(address)}`;
  });
  const earlier = joined.length > rows.length ? [`  and ${digits(joined.length - rows.length)} before them`] : [];
  return ["Likely the same, by address and hour:", ...rows, ...earlier, ""];
}

function summary({ roles, since }: TrailShown): string {
  const callers = roles.flatMap((role) => role.callers);
  const others = callers.filter(({ declared }) => declared === false).length;
  const named = others === 0 ? "" : `, ${digits(others)} of them not in the file`;
  return `${counted(roles.filter((role) => role.callers.length > 0).length, "IAM role")} of ${digits(roles.length)} taken since ${moment(since)}, by ${counted(callers.length, "caller")}${named}.`;
}

/** IAM roles whose parts were seen alike share a line. */
function coverageText({ coverage, roles }: TrailShown): string[] {
  const ids = new Map(roles.map(({ arn, id }) => [arn, id]));
  const lines = new Map<string, string[]>();
  for (const one of coverage) {
    const key = seenText(one);
    lines.set(key, [...(lines.get(key) ?? []), ids.get(one.target) ?? one.target]);
  }
  return [...lines].map(([text, targets]) => `${text}${targets.length === ids.size ? "" : ` (${few([...new Set(targets)])})`}`);
}

function seenText({ source, part, seen, gaps }: Coverage): string {
  const what = `${source === "athena" ? "The trail's table" : "CloudTrail"}${part === null ? "" : ` of ${visible(part)}`}`;
  const [first, last] = [seen[0], seen.at(-1)];
  const read = first && last ? `read from ${moment(first.from)} to ${moment(last.to)}` : "not read";
  const why = [...new Set(gaps.map((gap) => visible(gap.why).replace(/\.$/, "")))];
  const missing = why.length === 0 ? "" : first ? `; what is missing is not known: ${few(why)}` : `: ${few(why)}`;
  return `${what}: ${read}${missing}.`;
}

const scanned = ({ bytesScanned }: TrailShown): string[] =>
  bytesScanned === null ? [] : [`Athena scanned ${digits(bytesScanned)} bytes.`];

const iso = (at: number): string => new Date(at).toISOString();

export function renderTrailJson(shown: TrailShown): string {
  const assumed = rowsOf(shown).map(({ sessions, addresses, ...row }) => ({ ...row, sessions, ...(shown.ips ? { addresses } : {}) }));
  const ids = new Map(shown.roles.map(({ arn, id }) => [arn, id]));
  const spans = (list: Coverage["seen"]) => list.map((span) => ({ ...span, from: iso(span.from), to: iso(span.to) }));
  const coverage = shown.coverage.map(({ source, target, part, seen, gaps }) => ({
    source,
    role: ids.get(target) ?? target,
    region: part,
    seen: spans(seen),
    gaps: spans(gaps),
  }));
  const result = {
    since: iso(shown.since),
    now: iso(shown.now),
    assumed,
    notSeen: shown.roles.flatMap((role) => role.notSeen.map((caller) => ({ role: role.id, caller }))),
    lastUsed: shown.roles.flatMap(({ id, lastUsed }) => (lastUsed === null ? [] : [{ role: id, at: iso(lastUsed) }])),
    coverage,
    notKnown: [NOT_LOGGED],
    ...(shown.joined === null
      ? {}
      : { likely: shown.joined.map((one) => ({ ...one, assumedAt: iso(one.assumedAt), loginAt: iso(one.loginAt) })) }),
    ...(shown.bytesScanned === null ? {} : { bytesScanned: shown.bytesScanned }),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

const rowsOf = ({ roles }: TrailShown) =>
  roles.flatMap(({ id, callers }) =>
    callers.map((one) => ({
      role: id,
      account: one.caller.account,
      caller: one.caller.arn ?? one.caller.uniqueId,
      ...(one.caller.subject === undefined ? {} : { subject: one.caller.subject }),
      resolved: one.caller.arn !== null,
      declared: one.declared,
      count: one.count,
      first: iso(one.first),
      last: iso(one.last),
      sessions: one.sessions,
      addresses: one.addresses,
    })),
  );

const CSV_HEAD = ["role", "account", "caller", "declared", "count", "first", "last", "sessions"] as const;

export function renderTrailCsv(shown: TrailShown): string {
  const rows = rowsOf(shown).map((row) => [
    ...CSV_HEAD.map((key) => (key === "sessions" ? row.sessions.join(" ") : String(row[key] ?? ""))),
    ...(shown.ips ? [row.addresses.join(" ")] : []),
  ]);
  const head = [...CSV_HEAD, ...(shown.ips ? ["addresses"] : [])];
  return [head, ...rows.map((row) => row.map(csvField))].map((row) => `${row.join(",")}\n`).join("");
}

/** A spreadsheet runs what begins like a formula, and a session may be called so: an apostrophe makes text of it. */
function csvField(value: string): string {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
