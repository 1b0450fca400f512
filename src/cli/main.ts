#!/usr/bin/env node
import { createInterface } from "node:readline/promises";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { LOG_LEVELS, NO_LOG } from "../model/log.js";
import { VERSION } from "../version.js";
import type { Shell } from "./completion.js";
import { addDemo } from "./demo-commands.js";
import { addEvidence, addGithubReview, addLogins, addReview } from "./evidence-commands.js";
import type { CliIo, CommonOptions } from "./io.js";
import type { LogOptions } from "./log.js";
import { addTrail } from "./trail-command.js";

// Node 20 is supported here; the SDK would warn of it on standard error in every run.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

// Who reads may leave (`| head`): what is under way goes on, and its exit code counts.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

/** The only user of `process`: every command gets what it needs of it. Commands are loaded when they run. */
const io: CliIo = {
  env: process.env,
  isTTY: process.stdin.isTTY === true && process.stdout.isTTY === true,
  color: colorWanted(),
  progress: process.stderr.isTTY === true,
  ask,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  log: NO_LOG,
  onSignal: (listener) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => listener(signal));
  },
};

/** One line from the terminal; null: Ctrl-C or Ctrl-D. */
async function ask(question: string): Promise<string | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string | null>((resolve, reject) => {
      terminal.on("SIGINT", () => resolve(null)).on("close", () => resolve(null));
      terminal.question(question).then(resolve, reject);
    });
  } finally {
    terminal.close();
  }
}

/** A file in a pipe or NO_COLOR (no-color.org) gets none; FORCE_COLOR gets them anyway. */
function colorWanted(): boolean {
  if (process.argv.includes("--no-color") || (process.env["NO_COLOR"] ?? "") !== "") return false;
  return (process.env["FORCE_COLOR"] ?? "") !== "" || (process.stdout.isTTY === true && process.env["TERM"] !== "dumb");
}

const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

function address(value: string, list: readonly (readonly [string, string])[] = []): (readonly [string, string])[] {
  const at = value.indexOf("=");
  if (at < 1 || !/:\d+$/.test(value)) throw new InvalidArgumentError("Expected CLUSTER=HOST:PORT.");
  return [...list, [value.slice(0, at), value.slice(at + 1)]];
}

const withCommon = (command: Command, formats: readonly string[]): Command =>
  command
    .option("-f, --file <path>", "the access file", "access.yaml")
    .addOption(new Option("--format <format>", "form of the result on standard output").choices(formats).default("text"))
    .option("--no-color", "no colours, as NO_COLOR does")
    .option("--verbose", "every object on a line of its own");

const withTargets = (command: Command, only = "write only to"): Command =>
  command
    .option("--cluster <glob>", `${only} these clusters (repeatable)`, collect)
    .option("--account <glob>", `${only} these AWS accounts (repeatable)`, collect)
    .option("--address <cluster=host:port>", "where a cluster's socket goes, for example a tunnel (repeatable)", address);

const withLog = (command: Command): Command =>
  command
    .addOption(new Option("--log-level <level>", "what is logged on standard error; left out: warn").choices(LOG_LEVELS))
    .addOption(new Option("--log-format <format>", "form of all that stands on standard error; left out: text").choices(["text", "json"]));

const program = new Command("pgaccord")
  .description(
    "One file says who may reach which PostgreSQL data and through which AWS identity.\npgaccord compares it with the live servers, shows the difference, and applies it.",
  )
  .version(VERSION)
  // Said below, with what to write instead.
  .configureOutput({ outputError: () => undefined })
  .exitOverride();

withCommon(program.command("validate"), ["text", "json"])
  .description("check access.yaml; reads no server")
  .action((options: CommonOptions & LogOptions) =>
    run("validate", options, async (io) => (await import("./validate.js")).validate(io, options)),
  );

withTargets(withCommon(program.command("plan"), ["text", "markdown", "json", "sql"]))
  .description("read the servers and show what would change; changes nothing")
  .option("--out <file>", "save the plan for `pgaccord apply FILE`")
  .option("--detailed-exitcode", "exit 2 when changes are pending")
  .option("--evidence <folder>", "say when whoever loses something last logged in, as `evidence collect` kept it")
  .action((options) => run("plan", options, async (io) => (await import("./plan.js")).plan(io, options)));

withTargets(withCommon(program.command("apply"), ["text", "json"]))
  .description("plan again, compare with FILE, ask, apply, and prove that nothing is left")
  .argument("[plan]", "a plan saved with `pgaccord plan --out`")
  .option("--yes", "do not ask")
  .option(
    "--allow <code[=name]>",
    "let a guard pass, for example adopt-narrows, or what it finds of one name: adopt-narrows=analyst (repeatable)",
    collect,
  )
  .option("--digest <digest>", "apply only the plan that has this digest")
  .option(
    "--revoke-only",
    "take access at once: what gives something, or would leave somebody without what they keep, waits for a whole apply",
  )
  .action((file: string | undefined, options, command: Command) => {
    const fileGiven = command.getOptionValueSource("file") === "cli";
    return run("apply", options, async (io) => (await import("./apply.js")).apply(io, file, { ...options, fileGiven }));
  });

withTargets(withCommon(program.command("doctor"), ["text", "json"]), "ask only about")
  .description(
    "say what admin and reader lack and what is configured otherwise, with the SQL that the master user runs once; changes nothing",
  )
  .action((options) => run("doctor", options, async (io) => (await import("./doctor.js")).doctor(io, options)));

