import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { startSampler } from "./sampler.js";
import { GOT_OUT } from "./searched.js";
import { searchAll } from "./watch.js";

/** In every file of tests. Hooks run from the last to the first: when this one does, the servers have ended and left their logs. */
const folder = mkdtempSync(join(process.env["PGACCORD_PLANTED_FOLDER"] ?? "", "file-"));
// Servers may run as another user.
chmodSync(folder, 0o777);
process.env["PGACCORD_SANDBOX_LOGS"] = folder;
const sampler = startSampler(folder);

// biome-ignore lint/correctness/noEmptyPattern: vitest wants a pattern there, and no fixture is needed.
afterAll(async ({}, file) => {
  await sampler.stop();
  const { hits, searched } = searchAll(folder);
  file.meta.searched = searched;
  rmSync(folder, { recursive: true, force: true });
  if (hits.length > 0) throw new Error(`${GOT_OUT}:\n${hits.map((h) => `  ${h.kind} in ${h.where}: ${h.line}`).join("\n")}`);
});
