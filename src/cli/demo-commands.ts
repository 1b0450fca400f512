import type { Command } from "commander";
import type { CliIo } from "./io.js";
import type { LogOptions } from "./log.js";

type Run = (name: string, options: LogOptions, work: (io: CliIo) => Promise<number>) => Promise<void>;

/** `pgaccord demo` and what is done in a kept one. */
export function addDemo(program: Command, run: Run): void {
  const demo = program
    .command("demo")
    .description("start a local PostgreSQL and an AWS emulator, and show plan, apply, plan")
    .option("--keep", "leave the servers up until Ctrl-C and print what to export, and what to try")
    .option("--no-color", "no colours, as NO_COLOR does")
    .action((options) => run("demo", options, async (io) => (await import("./demo.js")).demo(io, options)));

  demo
    .command("sql")
    .description("run a statement in a kept demo: for machines without psql")
    .argument("<user>", "app_owner, access_admin, or a user of access.yaml")
    .argument("<statement>")
    .action((user: string, statement: string) =>
      run("demo sql", {}, async (io) => (await import("./demo-play.js")).demoSql(io, user, statement)),
    );

  demo
    .command("token")
    .description("print a token to log in with as that user of a kept demo, as PGPASSWORD of psql")
    .argument("<user>", "access_admin, or a user of access.yaml")
    .action((user: string) => run("demo token", {}, async (io) => (await import("./demo-play.js")).demoToken(io, user)));

  demo
    .command("break")
    .description("do one of the things by hand that `demo --keep` names")
    .argument("<number>", "1, 2 or 3")
    .action((number: string) => run("demo break", {}, async (io) => (await import("./demo-play.js")).demoBreak(io, number)));
}
