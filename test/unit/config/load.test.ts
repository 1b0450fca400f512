import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadAccessFile } from "../../../src/config/load.js";

const folder = mkdtempSync(join(tmpdir(), "pgaccord-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, content: string | Uint8Array): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};

const codes = async (path: string): Promise<string[]> =>
  (await loadAccessFile(path, "access.yaml")).problems.map((p) => `${p.code}: ${p.message}`);

const PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const withCa = (ca: string): string =>
  `version: 1\nowner: a\nclusters: { c: { address: "db:5432", admin: { user: a, auth: none }, tls: { ca: ${ca} } } }\n`;

test("a file that is not there, or is no file", async () => {
  expect(await codes(join(folder, "none.yaml"))).toEqual(["file-not-found: access.yaml cannot be read: it does not exist."]);
  expect(await codes(folder)).toEqual(["file-not-found: access.yaml cannot be read: it is a folder."]);
});

test("a file that is too big is not read", async () => {
  expect(await codes(write("big.yaml", Buffer.alloc(5 * 1024 * 1024 + 1, 35)))).toEqual([
    "file-too-big: access.yaml has 6 MiB; the limit is 5 MiB.",
  ]);
});

test("UTF-16 is no UTF-8", async () => {
  expect(await codes(write("utf16.yaml", Buffer.from("\ufeffversion: 1\n", "utf16le")))).toEqual([
    "not-utf8: access.yaml is not UTF-8 text.",
  ]);
});

test("certificates are read beside the file", async () => {
  write("ca.pem", PEM);
  const { declared } = await loadAccessFile(write("ca.yaml", withCa("ca.pem")), "access.yaml");
  expect(declared?.clusters.get("c")?.tls).toEqual({ mode: "verify-full", ca: PEM });
});

test("certificates that are missing or are none", async () => {
  write("key.pem", "secret material");
  expect(await codes(write("ca2.yaml", withCa("none.pem")))).toEqual([
    'unreadable-ca: The certificates "none.pem" cannot be used: it does not exist.',
  ]);
  expect(await codes(write("ca3.yaml", withCa("key.pem")))).toEqual([
    'unreadable-ca: The certificates "key.pem" cannot be used: it holds no certificate.',
  ]);
});

test("a large file takes a moment, not minutes: the test's own time limit holds it", async () => {
  const roles = Array.from(
    { length: 20_000 },
    (_, i) => `  role_${i}: { member_of: [role_${i + 1}], grants: { d: { tables: { s.*: [select] } } } }`,
  );
  const text = `version: 1\nowner: a\nclusters: { c: { address: "127.0.0.1:5432", admin: { user: a, auth: none }, databases: { d: } } }\ndefaults: { clusters: [c] }\nroles:\n${roles.join("\n")}\n`;
  expect(await codes(write("large.yaml", text))).toEqual(['unknown-role: Role "role_20000" is not declared.']);
}, 60_000);
