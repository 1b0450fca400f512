import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { CliIo } from "../../../src/cli/io.js";
import { openRun } from "../../../src/cli/run.js";
import { validate } from "../../../src/cli/validate.js";
import { loadAccessFile } from "../../../src/config/load.js";
import { NO_LOG } from "../../../src/model/log.js";

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
  expect(await codes(write("big.yaml", Buffer.alloc(5 * 1024 * 1024 + 1, 35)))).toEqual(["file-too-big: access.yaml has more than 5 MiB."]);
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

/** As in a CI: the working folder is a checkout of what somebody proposes. */
describe("in a checkout", () => {
  const outside = mkdtempSync(join(tmpdir(), "pgaccord-outside-"));
  const root = mkdtempSync(join(tmpdir(), "pgaccord-checkout-"));
  const before = process.cwd();
  const at = (name: string): string => join(root, "db", name);
  beforeAll(() => {
    mkdirSync(join(root, ".git"));
    mkdirSync(join(root, "db"));
    writeFileSync(join(outside, "ca.pem"), PEM);
    writeFileSync(join(outside, "access.yaml"), withCa("ca.pem"));
    writeFileSync(join(outside, "plain.yaml"), withCa("").replace(", tls: { ca:  }", ""));
    writeFileSync(join(root, "ca.pem"), PEM);
    process.chdir(join(root, "db"));
  });
  afterAll(() => {
    process.chdir(before);
    for (const folder of [outside, root]) rmSync(folder, { recursive: true, force: true });
  });
  const load = (path: string, mayReadCa: (ca: string) => boolean = () => true) => loadAccessFile(path, "access.yaml", { mayReadCa });
  const told = async (path: string, mayReadCa?: (ca: string) => boolean): Promise<string[]> =>
    (await load(path, mayReadCa)).problems.map((p) => `${p.code}: ${p.message}`);
  const naming = (name: string, ca: string): string => {
    writeFileSync(at(name), withCa(JSON.stringify(ca)));
    return name;
  };
  const OUT = ["outside-repository: access.yaml is a link that leads out of the repository."];
  const CA_OUT = (ca: string): string[] => [`unreadable-ca: The certificates "${ca}" cannot be used: it leads out of the repository.`];

  it.each([
    ["a file", () => symlinkSync(join(outside, "access.yaml"), at("link.yaml"))],
    ["a folder", () => symlinkSync(outside, at("folder")), "folder/access.yaml"],
    ["a link to a link", () => symlinkSync("link.yaml", at("again.yaml")), "again.yaml"],
    ["what the process knows", () => symlinkSync("/proc/self/environ", at("environ.yaml")), "environ.yaml"],
    ["a device", () => symlinkSync("/dev/zero", at("zero.yaml")), "zero.yaml"],
  ])("a link to %s outside is refused, and is none of ours at home", async (_, make, name = "link.yaml") => {
    make();
    expect(await told(name)).toEqual(OUT);
    expect((await loadAccessFile(at(name), "access.yaml")).problems.map((p) => p.code)).not.toContain("outside-repository");
  });

  it.each<[Record<string, string>, boolean]>([
    [{ CI: "true" }, true],
    [{ GITHUB_ACTIONS: "true" }, true],
    [{ GITHUB_EVENT_NAME: "pull_request" }, true],
    [{ CI: "false" }, false],
    [{}, false],
  ])("the commands know a CI by %j: refused there is %s", async (env, refused) => {
    const name = `ci-${JSON.stringify(env).length}.yaml`;
    symlinkSync(join(outside, "plain.yaml"), at(name));
    let said = "";
    const say = (text: string): void => {
      said += text;
    };
    const io: CliIo = {
      env,
      isTTY: false,
      color: false,
      progress: false,
      out: say,
      err: say,
      ask: async () => null,
      log: NO_LOG,
      onSignal: () => undefined,
    };
    expect(await validate(io, { file: name, format: "text" })).toBe(refused ? 1 : 0);
    expect(said).toContain(refused ? "[outside-repository]" : "is valid");
    expect((await openRun(io, { file: name, format: "text" }, "reader")) === null).toBe(refused);
  });

  it("a link inside is followed, and so is a file that was named outside", async () => {
    naming("real.yaml", "../ca.pem");
    symlinkSync("real.yaml", at("inside.yaml"));
    expect((await load("inside.yaml")).declared?.clusters.get("c")?.tls.ca).toBe(PEM);
    expect((await load(join(outside, "access.yaml"))).declared?.clusters.get("c")?.tls.ca).toBe(PEM);
  });

  it.each(["../../ca.pem", "../../../../../../../../etc/hostname", "ca-link.pem", "../nowhere/../../x"])(
    "a certificate at %s is not looked for",
    async (ca) => {
      if (ca === "ca-link.pem") symlinkSync(join(outside, "ca.pem"), at(ca));
      expect(await told(naming("ca.yaml", ca))).toEqual(CA_OUT(ca));
    },
  );

  it("an absolute certificate is the runner's: read where it may be, never from the repository", async () => {
    const ca = join(outside, "ca.pem");
    const tlsOf = async (may: boolean) => (await load(naming("abs.yaml", ca), () => may)).declared?.clusters.get("c")?.tls.ca;
    expect([await tlsOf(true), await tlsOf(false)]).toEqual([PEM, `not read: ${ca}`]);
    expect(await told(naming("own.yaml", join(root, "ca.pem")))).toEqual([
      `unreadable-ca: The certificates "${join(root, "ca.pem")}" cannot be used: an absolute path means the runner's own file, and this is in the repository.`,
    ]);
  });
});

test("a pipe is not waited for, a device and what has no end are not read", async () => {
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  const NO_FILE = "file-not-found: access.yaml cannot be read: it is a pipe or a device, and no file.";
  expect(await codes(pipe)).toEqual([NO_FILE]);
  expect(await codes("/dev/zero")).toEqual([NO_FILE]);
  for (const ca of [pipe, "/dev/zero"])
    expect(await codes(write("pipe-ca.yaml", withCa(ca)))).toEqual([
      `unreadable-ca: The certificates "${ca}" cannot be used: it is a pipe or a device, and no file.`,
    ]);
  write("big.pem", Buffer.alloc(5 * 1024 * 1024 + 1, 35));
  expect(await codes(write("big-ca.yaml", withCa("big.pem")))).toEqual([
    'unreadable-ca: The certificates "big.pem" cannot be used: it is too big.',
  ]);
  symlinkSync("loop.yaml", join(folder, "loop.yaml"));
  expect(await codes(join(folder, "loop.yaml"))).toEqual(["file-not-found: access.yaml cannot be read: it is a link to itself."]);
});
