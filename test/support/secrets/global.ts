import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Before all workers, which inherit these variables: the secret of this one run, and where its servers leave their logs. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-planted-"));
  chmodSync(folder, 0o711);
  process.env["PGACCORD_PLANTED_FOLDER"] = folder;
  process.env["PGACCORD_PLANTED"] = `planted${randomBytes(18).toString("hex")}`;
  return () => rmSync(folder, { recursive: true, force: true });
}
