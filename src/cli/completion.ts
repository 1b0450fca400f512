import type { Command, Option } from "commander";
import { bashScript } from "./completion-bash.js";
import { fishScript } from "./completion-fish.js";
import type { Flag, Follows, Shape } from "./completion-shape.js";
import { zshScript } from "./completion-zsh.js";

export type Shell = "bash" | "zsh" | "fish";

const SCRIPTS: { readonly [S in Shell]: (name: string, root: Shape) => string } = { bash: bashScript, zsh: zshScript, fish: fishScript };

/** A script for the shell, made of the commands that there are: pressing Tab starts nothing, but where names of the file are asked for. */
export const completionScript = (program: Command, shell: Shell): string => SCRIPTS[shell](program.name(), shapeOf(program, []));

function shapeOf(command: Command, path: readonly string[]): Shape {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  return {
    path,
    about: command.description().split("\n")[0] ?? "",
    flags: help.visibleOptions(command).map(flagOf),
    argument: argument === undefined ? null : (argument.argChoices ?? (argument.name() === "command" ? "text" : "file")),
    commands: help.visibleCommands(command).map((one) => shapeOf(one, [...path, one.name()])),
  };
}

function flagOf(option: Option): Flag {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  return { names, about: option.description, value: whatFollows(option), repeats: option.description.includes("(repeatable)") };
}

function whatFollows({ required, optional, argChoices, long, flags }: Option): Follows {
  if (!required && !optional) return null;
  if (argChoices) return argChoices;
  if (long === "--cluster") return "clusters";
  if (long === "--account") return "accounts";
  return /<(path|file)>/.test(flags) ? "file" : "text";
}
