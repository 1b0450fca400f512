import { type Command, Option } from "commander";
import type { CliIo } from "./io.js";
import type { LogOptions } from "./log.js";

type Run = (name: string, options: LogOptions, work: (io: CliIo) => Promise<number>) => Promise<void>;

/** `pgaccord trail`. */
export function addTrail(program: Command, run: Run): void {
  program
    .command("trail")
    .description("say who took the IAM roles of the file, from CloudTrail, and whom of them the file does not name; changes nothing")
    .option("-f, --file <path>", "the access file", "access.yaml")
    .option("--since <time>", "only what is not older: 90d, 12h, 2w, or a day", "90d")
    .option("--role <id>", "only this IAM role of the file (repeatable)", collect)
    .option("--ips", "the addresses that they came from, too")
    .option("--log <file>", "a log file of PostgreSQL, or -: say which logins likely came through which IAM role (repeatable)", collect)
    .option("--log-line-prefix <prefix>", "log_line_prefix of the server; left out: one of the common ones is recognized")
    .option("--log-timezone <zone>", "of a log that prints an abbreviation that several have")
    .option("--print-ddl", "print the table that evidence.cloudtrail.athena reads; asks nothing")
    .addOption(new Option("--format <format>", "form of the result on standard output").choices(["text", "json", "csv"]).default("text"))
    .option("--no-color", "no colours, as NO_COLOR does")
    .action((options) => run("trail", options, async (io) => (await import("./trail.js")).trail(io, options)));
}

const collect = (value: string, list: readonly string[] = []): string[] => [...list, value];
