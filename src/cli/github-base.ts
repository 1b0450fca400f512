import { dirname, join } from "node:path/posix";
import { parseAccess } from "../config/parse-access.js";
import type { Github } from "../github/client.js";
import { fileAt } from "../github/files.js";
import type { Declared } from "../model/declared.js";

export interface AccessAt {
  /** null: it is not there. */
  readonly text: string | null;
  /** null: it is not there, or has errors. */
  readonly declared: Declared | null;
}

/** access.yaml of another commit, with the certificates that it names. */
export async function loadAccessAt(github: Github, sha: string, path: string): Promise<AccessAt> {
  const text = await fileAt(github, sha, path);
  if (text === null) return { text, declared: null };
  const named = new Set<string>();
  parseAccess(text, path, (ca) => {
    named.add(ca);
    return { pem: "" };
  });
  const pems = new Map<string, string | null>();
  for (const ca of named) pems.set(ca, await fileAt(github, sha, join(dirname(path), ca)));
  const { declared } = parseAccess(text, path, (ca) => {
    const pem = pems.get(ca);
    return pem ? { pem } : { fault: "it does not exist" };
  });
  return { text, declared };
}

/** Lines of a text that another has not, wherever they stand there. */
export function changedLines(text: string, base: string | null): (line: number) => boolean {
  if (base === null) return () => true;
  const known = new Set(base.split("\n"));
  const lines = text.split("\n");
  return (line) => !known.has(lines[line - 1] ?? "");
}
