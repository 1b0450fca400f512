import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

interface Registry {
  readonly url: string;
  readonly visits: string[];
  readonly stop: () => void;
}

/** A registry of npm's that has one package. `served`: the bytes that it sends, whatever hash it says. */
async function startRegistry(tarball: Buffer, served = tarball): Promise<Registry> {
  const visits: string[] = [];
  const server = createServer((request, response) => {
    visits.push(request.url ?? "");
    if (request.url?.endsWith(".tgz")) return void response.end(served);
    const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    const one = { name: "pgaccord", version, dist: { integrity, tarball: `http://${request.headers.host}/pgaccord.tgz` } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ name: "pgaccord", "dist-tags": { latest: version }, versions: { [version]: one } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/`,
    visits,
    stop: () => server.close(),
  };
}

const folder = mkdtempSync(join(tmpdir(), "pgaccord-action-"));
let good: Registry;
let evil: Registry;
let broken: Registry;
beforeAll(async () => {
  const tarball = pack({ scripts: { preinstall: "touch pwned", postinstall: "touch pwned" } });
  good = await startRegistry(tarball);
  broken = await startRegistry(tarball, pack({ description: "not what the hash says" }));
  evil = await startRegistry(Buffer.from("evil"));
});
afterAll(() => {
  for (const registry of [good, evil, broken]) registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The package as it is published, but for what its package.json says. */
function pack(more: object): Buffer {
  const at = mkdtempSync(join(folder, "pack-"));
  mkdirSync(join(at, "package"));
  cpSync(join(ROOT, "dist"), join(at, "package/dist"), { recursive: true });
  const { name, bin, type, engines } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  writeFileSync(join(at, "package/package.json"), JSON.stringify({ name, version, bin, type, engines, ...more }));
  execFileSync("tar", ["-czf", join(at, "package.tgz"), "-C", at, "package"]);
  return readFileSync(join(at, "package.tgz"));
}

const FILE = 'version: 1\nowner: a\nclusters: { c: { address: "127.0.0.1:5432", admin: { user: a, auth: none } } }\n';

interface Planted {
  readonly checkout: string;
  readonly pwned: () => boolean;
  readonly env: Record<string, string>;
  /** What `result.json` is a link to. */
  readonly victim: string;
  readonly temp: string;
}

/** A checkout of a pull request that wants its own program run; each way leaves the file `pwned` beside it. */
function plant(): Planted {
  const at = mkdtempSync(join(folder, "job-"));
  const checkout = join(at, "change");
  const mark = join(at, "pwned");
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(checkout, name)), { recursive: true });
    writeFileSync(join(checkout, name), text);
    chmodSync(join(checkout, name), 0o755);
  };
  // Without a program of its own: those here are planted, too.
  const shell = `#!/bin/sh\n: >'${mark}'\necho planted\n`;
  const code = `require("node:fs").writeFileSync(${JSON.stringify(mark)}, "")\n`;
  const npmrc = [
    `registry=${evil.url}`,
    `script-shell=${checkout}/evil.sh`,
    `node-options=--require=${checkout}/evil.cjs`,
    "ignore-scripts=false",
    `prefix=${checkout}`,
    `cache=${checkout}/cache`,
    `userconfig=${checkout}/.npmrc`,
    "workspaces=true",
  ].join("\n");
  const scripts = Object.fromEntries(["preinstall", "install", "postinstall", "prepare", "pgaccord"].map((name) => [name, "./evil.sh"]));
  put("access.yaml", FILE);
  for (const name of ["npm", "npx", "node", "bash", "touch", "rm", "evil.sh", "node_modules/.bin/pgaccord", "node_modules/.bin/node"])
    put(name, shell);
  for (const name of ["evil.cjs", "dist/main.js", "node_modules/pgaccord/dist/main.js", "node_modules/pgaccord/index.js"]) put(name, code);
  for (const name of [".npmrc", "home/.npmrc", "home/etc/npmrc"]) put(name, npmrc);
  put("package.json", JSON.stringify({ name: "evil", version: "1.0.0", scripts, bin: { pgaccord: "evil.sh" }, workspaces: ["w"] }));
  put("node_modules/pgaccord/package.json", JSON.stringify({ name: "pgaccord", version, bin: { pgaccord: "dist/main.js" }, scripts }));
  put("bunfig.toml", 'preload = ["./evil.cjs"]\n');
  const victim = join(at, "victim");
  writeFileSync(victim, "untouched");
  symlinkSync(victim, join(checkout, "result.json"));
  const temp = join(at, "temp");
  mkdirSync(temp);
  const env = {
    RUNNER_TEMP: temp,
    HOME: join(checkout, "home"),
    PATH: `.:node_modules/.bin:${checkout}:${checkout}/node_modules/.bin::${process.env["PATH"]}`,
    NODE_OPTIONS: `--require=${checkout}/evil.cjs`,
    NODE_PATH: join(checkout, "node_modules"),
    BASH_ENV: join(checkout, "evil.sh"),
    npm_config_registry: evil.url,
    NPM_CONFIG_USERCONFIG: join(checkout, ".npmrc"),
    npm_config_script_shell: join(checkout, "evil.sh"),
    Npm_Config_Node_Options: `--require=${checkout}/evil.cjs`,
  };
  return { checkout, env, victim, temp, pwned: () => existsSync(mark) || existsSync(join(checkout, "pwned")) };
}

interface Ran {
  readonly code: number;
  readonly err: string;
}

const act = (at: Planted, env: Record<string, string>): Promise<Ran> =>
  new Promise((resolve) => {
    const more = { PGACCORD_COMMAND: "validate", PGACCORD_FILE: "access.yaml", PGACCORD_RESULT: "result.json", GITHUB_ACTION_PATH: ROOT };
    execFile(
      "/bin/bash",
      ["-p", join(env["GITHUB_ACTION_PATH"] ?? ROOT, "scripts/action.sh")],
      { cwd: at.checkout, env: { ...process.env, ...at.env, ...more, ...env } },
      (error, _, err) => resolve({ code: error ? Number(error.code) : 0, err }),
    );
  });

describe("scripts/action.sh in a checkout that wants its own program run", () => {
  it.each([
    ["the version that the registry has", () => ({ PGACCORD_VERSION: version, PGACCORD_REGISTRY: good.url })],
    ["this checkout of the action", () => ({})],
    ["a checkout of the action that is not built yet", () => ({ GITHUB_ACTION_PATH: unbuilt(), PGACCORD_REGISTRY: good.url })],
  ])("runs %s, and nothing that is planted", async (_, env) => {
    const at = plant();
    expect(await act(at, env())).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(join(at.checkout, "result.json"), "utf8"))).toEqual({ version: 1, valid: true, problems: [] });
    expect([at.pwned(), readFileSync(at.victim, "utf8"), evil.visits]).toEqual([false, "untouched", []]);
    expect(existsSync(join(at.checkout, "cache"))).toBe(false);
    expect(readdirSync(at.temp)).toEqual([]);
  });

  it("runs nothing where the bytes are not those of the registry's hash", async () => {
    const at = plant();
    const ran = await act(at, { PGACCORD_VERSION: version, PGACCORD_REGISTRY: broken.url });
    expect([ran.code === 0, ran.err, at.pwned()]).toEqual([false, expect.stringContaining("EINTEGRITY"), false]);
    expect(existsSync(join(at.checkout, "result.json"))).toBe(true);
    expect(readFileSync(at.victim, "utf8")).toBe("untouched");
  });

  it.each([
    [{ PGACCORD_VERSION: "file:./node_modules/pgaccord" }, "version must be a version"],
    [{ PGACCORD_VERSION: "../change" }, "version must be a version"],
    [{ PGACCORD_VERSION: "1.0.0 evil" }, "version must be a version"],
    [{ PGACCORD_VERSION: "1.0.0", PGACCORD_REGISTRY: "http://registry.example/" }, "must be an https:// address"],
  ])("takes no other package: %j", async (env, says) => {
    const at = plant();
    expect(await act(at, env)).toEqual({ code: 1, err: expect.stringContaining(says) });
    expect(at.pwned()).toBe(false);
  });
});

/** Its build makes what this checkout's has made. */
function unbuilt(): string {
  const at = mkdtempSync(join(folder, "tool-"));
  cpSync(join(ROOT, "scripts/action.sh"), join(at, "scripts/action.sh"));
  const name = { name: "pgaccord", version };
  writeFileSync(join(at, "package.json"), JSON.stringify({ ...name, type: "module", scripts: { postinstall: "touch pwned" } }));
  writeFileSync(join(at, "package-lock.json"), JSON.stringify({ ...name, lockfileVersion: 3, packages: { "": name } }));
  const build = `import { cpSync } from "node:fs";\ncpSync(${JSON.stringify(join(ROOT, "dist"))}, "dist", { recursive: true });\n`;
  writeFileSync(join(at, "scripts/build.mjs"), build);
  return at;
}
