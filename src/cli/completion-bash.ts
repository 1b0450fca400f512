import { type Flag, type Shape, withAll } from "./completion-shape.js";

/** For bash from 3.2 on. Where the function finds nothing bash completes files, as it does without it. */
export function bashScript(name: string, root: Shape): string {
  const shapes = withAll(root);
  const valued = [...new Set(shapes.flatMap(({ flags }) => flags.filter(takesValue).flatMap(({ names }) => names)))].sort();
  return `# bash completion for ${name}
_${name}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path="" file="access.yaml" words="" word i
  # bash takes --format=json apart at the =.
  if [[ "$cur" == "=" ]]; then cur=""
  elif [[ "$prev" == "=" ]]; then prev="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$word" in
      ${valued.join("|")})
        ((i++))
        if [[ "\${COMP_WORDS[i]}" == "=" ]]; then ((i++)); fi
        if [[ "$word" == "-f" || "$word" == "--file" ]]; then file="\${COMP_WORDS[i]}"; fi
        continue ;;
    esac
    case "$path $word" in
${lines(shapes.flatMap(({ path }) => (path.length === 0 ? [] : [`      "${[path.slice(0, -1).join(" "), path.at(-1)].join(" ")}") path="${path.join(" ")}" ;;`])))}
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${lines(shapes.flatMap((shape) => shape.flags.filter(takesValue).map((flag) => valueLine(name, shape, flag))))}
  esac
  case "$path" in
${lines(
  shapes.map(({ path, flags, argument, commands }) => {
    const words = [...commands.map((one) => one.path.at(-1) ?? ""), ...(Array.isArray(argument) ? argument : [])];
    const flagWords = flags.flatMap(({ names }) => names);
    return `    "${path.join(" ")}") if [[ "$cur" == -* ]]; then words="${flagWords.join(" ")}"; else words="${words.join(" ")}"; fi ;;`;
  }),
)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${name} ${name}
`;
}

const takesValue = ({ value }: Flag): boolean => value !== null;
const lines = (list: readonly string[]): string => list.join("\n");

function valueLine(name: string, { path }: Shape, { names, value }: Flag): string {
  const at = names.map((flag) => `"${path.join(" ")} ${flag}"`).join("|");
  return `    ${at}) ${wordsOf(name, value)}return ;;`;
}

/** Names come from a file that somebody else may have written: the command prints plain ones only, which \`compgen -W\` does not expand. */
function wordsOf(name: string, value: Flag["value"]): string {
  if (value === "clusters" || value === "accounts")
    return `COMPREPLY=($(compgen -W "$(${name} completion-names ${value} --file "$file" 2>/dev/null)" -- "$cur")); `;
  return Array.isArray(value) ? `COMPREPLY=($(compgen -W "${value.join(" ")}" -- "$cur")); ` : "";
}
