import { type Flag, type Follows, type Shape, withAll } from "./completion-shape.js";

/** Works as a file \`_NAME\` on fpath, and sourced. */
export function zshScript(name: string, root: Shape): string {
  return `#compdef ${name}
# zsh completion for ${name}
_${name}_names() {
  local -a names
  names=(\${(f)"$(${name} completion-names $1 --file "\${opt_args[-f]:-\${opt_args[--file]:-access.yaml}}" 2>/dev/null)"})
  compadd -a names
}
${withAll(root)
  .map((shape) => functionOf(name, shape))
  .join("\n")}
if [[ "$funcstack[1]" == "_${name}" ]]; then _${name} "$@"; else compdef _${name} ${name}; fi
`;
}

const functionName = (name: string, path: readonly string[]): string => ["", name, ...path].join("_");

function functionOf(name: string, { path, flags, argument, commands }: Shape): string {
  const specs = flags.map((flag) => specOf(name, flag));
  if (commands.length === 0) {
    const rest = argument === null ? [] : [quoted(`1: :${actionOf(name, argument)}`)];
    return body(name, path, `  _arguments -s ${[...specs, ...rest].join(" \\\n    ")}`);
  }
  return body(
    name,
    path,
    `  local curcontext="$curcontext" state line
  local -a commands
  _arguments -C ${[...specs, "'1: :->command'", "'*:: :->rest'"].join(" \\\n    ")}
  case $state in
    command)
      commands=(
${commands.map(({ path: [...words], about }) => `        ${quoted(`${(words.at(-1) ?? "").replaceAll(":", "\\:")}:${about}`)}`).join("\n")}
      )
      _describe command commands ;;
    rest)
      case $line[1] in
${commands.map((one) => `        ${one.path.at(-1)}) ${functionName(name, one.path)} ;;`).join("\n")}
      esac ;;
  esac`,
  );
}

const body = (name: string, path: readonly string[], lines: string): string => `${functionName(name, path)}() {\n${lines}\n}`;

/** \`_arguments\` ends a description at \`]\`, and a message at \`:\`. */
function specOf(name: string, { names, about, value, repeats }: Flag): string {
  const text = `[${about.replace(/[[\]\\:]/g, "\\$&")}]${value === null ? "" : `:value:${actionOf(name, value)}`}`;
  if (repeats) return names.map((flag) => quoted(`*${flag}${text}`)).join(" ");
  return names.length === 1 ? quoted(`${names[0]}${text}`) : `${quoted(`(${names.join(" ")})`)}{${names.join(",")}}${quoted(text)}`;
}

function actionOf(name: string, value: Exclude<Follows, null>): string {
  if (value === "file") return "_files";
  if (value === "clusters" || value === "accounts") return `{_${name}_names ${value}}`;
  return value === "text" ? " " : `(${value.join(" ")})`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
