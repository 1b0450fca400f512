import { join, relative } from "node:path";
import { errorProblem, ProblemsError } from "../model/problem.js";
import type { DemoWorld } from "../sandbox/demo-world.js";
import { apply } from "./apply.js";
import { tellEvidence, UNUSED, withUnused } from "./demo-evidence.js";
import { EXAMPLE } from "./demo-file.js";
import { DEMO_LOGINS, demoLogin, withoutHalf } from "./demo-logins.js";
import { FOREIGN, playground } from "./demo-playground.js";
import { type CliIo, EXIT } from "./io.js";
import { login } from "./login.js";
import { plan } from "./plan.js";

export interface DemoOptions {
  readonly keep?: boolean;
}

/** A local PostgreSQL and AWS emulator; plan, apply and plan as a user sees them; then logins with tokens. */
export async function demo(io: CliIo, options: DemoOptions): Promise<number> {
  // From the first moment on: servers that are just starting must not be left behind.
  const interrupted = new Promise<typeof INTERRUPTED>((resolve) => io.onSignal(() => resolve(INTERRUPTED)));
  const { startDemoWorld } = await import("../sandbox/demo-world.js");
  io.out("Starting PostgreSQL 17 behind an IAM front door, and an AWS emulator\n");
  const world = await startDemoWorld({ evidence: true, onProgress: (text) => io.err(`${text} …\n`) }).catch(asProblem);
  // The servers alone do not keep this process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const code = await Promise.race([show(io, world), interrupted]);
    if (options.keep && code === EXIT.done) {
      io.out(playground({ ...world, caFile: world.postgres.certificates.caFile }, relative("", EXAMPLE)));
      await interrupted;
    }
    return code;
  } finally {
    clearInterval(alive);
    await world.stop();
  }
}

/** As a shell counts a process that Ctrl-C ended. */
const INTERRUPTED = 130;

async function show(io: CliIo, world: DemoWorld): Promise<number> {
  io.out(`PostgreSQL ${world.postgres.major} as RDS cluster demo-aurora at ${world.address}; AWS: ${world.aws.how}.\n`);
  const own = Object.entries(io.env).filter(([name]) => !FOREIGN.includes(name));
  const inside: CliIo = { ...io, env: { ...Object.fromEntries(own), ...world.env }, isTTY: false, onSignal: () => undefined };
  const options = { file: EXAMPLE, fileLabel: "access.yaml", format: "text", next: false, address: [["demo", world.address]] } as const;
  const saved = join(world.postgres.socketDir, "demo.plan");
  say(io, "pgaccord plan --out demo.plan");
  if ((await plan(inside, { ...options, out: saved, detailedExitcode: true })) !== EXIT.pending) return EXIT.error;
  say(io, "pgaccord apply demo.plan --yes");
  const applied = await apply(inside, saved, { ...options, yes: true });
  if (applied !== EXIT.done) return applied;
  say(io, "pgaccord plan");
  if ((await plan(inside, { ...options, detailedExitcode: true })) !== EXIT.done) return EXIT.error;
  const unused = await withUnused(world.postgres.socketDir);
  say(io, `pgaccord apply --yes    # somebody adds ${UNUSED}, whom nobody will use`);
  const mine = { ...options, file: unused };
  const added = await apply(inside, undefined, { ...mine, yes: true });
  if (added !== EXIT.done) return added;
  const began = new Date().toISOString();
  say(io, "Logging in with IAM tokens");
  let good = true;
  for (const one of DEMO_LOGINS) good = (await demoLogin(io, world, one)) && good;
  say(io, "Taking one half of a way away: pg-mgmt-policy from IAM role pg-mgmt-role, by hand");
  good = (await withoutHalf(io, world)) && good;
  say(io, "pgaccord apply --yes");
  const repaired = await apply(inside, undefined, { ...mine, yes: true });
  if (repaired !== EXIT.done) return repaired;
  const monitor = DEMO_LOGINS.at(-1);
  good = monitor !== undefined && (await demoLogin(io, world, monitor)) && good;
  for (const profile of new Set(DEMO_LOGINS.map((one) => one.profile))) good = (await checkFrom(inside, world, profile)) && good;
  good = (await tellEvidence(inside, { file: unused, began, address: options.address })) && good;
  say(io, `pgaccord apply --yes    # ${UNUSED} is taken out of the file`);
  const ended = await apply(inside, undefined, { ...options, yes: true });
  if (ended !== EXIT.done) return ended;
  return good ? EXIT.done : EXIT.error;
}

/** What whoever sits on such an instance is shown. */
async function checkFrom(io: CliIo, world: DemoWorld, profile: string): Promise<boolean> {
  const { accountId } = DEMO_LOGINS.find((one) => one.profile === profile) ?? {};
  const keys = await world.credentialsOfInstance(profile, accountId);
  say(io, `pgaccord login --check    # on an instance with ${profile}`);
  const own = { AWS_ACCESS_KEY_ID: keys.accessKeyId, AWS_SECRET_ACCESS_KEY: keys.secretAccessKey, AWS_SESSION_TOKEN: keys.sessionToken };
  const options = { file: EXAMPLE, format: "text", check: true, address: [["demo", world.address]] } as const;
  return (await login({ ...io, env: { ...io.env, ...own } }, undefined, [], options)) === EXIT.done;
}

function asProblem(error: unknown): never {
  if (!(error instanceof Error && error.name === "SandboxError")) throw error;
  throw new ProblemsError([errorProblem("demo-unavailable", error.message)], { cause: error });
}

const say = (io: CliIo, text: string): void => io.out(`\n$ ${text}\n`);
