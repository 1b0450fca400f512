import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ApplyOutcome,
  applyPlan,
  buildPlan,
  createWorld,
  type Declared,
  effectsOf as effectsOfChange,
  load,
  lockAll,
  type Plan,
  releaseAll,
  type World,
  type WorldOptions,
} from "../../src/index.js";
import { effectText, wordsOf } from "../../src/report/sentence.js";
import { titleOf } from "../../src/report/title.js";
import { unmanagedText } from "../../src/report/unmanaged.js";
import { CI, count, learn, watch, watchError, watchFolder } from "./secrets/watch.js";

export const MAIN = join(import.meta.dirname, "../../dist/main.js");

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** One access file and the servers that it is about. */
export interface Scene {
  readonly file: string;
  readonly write: (text: string) => void;
  /** The packed command line, as a user runs it. */
  readonly cli: (...args: readonly string[]) => Promise<CliResult>;
  /** The same through the library: quicker. */
  readonly plan: () => Promise<Plan>;
  readonly apply: () => Promise<ApplyOutcome>;
  readonly world: () => Promise<{
    readonly world: World;
    readonly declared: Declared;
    readonly build: Parameters<typeof applyPlan>[0]["rebuild"];
  }>;
  readonly remove: () => void;
}

export interface SceneOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** CLUSTER=HOST:PORT */
  readonly address?: string;
  /** Of the library: tests that wait for AWS need not wait as long. */
  readonly clock?: NonNullable<WorldOptions["clock"]>;
}

const NOW = new Date("2026-12-01T12:00:00Z");

export function createScene({ env = {}, address, clock }: SceneOptions = {}): Scene {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-scene-"));
  const file = join(folder, "access.yaml");
  learn(env);
  const open = async () => {
    const { declared, problems } = await load(file, "access.yaml");
    if (!declared) throw new Error(problems.map((p) => `${p.place?.line}:${p.place?.column} ${p.message}`).join("\n"));
    const world = createWorld({ declared, env: { ...process.env, ...env }, addresses: addressMap(address), ...(clock ? { clock } : {}) });
    return {
      world,
      declared,
      build: (snapshot: Parameters<typeof buildPlan>[0]["snapshot"]) => buildPlan({ declared, snapshot, problems, now: NOW }),
    };
  };
  return {
    file,
    write: (text) => writeFileSync(file, text),
    cli: (command, ...args) =>
      runCli(
        [command ?? "", "-f", "access.yaml", ...(address && command !== "validate" ? ["--address", address] : []), ...args],
        folder,
        env,
      ),
    plan: watched(async () => {
      const { world, build } = await open();
      return build(await world.inspect());
    }),
    apply: watched(async () => {
      const { world, build, declared } = await open();
      const { locks } = await lockAll(world.ports, [...declared.clusters.keys()]);
      try {
        const plan = build(await world.inspect());
        const errors = plan.problems.filter((p) => p.severity === "error");
        if (errors.length > 0) throw new Error(errors.map((p) => p.message).join("\n"));
        return await applyPlan({ plan, ports: world.ports, locks, rebuild: build, onUnit: () => undefined, stopped: () => false });
      } finally {
        await releaseAll(locks);
      }
    }),
    world: open,
    remove: () => {
      watchFolder(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a user of the library sees of a failure, too. */
const watched =
  <T>(work: () => Promise<T>): (() => Promise<T>) =>
  () =>
    work().catch((error: unknown) => {
      watchError("error of the library", error);
      throw error;
    });

function addressMap(address: string | undefined): Map<string, { host: string; port: number }> {
  if (address === undefined) return new Map();
  const [cluster = "", host = "", port = ""] = address.split(/[=:]/);
  return new Map([[cluster, { host, port: Number(port) }]]);
}

export const runCli = (args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Promise<CliResult> =>
  new Promise((resolve) => {
    learn(env);
    count("commands");
    const child = execFile(
      process.execPath,
      [MAIN, ...args],
      { cwd, env: { ...process.env, ...CI, ...env }, maxBuffer: 1 << 28 },
      (error, out, err) => {
        // A token is what that command is for.
        watch(`output of pgaccord ${args.slice(0, 2).join(" ")}`, args[1] === "token" ? err : `${out}\n${err}`);
        resolve({ code: error ? (typeof error.code === "number" ? error.code : 1) : 0, out, err });
      },
    );
    child.stdin?.end();
  });

/** Every effect of a plan as a sentence, sorted: what a reviewer reads. */
export const effectsOf = (plan: Plan): string[] => {
  const words = wordsOf(plan);
  return plan.changes.flatMap((change) => effectsOfChange(change).map((effect) => effectText(effect, words))).sort();
};

export const leftAlone = (plan: Plan): string[] => plan.unmanaged.map((one) => unmanagedText(one, plan));

export const titlesOf = (plan: Plan): string[] => plan.changes.map(titleOf).sort();
