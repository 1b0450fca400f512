import { dirname, join } from "node:path/posix";
import { type AccessFile, parseAccess } from "../config/parse-access.js";
import type { Github } from "../github/client.js";
import { fileAt } from "../github/files.js";

/** access.yaml of another commit, with the certificates that it names. null: it is not there. */
export async function loadAccessAt(github: Github, sha: string, path: string): Promise<AccessFile | null> {
  const text = await fileAt(github, sha, path);
  if (text === null) return null;
  const named = new Set<string>();
  parseAccess(text, path, (ca) => {
    named.add(ca);
    return { pem: "" };
  });
  const pems = new Map<string, string | null>();
  for (const ca of named) pems.set(ca, await fileAt(github, sha, join(dirname(path), ca)));
  return parseAccess(text, path, (ca) => {
    const pem = pems.get(ca);
    return pem ? { pem } : { fault: "it does not exist" };
  });
}

/** Lines of a text that another has not, wherever they stand there. */
export function changedLines(text: string, base: string | null): (line: number) => boolean {
  if (base === null) return () => true;
  const known = new Set(base.split("\n"));
  const lines = text.split("\n");
  return (line) => !known.has(lines[line - 1] ?? "");
}
