import type { Command } from "commander";
import { errorProblem, type Problem } from "../model/problem.js";
import { commandOf, type KnownCommand, slipHint } from "./slips.js";

/** What the parser of the command line says, with what to write instead. */
export function commandLineProblem(program: Command, message: string, words: readonly string[]): Problem {
  const [what = "", near] = message.replace(/^error: /, "").split("\n");
  const text = `${what.trimEnd().replace(/\.$/, "")}.`;
  const commands = commandsOf(program);
  const known = commandOf(words, commands);
  const help = known ? `Run pgaccord ${known.name} --help for its options.` : "Run pgaccord --help for the commands.";
  const hint = slipHint(words, commands) ?? near?.replace(/^\((.*)\)$/, "$1") ?? help;
  return errorProblem("command-line", `${text.charAt(0).toUpperCase()}${text.slice(1)}`, { hint });
}

/** Those that do something, by their whole name: `github apply`. */
function commandsOf(program: Command, prefix = ""): KnownCommand[] {
  return program.commands.flatMap((command) => {
    const name = `${prefix}${command.name()}`;
    const options = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
    return [...(command.commands.length === 0 ? [{ name, options }] : []), ...commandsOf(command, `${name} `)];
  });
}
