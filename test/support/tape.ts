import fc from "fast-check";

/** Choices that fast-check makes, and makes simpler: 0 is the simplest, and all there is where the tape ends. */
export class Tape {
  readonly #choices: readonly number[];
  #at = 0;

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  /** 0 to n - 1. */
  next(n: number): number {
    return (this.#choices[this.#at++] ?? 0) % n;
  }

  /** One time in n. */
  rarely(n: number): boolean {
    return this.next(n) === n - 1;
  }

  pick<T>(first: T, ...rest: readonly T[]): T {
    return [first, ...rest][this.next(rest.length + 1)] ?? first;
  }
}

/** The choices of a tape. */
export const choices = (length: number): fc.Arbitrary<number[]> => fc.array(fc.nat(251), { maxLength: length, size: "max" });
