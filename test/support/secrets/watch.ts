import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { findIn, type Hit, type Kind, type Needle, needlesIn } from "./needles.js";
import type { Searched } from "./searched.js";

/** What one file of tests let out, for a search at its end. */
const seen = new Map<string, string[]>();
const known = new Map<string, Needle>();
const counts = { commands: 0, processLists: 0, activities: 0 };

/** Text that somebody could read. */
export function watch(where: string, text: string): void {
  if (text === "") return;
  const texts = seen.get(where);
  if (texts) texts.push(text);
  else seen.set(where, [text]);
}

/** An error with all that hangs on it: its causes, and the parameters that a driver keeps. */
export const watchError = (where: string, error: unknown): void => watch(where, inspect(error, { depth: 4 }));

export const count = (what: keyof typeof counts): void => void counts[what]++;

/** Planted in every command, as a runner has them. */
export const CI: Readonly<Record<string, string>> = Object.fromEntries(
  ["NPM_TOKEN", "ACTIONS_RUNTIME_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "DEPLOY_KEY"].map((name) => [
    name,
    process.env["PGACCORD_PLANTED"] ?? "not-planted-outside-a-run",
  ]),
);

/** The secrets that a command or a library call is given. */
export function learn(env: Readonly<Record<string, string | undefined>>): void {
  for (const needle of needlesIn(env)) known.set(needle.value, needle);
}

/** All that lies in a folder where commands ran: plans, summaries, outputs, artifacts. */
export function watchFolder(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile()) watch(`file ${entry.name}`, readFileSync(file, "utf8"));
  }
}

/** Everything once more: what was seen, and what the servers left in `folder`. */
export function searchAll(folder: string): { readonly hits: readonly Hit[]; readonly searched: Searched } {
  const planted: Needle = { kind: "variable of the CI", value: CI["NPM_TOKEN"] ?? "" };
  const all = [...issuedIn(folder), ...known.values(), planted];
  const needles = [...new Map(all.map((needle) => [needle.value, needle])).values()];
  const outputs = [...seen].map(([where, texts]) => ({ where, text: Buffer.from(texts.join("\n")) }));
  const names = readdirSync(folder).filter((name) => name.endsWith(".log"));
  const logs = names.map((name) => ({ where: `server log ${name}`, text: readFileSync(join(folder, name)) }));
  const aws = { where: "calls to AWS", text: Buffer.from(notesIn(folder, "aws-calls")) };
  const texts = [...outputs, ...logs, aws];
  const searched = {
    ...counts,
    bytes: texts.reduce((sum, { text }) => sum + text.length, 0),
    calls: aws.text.toString("latin1").split("\n").length - 1 + (seen.get("call to GitHub")?.length ?? 0),
    logs: logs.length,
    secrets: needles.length,
    kinds: [...new Set<Kind>(["IAM token", ...needles.map(({ kind }) => kind)])],
  };
  return { hits: texts.flatMap(({ where, text }) => findIn(where, text, needles)), searched };
}

const notesIn = (folder: string, name: string): string => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), "utf8") : "");

/** Secrets that the sandbox made. */
function issuedIn(folder: string): Needle[] {
  const lines = new Set(
    notesIn(folder, "secrets")
      .split("\n")
      .filter((line) => line !== ""),
  );
  return [...lines].map((line) => {
    const [kind, value] = line.split("\t");
    return { kind, value } as Needle;
  });
}
