import { appendFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Tests name a folder in PGACCORD_SANDBOX_LOGS. There the servers leave their logs when they end, with every statement in them; where they
 * can be asked while they run; the bodies of calls to AWS; and each secret that was issued, so that it can be searched for everywhere.
 */
export const watchedFolder = (): string | null => process.env["PGACCORD_SANDBOX_LOGS"] || null;

/** One line more in a file of that folder. */
export function leaveNote(name: "servers" | "secrets" | "aws-calls", line: string): void {
  const folder = watchedFolder();
  if (folder !== null) appendFileSync(join(folder, name), `${line}\n`);
}

/** For the shell that ends a server: its log goes where it is looked for. */
export const KEEP_LOG =
  '[ -z "$PGACCORD_SANDBOX_LOGS" ] || mv "$BASE/log" "$PGACCORD_SANDBOX_LOGS/$(basename "$BASE").log" 2>/dev/null || :';