withCommon(program.command("iam-policy"), ["text", "json"])
  .description("print the IAM policies that whoever runs pgaccord on this file needs, one for each account; reads no server")
  .addOption(new Option("--for <command>", "what is run").choices(["plan", "apply", "review"]).makeOptionMandatory())
  .option("--account <glob>", "only of these AWS accounts (repeatable)", collect)
  .option("--was <file>", "the file as it was: what only that one names is deleted")
  .action((options) => run("iam-policy", options, async (io) => (await import("./iam-policy.js")).iamPolicy(io, options)));

program
  .command("login")
  .description("log in as a user of the file by IAM, and run psql or COMMAND there; with --check prove every door that you may take")
  .argument("[user@cluster[/database]]")
  .argument("[command...]", "what runs with PG* variables set, after --; left out: psql")
  .option("-f, --file <path>", "the access file", "access.yaml")
  .option("--as <iam-role>", "the IAM role to come in by, where several may")
  .option("--check", "log in through every declared door that you may take, and try what is not declared")
  .addOption(new Option("--format <format>", "form of what --check says").choices(["text", "json"]).default("text"))
  .option("--address <cluster=host:port>", "where a cluster's socket goes, for example a tunnel (repeatable)", address)
  .option("--no-color", "no colours, as NO_COLOR does")
  .action((target: string | undefined, command: readonly string[], options) =>
    run("login", options, async (io) => (await import("./login.js")).login(io, target, command, options)),
  );

addLogins(program, run);
addTrail(program, run);
const evidence = addEvidence(program, run);
addReview(
  program
    .command("review")
    .option("--address <cluster=host:port>", "where a cluster's socket goes, for example a tunnel (repeatable)", address),
  run,
);

program
  .command("aws-config")
  .description(
    "print the profiles for ~/.aws/config with which those of the file connect, and the token command of each door; asks no server",
  )
  .option("-f, --file <path>", "the access file", "access.yaml")
  .option("--for <name>", "a user or an IAM role alone")
  .action((options) => run("aws-config", options, async (io) => (await import("./aws-config.js")).awsConfig(io, options)));

const github = program.command("github").description("plan, apply and drift inside GitHub Actions");

const withGithub = (command: Command): Command =>
  command
    .option("-f, --file <path>", "the access file", "access.yaml")
    .option("--environment <name>", "tells runs of one file against several worlds apart", "")
    .option("--address <cluster=host:port>", "where a cluster's socket goes, for example a tunnel (repeatable)", address);

withGithub(github.command("plan"))
  .description("plan as the readers: comment and check on a pull request, summary and digest on a push")
  .option("--evidence <folder>", "say when whoever loses something last logged in, as `evidence collect` kept it")
  .action((options) => run("github plan", options, async (io) => (await import("./github-plan.js")).githubPlan(io, options)));

withGithub(github.command("apply"))
  .description("on push to the default branch, or by hand: apply what merged pull requests were approved for")
  .option("--digest <digest>", "apply the plan that has this digest, whoever approved it")
  .option("--allow <code[=name]>", "let a guard pass, or what it finds of one name (repeatable)", collect)
  .option("--check-app <slug>", "the GitHub app whose checks and deployments count", "github-actions")
  .action((options) => run("github apply", options, async (io) => (await import("./github-apply.js")).githubApply(io, options)));

withGithub(github.command("drift"))
  .description("on a schedule: keep one issue that says what differs")
  .action((options) => run("github drift", options, async (io) => (await import("./github-drift.js")).githubDrift(io, options)));

addGithubReview(withGithub(github.command("review")), run);

withGithub(github.command("post"))
  .description("on workflow_run: post what `validate --format json` found in a fork's pull request")
  .argument("<result>", "the file from that run")
  .action((file: string, options) =>
    run("github post", options, async (io) => (await import("./github-post.js")).githubPost(io, file, options)),
  );

addDemo(program, run);

const groups = [github, evidence];
for (const command of [...program.commands, ...groups.flatMap((one) => one.commands)]) if (!groups.includes(command)) withLog(command);

program
  .command("completion")
  .description("print a script that completes commands, options and names in a shell")
  .addArgument(program.createArgument("<shell>").choices(["bash", "zsh", "fish"]))
  .action(async (shell: Shell) => io.out((await import("./completion.js")).completionScript(program, shell)));

program
  .command("completion-names", { hidden: true })
  .addArgument(program.createArgument("<of>").choices(["clusters", "accounts"]))
  .option("-f, --file <path>", "the access file", "access.yaml")
  .action((of, options) =>
    run("completion-names", {}, async (io) => (await import("./completion-names.js")).completionNames(io, of, options)),
  );

/** Exit codes: docs/commands.md. */
async function run(name: string, options: LogOptions, work: (io: CliIo) => Promise<number>): Promise<void> {
  const { withLogging } = await import("./logged.js");
  process.exitCode = await withLogging(io, name, options, work);
}

/** Help that was asked for is no mistake; a command without a name has printed its help. */
async function commandLineError({ code, exitCode, message }: CommanderError): Promise<number> {
  if (exitCode === 0) return 0;
  if (code === "commander.help") return 1;
  const [{ commandLineProblem }, { renderProblems }] = await Promise.all([import("./command-line.js"), import("../report/problems.js")]);
  io.err(renderProblems([commandLineProblem(program, message, process.argv.slice(2))], { color: io.color }));
  return 1;
}

/** A mistake on the command line is an error, 1. */
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = await commandLineError(error);
  else {
    const { reportCrash } = await import("./crash.js");
    process.exitCode = reportCrash(io, error);
  }
}
