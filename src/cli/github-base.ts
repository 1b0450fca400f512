import { dirname, isAbsolute, join } from "node:path/posix";
import { readCa } from "../config/load.js";
import { parseAccess, type ReadCa } from "../config/parse-access.js";
import type { Github } from "../github/client.js";
import { fileAt } from "../github/files.js";
import type { Declared } from "../model/declared.js";

export interface AccessAt {
  /** null: it is not there. */
  readonly text: string | null;
  /** null: it is not there, or has errors. */
  readonly declared: Declared | null;
  /** Certificates of the runner that it names, by their absolute path. */
  readonly runnersCa: ReadonlySet<string>;
}

/** access.yaml of another commit, with the certificates that it names: those of that commit, or the runner's own. */
export async function loadAccessAt(github: Github, sha: string, path: string): Promise<AccessAt> {
  const text = await fileAt(github, sha, path);
  if (text === null) return { text, declared: null, runnersCa: new Set() };
  const named = new Set<string>();
  parseAccess(text, path, (ca) => {
    named.add(ca);
    return { pem: "" };
  });
  const pems = new Map<string, ReturnType<ReadCa>>();
  for (const ca of named) pems.set(ca, isAbsolute(ca) ? readCa(ca) : await caAt(github, sha, join(dirname(path), ca)));
  const { declared } = parseAccess(text, path, (ca) => pems.get(ca) ?? NOT_THERE);
  return { text, declared, runnersCa: new Set([...named].filter(isAbsolute)) };
}

const NOT_THERE = { fault: "it does not exist" };

async function caAt(github: Github, sha: string, path: string): Promise<ReturnType<ReadCa>> {
  if (path.startsWith("../")) return { fault: "it leads out of the repository" };
  const pem = await fileAt(github, sha, path);
  return pem ? { pem } : NOT_THERE;
}

/** Whether a change leaves the file, and the certificates that it names, as they are in its base. One with errors is never left alone. */
export const isUntouched = (head: Omit<AccessAt, "runnersCa">, base: Omit<AccessAt, "runnersCa">): boolean =>
  head.text !== null &&
  head.text === base.text &&
  head.declared !== null &&
  base.declared !== null &&
  sameTls(head.declared, base.declared);

const sameTls = (head: Declared, base: Declared): boolean =>
  [...head.clusters.values()].every(({ name, tls }) => JSON.stringify(tls) === JSON.stringify(base.clusters.get(name)?.tls));

/** Lines of a text that another has not, wherever they stand there. */
export function changedLines(text: string, base: string | null): (line: number) => boolean {
  if (base === null) return () => true;
  const known = new Set(base.split("\n"));
  const lines = text.split("\n");
  return (line) => !known.has(lines[line - 1] ?? "");
}
