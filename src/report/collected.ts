import pc from "picocolors";
import type { Problem } from "../model/problem.js";
import { counted, digits, visible } from "./visible.js";

/** Of one server, what the folder says of the days that a run touched. */
export interface CollectedPart {
  readonly cluster: string;
  /** null: the cluster has no servers of its own name. */
  readonly part: string | null;
  readonly days: number;
  /** Days whose file is new, or says more. */
  readonly changed: number;
  /** Days of which every moment was seen. */
  readonly whole: number;
  readonly seenHours: number;
  readonly users: number;
  /** Attempts to log in, refused ones too. */
  readonly logins: number;
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly why: string }[];
}

export interface CollectedSummary {
  /** The folder. */
  readonly to: string;
  readonly parts: readonly CollectedPart[];
}

/** A block for each cluster, a line for each server, and why something is missing. */
export function renderCollected({ to, parts }: CollectedSummary, { color }: { readonly color: boolean }): string {
  const c = pc.createColors(color);
  const clusters = [...new Set(parts.map(({ cluster }) => cluster))];
  const blocks = clusters.flatMap((cluster) => [
    c.bold(`Cluster ${visible(cluster)}`),
    ...parts.filter((one) => one.cluster === cluster).flatMap(partLines),
    "",
  ]);
  const changed = parts.reduce((sum, one) => sum + one.changed, 0);
  const said =
    changed === 0 ? `Nothing is new in ${visible(to)}.` : `${counted(changed, "day")} new, or known better than before, in ${visible(to)}.`;
  return `${[...blocks, said].join("\n")}\n`;
}

/** The same as JSON. */
export function renderCollectedJson({ to, parts }: CollectedSummary, problems: readonly Problem[]): string {
  const body = {
    version: 1,
    to,
    parts: parts.map(({ cluster, part, days, changed, whole, seenHours, users, logins, gaps }) => ({
      cluster,
      part,
      days,
      changed,
      whole,
      seen_hours: seenHours,
      users,
      logins,
      gaps: gaps.map(({ from, to: end, why }) => ({ from: iso(from), to: iso(end), why })),
    })),
    problems: problems.map(({ code, severity, message, hint }) => ({ code, severity, message, hint: hint ?? null })),
  };
  return `${JSON.stringify(body, null, 2)}\n`;
}

const iso = (at: number): string => new Date(at).toISOString();

function partLines({ part, days, whole, seenHours, users, logins, gaps }: CollectedPart): string[] {
  const name = part === null ? "its log" : visible(part);
  const seen = seenHours === 0 ? "nothing seen" : `${seenHours} hours seen`;
  const told = `${counted(days, "day")}, ${whole} of them whole, ${seen}, ${digits(logins)} logins of ${counted(users, "user")}`;
  const reasons = [...new Set(gaps.map(({ why }) => why))];
  return [`  ${name}: ${told}`, ...reasons.slice(0, MOST).map((why) => `    not seen: ${gapText(gaps, why)}`), ...rest(reasons.length)];
}

/** Reasons that are told of a server. */
const MOST = 4;

const rest = (all: number): string[] => (all <= MOST ? [] : [`    and ${counted(all - MOST, "other reason")}`]);

function gapText(gaps: CollectedPart["gaps"], why: string): string {
  const of = gaps.filter((one) => one.why === why);
  const [first] = of;
  const more = of.length > 1 ? `, and ${counted(of.length - 1, "other time")}` : "";
  return first === undefined ? visible(why) : `${minute(first.from)} to ${minute(first.to)}${more}: ${visible(why)}`;
}

const minute = (at: number): string => new Date(at).toISOString().slice(0, 16).replace("T", " ");
