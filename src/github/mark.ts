/** What is written: each has marks of its own. */
export type Written = "plan" | "apply" | "drift" | "validate";

export interface Subject {
  readonly file: string;
  readonly environment: string;
}

/** A hidden line. What it is about is hashed: no name of a file or an environment can end it. */
export type Marks = (part: number) => string;

export const marksOf =
  (written: Written, { file, environment }: Subject, hash: (text: string) => string): Marks =>
  (part) =>
    `<!-- pgaccord ${written} ${hash(JSON.stringify([file, environment])).slice(0, 24)} part ${part} -->`;

/** `access.yaml`, and the environment where there is one. */
export const subjectText = ({ file, environment }: Subject): string => (environment === "" ? file : `${file}, ${environment}`);
