/** What can follow: one of some words, a file, a name of the access file, anything else, or nothing. */
export type Follows = readonly string[] | "file" | "clusters" | "accounts" | "text" | null;

export interface Flag {
  /** `-f`, `--file`. */
  readonly names: readonly string[];
  readonly about: string;
  readonly value: Follows;
  readonly repeats: boolean;
}

/** A command as a shell sees it. */
export interface Shape {
  /** Words after the program's name: `github`, `plan`. Empty: the program itself. */
  readonly path: readonly string[];
  readonly about: string;
  readonly flags: readonly Flag[];
  /** Of its arguments. */
  readonly argument: Follows;
  readonly commands: readonly Shape[];
}

export const withAll = (shape: Shape): readonly Shape[] => [shape, ...shape.commands.flatMap(withAll)];
