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

/** Exit codes: docs/commands.md says what each stands for. */
export const EXIT = { done: 0, error: 1, pending: 2, refused: 3, partial: 4, residue: 5 } as const;

/** Of what can be done all is done. */
export const endOf = (residue: readonly Residue[]): number => (openOf(residue).length > 0 ? EXIT.residue : EXIT.done);
