/** What `--help` would list of one command. */
export interface KnownCommand {
  readonly name: string;
  /** `--allow`, `-f`. */
  readonly options: readonly string[];
}

interface Slip {
  readonly when: RegExp;
  readonly hint: string;
}

const CONNECTIONS = "Where and as whom to connect stands in access.yaml; --address CLUSTER=HOST:PORT sends only the socket elsewhere.";
const READS_ANEW = "Leave it out: every plan reads the servers anew, there is no state.";

/** What users of Terraform, Atlantis, Atlas and psql type, first match first; matched against each word of the command line. */
const SLIPS: readonly Slip[] = [
  {
    when: /^(-{1,2}auto-approve|-y|--assume-yes|--force|-{1,2}input(=.*)?)$/,
    hint: "Write --yes, an option of pgaccord apply: it does not ask.",
  },
  { when: /^-{1,2}target(=|$)/, hint: "Write --cluster NAME or --account NAME: they narrow what is written." },
  {
    when: /^-{1,2}var(-file)?(=|$)/,
    hint: "There are no variables: access.yaml holds the values, and password_env names the variable of a password.",
  },
  { when: /^(destroy|-{1,2}destroy)$/, hint: "There is no destroy: take out of access.yaml what shall go, and apply." },
  { when: /^-{1,2}(refresh(-only)?|state|replace|reconfigure|upgrade|migrate-state)(=|$)/, hint: READS_ANEW },
  { when: /^(refresh|state|workspace|taint|untaint)$/, hint: "There is no state: pgaccord plan reads the servers each time." },
  {
    when: /^-{1,2}(lock|lock-timeout|parallelism)(=|$)/,
    hint: "Leave it out: an apply always takes its lock, and decides itself what runs at once.",
  },
  { when: /^(init)$/, hint: "There is nothing to set up: write access.yaml (docs/file.md), and run pgaccord validate." },
  { when: /^(diff|status|preview|show|inspect)$/, hint: "Write pgaccord plan: it shows what would change." },
  { when: /^(--dry-run|-n|--check|--diff)$/, hint: "Write pgaccord plan: it changes nothing." },
  { when: /^(check|lint|fmt|test)$/, hint: "Write pgaccord validate: it checks access.yaml and reads no server." },
  { when: /^(run|sync|deploy|up|push|migrate|schema)$/, hint: "Write pgaccord apply." },
  { when: /^(-{1,2}json|-o|--output)(=|$)/, hint: "Write --format json; --out FILE saves a plan." },
  { when: /^--env(=|$)/, hint: "One file is one environment: -f FILE. In GitHub it is --environment NAME." },
  { when: /^(-{1,2}url|-u|--to|-U|-d|-p|-W|-w|--host|--username|--dbname|--port|--password|--no-password)(=|$)/, hint: CONNECTIONS },
  { when: /^--?(profile|region)(=|$)/, hint: "Set AWS_PROFILE in the environment; Regions stand in access.yaml." },
];

/** What to write in place of a command line that was refused; null: nobody knows. */
export function slipHint(words: readonly string[], commands: readonly KnownCommand[]): string | null {
  // A word further on may be the value of an option.
  const found = words
    .filter((word, i) => i === 0 || word.startsWith("-"))
    .flatMap((word) => SLIPS.find(({ when }) => when.test(word)) ?? []);
  const first =
    words[0]?.startsWith("-") && words.length > 1 ? "The command comes first, its options behind it: pgaccord plan -f FILE" : null;
  return fileHint(words, commands) ?? found[0]?.hint ?? foreignOption(words, commands) ?? oneDash(words, commands) ?? first;
}

/** The command that the words begin with, by its whole name. */
export const commandOf = (words: readonly string[], commands: readonly KnownCommand[]): KnownCommand | undefined =>
  commands.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `));

/** `plan other.yaml`: the access file is an option. */
function fileHint([command, ...words]: readonly string[], commands: readonly KnownCommand[]): string | null {
  const file = words.find((word, i) => /\.ya?ml$/.test(word) && !/^(-f|--file)$/.test(words[i - 1] ?? ""));
  const known = commands.some(({ name }) => name === command);
  return file !== undefined && known ? `The access file is an option: pgaccord ${command} -f ${file}` : null;
}

/** `plan --yes`: an option of another command. */
function foreignOption(words: readonly string[], commands: readonly KnownCommand[]): string | null {
  const own = commandOf(words, commands);
  for (const word of words.map((one) => one.replace(/=.*/s, ""))) {
    if (!word.startsWith("--") || own?.options.includes(word)) continue;
    const others = commands.filter(({ options }) => options.includes(word)).map(({ name }) => `pgaccord ${name}`);
    if (others.length > 0) return `${word} is an option of ${others.join(", ")}.`;
  }
  return null;
}

/** `-out=plan`: Go's flags have one dash. */
function oneDash(words: readonly string[], commands: readonly KnownCommand[]): string | null {
  const all = new Set(commands.flatMap(({ options }) => options));
  const word = words.map((one) => one.replace(/=.*/s, "")).find((one) => /^-[a-z]/.test(one) && all.has(`-${one}`));
  return word === undefined ? null : `Write it with two dashes: -${word}.`;
}
