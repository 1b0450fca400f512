import { closeSync, constants, existsSync, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, resolve, sep } from "node:path";
import { errorProblem, type Problem } from "../model/problem.js";
import { type AccessFile, parseAccess, type ReadCa } from "./parse-access.js";
import { placesOf } from "./text-place.js";

/** Where the working folder is a checkout of what somebody proposes: no link and no `..` leads out of it. */
export interface Checkout {
  /** Whether the runner's own certificates at this absolute path are read; else their path stands for them. */
  readonly mayReadCa: (path: string) => boolean;
}

/**
 * Reads access.yaml and the certificates that it names. `displayName`: as messages name the file. Never fails: what is wrong is a problem.
 * @param checkout left out: the user's own files, wherever they are
 */
export async function loadAccessFile(path: string, displayName: string, checkout?: Checkout): Promise<AccessFile> {
  const bytes = readAccess(path, displayName, checkout);
  if ("code" in bytes) return refused(bytes);
  const text = decode(bytes, displayName);
  return typeof text === "string" ? parseAccess(text, displayName, caReader(path, checkout)) : refused(text);
}

const refused = (problem: Problem): AccessFile => ({ declared: null, problems: [problem] });

const MEBIBYTE = 1024 * 1024;
const MAX_BYTES = 5 * MEBIBYTE;

function readAccess(path: string, name: string, checkout: Checkout | undefined): Uint8Array | Problem {
  if (checkout && leadsOut(resolve(path), rootOf(path)))
    return errorProblem("outside-repository", `${name} is a link that leads out of the repository.`, {
      hint: "Commit the file itself: in a CI a link could show what the runner holds.",
    });
  const read = readLimited(path);
  if (read instanceof Uint8Array) return read;
  if (read.fault === TOO_BIG)
    return errorProblem("file-too-big", `${name} has more than ${MAX_BYTES / MEBIBYTE} MiB.`, {
      place: { file: name, line: 1, column: 1 },
      hint: "Is it the right file? Another one is named by -f FILE.",
    });
  const hint = "Name another file with --file, or go to the folder that holds it.";
  return errorProblem("file-not-found", `${name} cannot be read: ${read.fault}.`, { hint });
}

interface Fault {
  readonly fault: string;
}

const TOO_BIG = "it is too big";

/** Regular files only, and no more than fits: a pipe that nobody writes to is not waited for, nor is a device read. */
function readLimited(path: string): Uint8Array | Fault {
  try {
    // Windows has no such flag, and no such pipes.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const stat = fstatSync(fd);
      if (stat.isDirectory()) return { fault: "it is a folder" };
      if (!stat.isFile()) return { fault: "it is a pipe or a device, and no file" };
      return readAll(fd, stat.size);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return { fault: reasonOf(error) };
  }
}

/** Files in /proc say that they are empty. */
function readAll(fd: number, size: number): Uint8Array | Fault {
  if (size > MAX_BYTES) return { fault: TOO_BIG };
  const buffer = new Uint8Array(MAX_BYTES + 1);
  let used = 0;
  for (let read = -1; read !== 0 && used < buffer.length; used += read) read = readSync(fd, buffer, used, buffer.length - used, null);
  return used > MAX_BYTES ? { fault: TOO_BIG } : buffer.slice(0, used);
}

function decode(bytes: Uint8Array, name: string): string | Problem {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const lenient = new TextDecoder("utf-8").decode(bytes);
    return errorProblem("not-utf8", `${name} is not UTF-8 text.`, {
      place: placesOf(lenient, name)(lenient.indexOf("\uFFFD")),
      hint: "Save it as UTF-8.",
    });
  }
}

const caReader =
  (accessFile: string, checkout: Checkout | undefined): ReadCa =>
  (path) => {
    if (!checkout) return readCa(resolve(dirname(accessFile), path));
    const root = rootOf(accessFile);
    if (!isAbsolute(path)) return leadsOut(resolve(dirname(accessFile), path), root) ? OUTSIDE : readCa(resolve(dirname(accessFile), path));
    if (!leadsOut(path, root)) return { fault: "an absolute path means the runner's own file, and this is in the repository" };
    return checkout.mayReadCa(path) ? readCa(path) : { pem: `not read: ${path}` };
  };

const OUTSIDE: Fault = { fault: "it leads out of the repository" };

/** Certificates in PEM form, of this machine. */
export function readCa(path: string): ReturnType<ReadCa> {
  const read = readLimited(path);
  if (!(read instanceof Uint8Array)) return read;
  const pem = new TextDecoder().decode(read);
  return pem.includes("-----BEGIN CERTIFICATE-----") ? { pem } : { fault: "it holds no certificate" };
}

/** The checkout that holds the working folder, or the folder of a file that was named outside it. */
function rootOf(accessFile: string): string {
  const here = realpathSync(".");
  const root = parentsOf(here).find((folder) => existsSync(join(folder, ".git"))) ?? here;
  const path = resolve(accessFile);
  return isIn(path, root) || !existsSync(dirname(path)) ? root : realpathSync(dirname(path));
}

const parentsOf = (folder: string): string[] => (dirname(folder) === folder ? [folder] : [folder, ...parentsOf(dirname(folder))]);

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** As its links are followed; what is not there, as it is written. */
function leadsOut(path: string, root: string): boolean {
  try {
    return !isIn(realpathSync(path), root);
  } catch {
    return !isIn(path, root);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "it is a link to itself",
  ENXIO: "it is a pipe or a device, and no file",
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "it failed";
  return REASONS[code] ?? code;
};
