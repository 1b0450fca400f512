import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LocalPostgres, startPostgres } from "../src/sandbox/local-postgres.js";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "..");
const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
/** So that a bundled test server, or a second copy of an SDK, is noticed. */
const MAX_PACKED = 1_950_000;

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

/** What a user gets from the registry: packed, installed into an empty folder, used there. */
describe("the packed package", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-packed-"));
  const app = join(folder, "app");
  let postgres: LocalPostgres;
  let packed: Packed;
  beforeAll(async () => {
    packed = await pack(folder);
    mkdirSync(app);
    writeFileSync(join(app, "package.json"), '{ "private": true, "type": "module" }');
    await run("npm", ["install", "--omit=dev", "--no-audit", "--no-fund", join(folder, packed.filename)], { cwd: app });
    postgres = await startPostgres({ major: 17 });
    await postgres.sql("CREATE DATABASE shop");
    writeFileSync(join(app, "access.yaml"), accessFile(postgres.port));
  });
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const inApp = async (command: string, ...args: readonly string[]): Promise<string> =>
    (await run(command, [...args], { cwd: app })).stdout;

  it("holds what it needs and nothing else", () => {
    const files = packed.files.map((f) => f.path);
    for (const needed of NEEDED) expect(files).toContain(needed);
    expect(files.filter((f) => !/^(dist|schema|docs)\/|^(README\.md|LICENSE|CHANGELOG\.md|access\.yaml|package\.json)$/.test(f))).toEqual(
      [],
    );
    expect(files.filter((f) => /\.map$|\.test\.|node_modules|embedded|pg\d\d-/.test(f))).toEqual([]);
    expect(packed.size).toBeLessThan(MAX_PACKED);
  });

  it("brings no test server along, and says nothing of the machine it was made on", () => {
    expect(readdirSync(join(app, "node_modules")).filter((name) => /^pg\d|testcontainers|vitest/.test(name))).toEqual([]);
    const root = join(app, "node_modules/pgaccord");
    const texts = readdirSync(root, { recursive: true, encoding: "utf8", withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("pgaccord/node_modules"))
      .map((entry) => ({ name: entry.name, text: readFileSync(join(entry.parentPath, entry.name), "utf8") }));
    expect(texts.length).toBe(packed.files.length);
    const told = texts.filter(({ text }) => text.includes(ROOT) || text.includes("sourceMappingURL"));
    expect(told.map(({ name }) => name)).toEqual([]);
  });

  it("runs from the command line", async () => {
    expect(await inApp("npx", "pgaccord", "--version")).toBe(`${version}\n`);
    expect(await inApp("npx", "pgaccord", "validate")).toBe("access.yaml is valid: 1 cluster, 1 role or user, 0 IAM roles.\n");
    expect(await inApp("npx", "pgaccord", "plan")).toContain("+ ro gains connect on database shop (access.yaml:5)");
  });

  it("says in one line what the demo needs, where it is not there", async () => {
    const demo = await inApp("npx", "pgaccord", "demo").catch((error: { code: number; stderr: string }) => error);
    expect(demo).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^error: PostgreSQL 17 .*`npm install --no-save pg17-\S+`\. \[demo-unavailable\]$/m),
    });
    const [, name = "", wanted] = /--no-save (\S+?)@(npm:\S+?)`/.exec(JSON.stringify(demo)) ?? [];
    const servers = JSON.parse(readFileSync(join(ROOT, "test/servers/package.json"), "utf8"));
    expect(servers.optionalDependencies[name]).toBe(wanted);
  });

  it("is a library", async () => {
    writeFileSync(join(app, "use.js"), USE.replace(", type Plan", "").replace(": Plan", ""));
    expect(await inApp(process.execPath, "use.js")).toBe("create role ro; change privileges on database shop in shop\n");
  });

  it("has types", async () => {
    writeFileSync(join(app, "use.ts"), USE);
    writeFileSync(
      join(app, "wrong.ts"),
      'import type { Plan } from "pgaccord";\nexport const digest = (plan: Plan): number => plan.digest;\n',
    );
    const flags = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--typeRoots", join(ROOT, "node_modules/@types")];
    const check = (file: string) =>
      inApp(join(ROOT, "node_modules/.bin/tsc"), ...flags, "--types", "node", file).catch((error: { stdout: string }) => error.stdout);
    expect(await check("use.ts")).toBe("");
    expect(await check("wrong.ts")).toContain("Type 'string' is not assignable to type 'number'");
  });
});

const NEEDED = [
  "dist/main.js",
  "dist/index.js",
  "dist/types/index.d.ts",
  "schema/access.schema.json",
  "schema/plan.schema.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "access.yaml",
];

const accessFile = (port: number): string => `version: 1
owner: acme/access
clusters: { main: { address: "127.0.0.1:${port}", admin: { user: postgres, auth: none }, databases: { shop: {} } } }
defaults: { clusters: [main] }
roles: { ro: { grants: { shop: { database: [connect] } } } }
`;

const USE = `import { buildPlan, createWorld, load, type Plan, titleOf } from "pgaccord";
const { declared, problems } = await load("access.yaml", "access.yaml");
if (!declared) throw new Error(String(problems.length));
const world = createWorld({ declared, env: process.env });
const plan: Plan = buildPlan({ declared, snapshot: await world.inspect(), problems, now: new Date() });
console.log(plan.changes.map((change) => titleOf(change)).join("; "));
`;

/** What a package is made of. */
const PARTS = [
  "src",
  "scripts",
  "schema",
  "docs",
  "package.json",
  "tsconfig.json",
  "tsconfig.types.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "access.yaml",
];

/** npm pack builds, and dist is in use by the tests beside this one: a copy is packed, below the root to find its node_modules. */
async function pack(folder: string): Promise<Packed> {
  mkdirSync(join(ROOT, "coverage"), { recursive: true });
  const copy = mkdtempSync(join(ROOT, "coverage/packed-"));
  try {
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: copy });
    const [packed]: readonly Packed[] = JSON.parse(stdout.slice(stdout.indexOf("[")));
    if (!packed) throw new Error("npm pack made nothing.");
    return packed;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
