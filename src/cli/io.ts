import type { Checkout } from "../config/load.js";
import type { Log } from "../model/log.js";
import { openOf, type Residue } from "../model/net.js";

/** What a command needs of the process. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Somebody can be asked. */
  readonly isTTY: boolean;
  readonly color: boolean;
  /** Progress is shown: standard error is a terminal. */
  readonly progress: boolean;
  /** One line from whoever sits there; null: they left. */
  readonly ask: (question: string) => Promise<string | null>;
  /** The result, and nothing else. */
  readonly out: (text: string) => void;
  /** Progress and problems. */
  readonly err: (text: string) => void;
  readonly log: Log;
  /** In tests alone: GitHub's pauses between writes are left out. */
  readonly pauses?: "none";
  readonly onSignal: (listener: (signal: "SIGINT" | "SIGTERM") => void) => void;
}

export interface CommonOptions {
  readonly file: string;
  /** What the file is called in messages; left out: as it was given. */
  readonly fileLabel?: string;
  readonly format: "text" | "markdown" | "json" | "sql";
  readonly verbose?: boolean;
}

export interface TargetOptions extends CommonOptions {
  readonly cluster?: readonly string[];
  readonly account?: readonly string[];
  readonly address?: readonly (readonly [string, string])[];
  /** Only what takes access, at once. */
  readonly revokeOnly?: boolean;
}

/** What runs in a CI reads a checkout of what somebody proposes, and the runner's own certificates where `mayReadCa` says so. */
export function checkoutOf({ env }: Pick<CliIo, "env">, mayReadCa: Checkout["mayReadCa"] = () => true): Checkout | undefined {
  const isCi = ["CI", "GITHUB_ACTIONS", "GITHUB_EVENT_NAME"].some((name) => !["", "false", "0"].includes(env[name] ?? ""));
  return isCi ? { mayReadCa } : undefined;
}

/** Exit codes: docs/commands.md says what each stands for. */
export const EXIT = { done: 0, error: 1, pending: 2, refused: 3, partial: 4, residue: 5 } as const;

/** Of what can be done all is done. */
export const endOf = (residue: readonly Residue[]): number => (openOf(residue).length > 0 ? EXIT.residue : EXIT.done);
