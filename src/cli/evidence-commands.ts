import { type Command, Option } from "commander";
import type { CliIo } from "./io.js";
import type { LogOptions } from "./log.js";

type Run = (name: string, options: LogOptions, work: (io: CliIo) => Promise<number>) => Promise<void>;

const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];

/** `pgaccord evidence`. */
export function addEvidence(program: Command, run: Run): Command {
  const evidence = program
    .command("evidence")
    .description("keep what the logs say of each day, for a review that looks back further than they do");
  evidence
    .command("collect")
    .description("read the logs of every server of the file's clusters, or FILE, and add the days to a folder; safe to run twice")
    .requiredOption("--to <folder>", "the evidence folder; made where it is not there")
    .option("--since <time>", "from then on: 3d, 12h, 2026-11-01; of RDS left out: 3d, as long as hosts keep their logs; of FILE: all")
    .option("--cluster <glob>", "only of these clusters (repeatable)", collect)
    .option("--log <file>", "instead a log file of any PostgreSQL, or - for standard input; in the order of time (repeatable)", collect)
    .option("--log-cluster <name>", "whose log FILE is")
    .option("--log-part <name>", "which server of that cluster wrote it, where it has several")
    .option("--log-line-prefix <prefix>", "the server's log_line_prefix, where the first lines do not tell")
    .option("--log-timezone <zone>", "of a log whose time zone has no clear name: Europe/Berlin, +01:00")
    .option("-f, --file <path>", "the access file", "access.yaml")
    .addOption(new Option("--format <format>", "form of the result on standard output").choices(["text", "json"]).default("text"))
    .option("--no-color", "no colours, as NO_COLOR does")
    .action((options, command: Command) => {
      const fileGiven = command.getOptionValueSource("file") === "cli";
      return run("evidence collect", options, async (io) =>
        (await import("./evidence-collect.js")).evidenceCollect(io, { ...options, fileGiven }),
      );
    });
  return evidence;
}

/** `pgaccord review`. */
export function addReview(command: Command, run: Run): void {
  command
    .description("say which doors, memberships, logins and IAM roles of the file were used, which were not, and what nobody can say")
    .option("--since <time>", "the window: 90d, 12w, or a day", "90d")
    .option("--evidence <folder>", "what `evidence collect` kept; left out: the servers' own logs, as far back as they reach")
    .option("--no-trail", "do not ask CloudTrail who took the IAM roles")
    .option("--advisor", "ask IAM's access advisor, too, when IAM roles last asked for a login: slow, and it proves use alone")
    .option("--no-activity", "do not ask the clusters who is connected now")
    .option("--was <file>", "the access file as it was when the window began; left out: as git has it. What is younger is not proposed")
    .option("--edit", "put what is proposed into the access file: first an end in thirty days, then its removal")
    .option("--remove", "propose removals at once")
    .option("-f, --file <path>", "the access file", "access.yaml")
    .addOption(
      new Option("--format <format>", "form of the result on standard output").choices(["text", "markdown", "json", "csv"]).default("text"),
    )
    .option("--no-color", "no colours, as NO_COLOR does")
    .action((options) => run("review", options, async (io) => (await import("./review.js")).review(io, options)));
}

/** `pgaccord logins`. */
export function addLogins(program: Command, run: Run): void {
  program
    .command("logins")
    .description(
      "say who logged in to which database, by which method, and what failed and why, from the logs of the file's RDS clusters, or FILE",
    )
    .option("--log <file>", "a log file of any PostgreSQL, or - for standard input (repeatable, in order)", collect)
    .option("--log-line-prefix <prefix>", "log_line_prefix of the server; left out: one of the common ones is recognized")
    .option("--log-timezone <zone>", "of a log that prints an abbreviation that several have: Europe/Berlin, or +01:00")
    .option("--since <time>", "only what is not older: 7d, 12h, 2w, or a day; of RDS left out: 3d")
    .option(
      "--cluster <name>",
      "of RDS: only these (a glob, repeatable); of a log file: whose it is, left out: the file's only one",
      collect,
    )
    .option("-f, --file <path>", "the access file, where there is one", "access.yaml")
    .addOption(new Option("--format <format>", "form of the result on standard output").choices(["text", "json", "csv"]).default("text"))
    .option("--no-color", "no colours, as NO_COLOR does")
    .action((options, command: Command) => {
      const fileGiven = command.getOptionValueSource("file") === "cli";
      return run("logins", options, async (io) => (await import("./logins.js")).logins(io, { ...options, fileGiven }));
    });
}

/** `pgaccord github review`; `command` has the options that all commands of GitHub have. */
export function addGithubReview(command: Command, run: Run): void {
  command
    .description("on a schedule: keep one pull request that proposes to end what nobody uses")
    .option("--since <time>", "the window: 90d, 12w, or a day", "90d")
    .option("--evidence <folder>", "what `evidence collect` kept; left out: the servers' own logs, as far back as they reach")
    .option("--no-trail", "do not ask CloudTrail who took the IAM roles")
    .option("--no-activity", "do not ask the clusters who is connected now")
    .action((options) =>
      run("github review", options, async (io) => (await import("./github-review-run.js")).githubReviewRun(io, options)),
    );
}
