import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { parseAccess } from "../config/parse-access.js";
import type { Declared } from "../model/declared.js";

const run = promisify(execFile);

/**
 * The access file as git has it of a moment: of the last commit before it. null: there is no git, no commit that old (a shallow clone),
 * or the file was not there, or has errors. What it names beside itself is not read.
 */
export async function fileThen(path: string, at: number): Promise<Declared | null> {
  const git = (...words: readonly string[]): Promise<string> =>
    run("git", [...words], { cwd: dirname(path), maxBuffer: 10_000_000 }).then(
      ({ stdout }) => stdout,
      () => "",
    );
  const commit = (await git("rev-list", "-1", `--before=${new Date(at).toISOString()}`, "HEAD")).trim();
  if (!/^[0-9a-f]{40,64}$/.test(commit)) return null;
  const text = await git("show", `${commit}:./${basename(path)}`);
  return text === "" ? null : parseAccess(text, path, () => ({ pem: "" })).declared;
}
