import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXAMPLE } from "./demo-file.js";
import { type CliIo, EXIT } from "./io.js";
import { logins } from "./logins.js";
import { review } from "./review.js";
import { trail } from "./trail.js";

/** A user of the demo that nobody logs in as. */
export const UNUSED = "oltp_audit_user";

/** The example's file with one more user, in that folder; a review may change it. */
export async function withUnused(folder: string): Promise<string> {
  const text = await readFile(EXAMPLE, "utf8");
  const path = join(folder, "access.yaml");
  await writeFile(path, text.replace(/^users:\n/m, `users:\n  ${UNUSED}: { login: iam, member_of: [oltp_ro_role] }\n`));
  return path;
}

/** What the demo itself just did, as the logs and CloudTrail have it; and what nobody used. */
export async function tellEvidence(
  io: CliIo,
  { file, began, address }: { readonly file: string; readonly began: string; readonly address: readonly (readonly [string, string])[] },
): Promise<boolean> {
  io.out(`\n$ pgaccord logins --since ${began}\n`);
  if ((await logins(io, { file, fileGiven: true, format: "text", since: began })) !== EXIT.done) return false;
  io.out(`\n$ pgaccord trail --since ${began}\n`);
  if ((await trail(io, { file, format: "text", since: began })) !== EXIT.done) return false;
  io.out(`\n$ pgaccord review --since ${began} --was access.yaml --edit\n`);
  const shown: CliIo = { ...io, err: io.out };
  if ((await review(shown, { file, fileLabel: "access.yaml", was: file, format: "text", since: began, address, edit: true })) !== EXIT.done)
    return false;
  const [line = ""] = (await readFile(file, "utf8")).split("\n").filter((one) => one.includes(UNUSED));
  io.out(`access.yaml now says:\n${line}\n`);
  return true;
}
