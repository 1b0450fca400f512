import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { SandboxError } from "./sandbox-error.js";
import { freePort, startTied, waitUntil } from "./tied-process.js";

export interface AwsOptions {
  /** The account that the emulator plays. */
  readonly accountId?: string;
  readonly region?: string;
  readonly onProgress?: (text: string) => void;
}

export interface LocalAws {
  readonly endpoint: string;
  /** For every AWS SDK: the endpoint, and credentials that are good here only. */
  readonly env: Readonly<Record<string, string>>;
  readonly how: string;
  /** Empties all accounts. */
  readonly reset: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const run = promisify(execFile);
const MOTO = "moto[server]==5.2.1";

/** The AWS emulator moto on 127.0.0.1 and a free port, gone when this process is. */
export async function startAws(options: AwsOptions = {}): Promise<LocalAws> {
  const { accountId = "111122223333", region = "us-east-2" } = options;
  const base = mkdtempSync(join(tmpdir(), "pgaccord-aws-"));
  const port = await freePort();
  const { command, how } = await motoCommand(port, accountId, options.onProgress ?? (() => undefined));
  const server = startTied(command, { base, signal: "KILL", env: { MOTO_ACCOUNT_ID: accountId } });
  const endpoint = `http://127.0.0.1:${port}`;
  await waitUntil(async () => (await fetch(`${endpoint}/moto-api/data.json`)).ok, server, "The AWS emulator", 60).catch(
    (error: unknown) => {
      rmSync(base, { recursive: true, force: true });
      throw error;
    },
  );
  return {
    endpoint,
    how,
    env: { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE", AWS_SECRET_ACCESS_KEY: "emulator", AWS_REGION: region },
    reset: async () => {
      await fetch(`${endpoint}/moto-api/reset`, { method: "POST" });
    },
    stop: server.stop,
  };
}

/** The first that works: on the PATH, in Docker, in an environment of our own. */
async function motoCommand(
  port: number,
  accountId: string,
  onProgress: (text: string) => void,
): Promise<{ readonly command: string[]; readonly how: string }> {
  const args = ["-H", "127.0.0.1", "-p", String(port)];
  const found = await firstOnPath("moto_server");
  if (found !== null) return { command: [found, ...args], how: "moto_server on the PATH" };
  if (await succeeds("docker", ["image", "inspect", "motoserver/moto"])) {
    const docker = ["run", "--rm", "-i", "-e", `MOTO_ACCOUNT_ID=${accountId}`, "-p", `127.0.0.1:${port}:5000`, "motoserver/moto"];
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
