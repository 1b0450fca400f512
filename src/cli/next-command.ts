import { resolve } from "node:path";
import type { TargetOptions } from "./io.js";

/** The file that is meant when none is named. */
export const DEFAULT_FILE = "access.yaml";

/** What to type after a plan: `pgaccord apply`, with what this plan was told. */
export function applyCommand(options: TargetOptions & { readonly out?: string }): string {
  if (options.out !== undefined) return ["pgaccord apply", shellWord(options.out)].join(" ");
  return [
    "pgaccord apply",
    ...(resolve(options.file) === resolve(DEFAULT_FILE) ? [] : ["-f", shellWord(options.file)]),
    ...targetWords(options),
  ].join(" ");
}

/** `--cluster demo --address demo=127.0.0.1:6432`. */
export const targetWords = ({
  cluster = [],
  account = [],
  address = [],
}: Pick<TargetOptions, "cluster" | "account" | "address">): string[] => [
  ...cluster.flatMap((glob) => ["--cluster", shellWord(glob)]),
  ...account.flatMap((glob) => ["--account", shellWord(glob)]),
  ...address.flatMap(([name, where]) => ["--address", shellWord(`${name}=${where}`)]),
];

/** As a shell takes it for one word. */
const shellWord = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);
