import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { AwsKeys } from "./key-ring.js";
import { SandboxError } from "./sandbox-error.js";
import { callSts, xmlText } from "./sts.js";
import { freePort, startTied, waitUntil } from "./tied-process.js";

export interface AwsOptions {
  /** The account of `env`; the emulator plays all others, too. */
  readonly accountId?: string;
  readonly region?: string;
  readonly onProgress?: (text: string) => void;
}

export interface LocalAws {
  readonly endpoint: string;
  /** For every AWS SDK: the endpoint, and credentials that are good here only. */
  readonly env: Readonly<Record<string, string>>;
  readonly how: string;
  readonly accountId: string;
  /** Keys that may do everything in an account: the emulator asks nobody for permission. */
  readonly rootOf: (accountId: string) => Promise<AwsKeys>;
  readonly stop: () => Promise<void>;
}

const run = promisify(execFile);
const MOTO = "moto[server]==5.2.1";

/** The AWS emulator moto on 127.0.0.1 and a free port, gone when this process is. */
export async function startAws(options: AwsOptions = {}): Promise<LocalAws> {
  const { accountId = "111122223333", region = "us-east-2" } = options;
  const base = mkdtempSync(join(tmpdir(), "pgaccord-aws-"));
  const port = await freePort();
  const { command, how } = await motoCommand(port, options.onProgress ?? (() => undefined));
  // The first would make all accounts one; a profile that it does not find makes the emulator fail.
  const env = { MOTO_ACCOUNT_ID: undefined, AWS_PROFILE: undefined, AWS_DEFAULT_PROFILE: undefined };
  const server = startTied(command, { base, signal: "KILL", env });
  const endpoint = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok, server, "The AWS emulator", 60).catch(
    (error: unknown) => {
      rmSync(base, { recursive: true, force: true });
      throw error;
    },
  );
  const root = await rootOf(endpoint, accountId);
  return {
    endpoint,
    how,
    accountId,
    env: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: root.accessKeyId,
      AWS_SECRET_ACCESS_KEY: root.secretAccessKey,
      AWS_REGION: region,
    },
    rootOf: (account) => (account === accountId ? Promise.resolve(root) : rootOf(endpoint, account)),
    stop: server.stop,
  };
}

/** The emulator tells accounts apart by access keys, and gives anybody keys of any account, for a role that need not exist. */
async function rootOf(endpoint: string, accountId: string): Promise<AwsKeys> {
  const RoleArn = `arn:aws:iam::${accountId}:role/emulator-root`;
  const xml = await callSts(endpoint, "AKIAIOSFODNN7EXAMPLE", { Action: "AssumeRole", RoleArn, RoleSessionName: "root" });
  return { accessKeyId: xmlText(xml, "AccessKeyId"), secretAccessKey: xmlText(xml, "SecretAccessKey") };
}

/** The first that works: on the PATH, in Docker, in an environment of our own. */
async function motoCommand(
  port: number,
  onProgress: (text: string) => void,
): Promise<{ readonly command: string[]; readonly how: string }> {
  const args = ["-H", "127.0.0.1", "-p", String(port)];
  const found = await firstOnPath("moto_server");
  if (found !== null) return { command: [found, ...args], how: "moto_server on the PATH" };
  if (await succeeds("docker", ["image", "inspect", "motoserver/moto"])) {
    const docker = ["run", "--rm", "-i", "-p", `127.0.0.1:${port}:5000`, "motoserver/moto"];
    return { command: ["docker", ...docker], how: "the Docker image motoserver/moto" };
  }
  return { command: [await privateMoto(onProgress), ...args], how: "moto in a Python environment of its own" };
}

/** A name on the PATH may be a shim that knows the program in another version only: it must run. */
async function firstOnPath(name: string): Promise<string | null> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (existsSync(file) && (await succeeds(file, ["--help"]))) return file;
  }
  return null;
}

const succeeds = (command: string, args: readonly string[]): Promise<boolean> =>
  run(command, [...args], { timeout: 20_000 }).then(
    () => true,
    () => false,
  );

/** pip writes the environment's path into its scripts, so it is made where it stays, under a lock: two at once do no harm. */
async function privateMoto(onProgress: (text: string) => void): Promise<string> {
  const home = join(process.cwd(), "node_modules", ".cache", "pgaccord-moto-5.2.1");
  const server = join(home, "bin", "moto_server");
  if (existsSync(server)) return server;
  if (!(await succeeds("python3", ["-c", "import venv, ensurepip"]))) {
    throw new SandboxError(
      "The AWS emulator needs Python 3 with venv, or Docker with the image motoserver/moto, or moto_server on the PATH.",
    );
  }
  onProgress("Installing the AWS emulator into node_modules/.cache (once)");
  mkdirSync(join(home, ".."), { recursive: true });
  const lock = `${home}.lock`;
  while (!takeLock(lock)) await new Promise((resolve) => setTimeout(resolve, 500));
  try {
    if (existsSync(server)) return server;
    rmSync(home, { recursive: true, force: true });
    await run("python3", ["-m", "venv", home]);
    await run(join(home, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", MOTO], { timeout: 600_000 });
    return server;
  } catch (error) {
    rmSync(home, { recursive: true, force: true });
    throw new SandboxError(`The AWS emulator could not be installed: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function takeLock(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}
