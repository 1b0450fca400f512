import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { errorProblem, type Problem } from "../model/problem.js";
import { type AccessFile, parseAccess, type ReadCa } from "./parse-access.js";
import { placesOf } from "./text-place.js";

/** Reads access.yaml and the certificates that it names. `displayName`: as messages name the file. Never fails: what is wrong is a problem. */
export async function loadAccessFile(path: string, displayName: string): Promise<AccessFile> {
  const bytes = await readBytes(path, displayName);
  if ("code" in bytes) return refused(bytes);
  const text = decode(bytes, displayName);
  return typeof text === "string" ? parseAccess(text, displayName, caReader(path)) : refused(text);
}

const refused = (problem: Problem): AccessFile => ({ declared: null, problems: [problem] });

const MEBIBYTE = 1024 * 1024;
const MAX_MEBIBYTES = 5;

async function readBytes(path: string, name: string): Promise<Uint8Array | Problem> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_MEBIBYTES * MEBIBYTE) return await readFile(path);
    return errorProblem("file-too-big", `${name} has ${Math.ceil(size / MEBIBYTE)} MiB; the limit is ${MAX_MEBIBYTES} MiB.`, {
      place: { file: name, line: 1, column: 1 },
      hint: "Is it the right file? Another one is named by -f FILE.",
    });
  } catch (error) {
    const reason = reasonOf(error);
    const hint = "Name another file with --file, or go to the folder that holds it.";
    return errorProblem("file-not-found", `${name} cannot be read: ${reason}.`, { hint });
  }
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
  (accessFile: string): ReadCa =>
  (path) => {
    try {
      const pem = readFileSync(resolve(dirname(accessFile), path), "utf8");
      return pem.includes("-----BEGIN CERTIFICATE-----") ? { pem } : { fault: "it holds no certificate" };
    } catch (error) {
      return { fault: reasonOf(error) };
    }
  };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EISDIR: "it is a folder",
  EACCES: "you may not read it",
  ENOTDIR: "a part of its path is not a folder",
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? String(error.code) : "it failed";
  return REASONS[code] ?? code;
};
