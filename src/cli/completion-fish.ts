import { type Flag, type Shape, withAll } from "./completion-shape.js";

export function fishScript(name: string, root: Shape): string {
  const shapes = withAll(root);
  const lines = shapes.flatMap((shape) => [
    ...shape.commands.map(
      (one) => `complete -c ${name} -n ${quoted(whereChildren(shape))} -f -a ${one.path.at(-1)} -d ${quoted(one.about)}`,
    ),
    ...argumentLine(name, shape, whereIn(shape, shapes)),
    ...shape.flags.map((flag) => `complete -c ${name} -n ${quoted(whereIn(shape, shapes))} ${flagWords(name, flag)}`),
  ]);
  return `# fish completion for ${name}\ncomplete -c ${name} -f\n${lines.join("\n")}\n`;
}

const seen = (word: string | undefined): string => `__fish_seen_subcommand_from ${word}`;

/** Where the next command is still to come. */
function whereChildren({ path, commands }: Shape): string {
  if (path.length === 0) return "__fish_use_subcommand";
  return [...path.map(seen), `not ${seen(commands.map((one) => one.path.at(-1)).join(" "))}`].join("; and ");
}

/** \`plan\` alone is not the plan of \`github plan\`. */
function whereIn({ path }: Shape, shapes: readonly Shape[]): string {
  if (path.length === 0) return "__fish_use_subcommand";
  const longer = shapes.filter((other) => other.path.length > path.length && other.path.at(-1) === path.at(-1));
  const groups = [...new Set(longer.map((other) => other.path[0]))];
  return [...path.map(seen), ...groups.map((group) => `not ${seen(group)}`)].join("; and ");
}

function argumentLine(name: string, { argument }: Shape, where: string): string[] {
  if (argument === "file") return [`complete -c ${name} -n ${quoted(where)} -F`];
  return Array.isArray(argument) ? [`complete -c ${name} -n ${quoted(where)} -f -a ${quoted(argument.join(" "))}`] : [];
}

function flagWords(name: string, { names, about, value }: Flag): string {
  const words = names.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  return [...words, ...valueWords(name, value), "-d", quoted(about)].join(" ");
}

function valueWords(name: string, value: Flag["value"]): string[] {
  if (value === null) return [];
  if (value === "file") return ["-r", "-F"];
  if (value === "text") return ["-x"];
  const list = value === "clusters" || value === "accounts" ? `(${name} completion-names ${value} 2>/dev/null)` : value.join(" ");
  return ["-x", "-a", quoted(list)];
}

const quoted = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;
