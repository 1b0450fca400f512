import type { Place } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";

/** What is wrong with a text, before it is known where the text stands. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

export const fault = (code: string, message: string, hint?: string): Fault => ({ code, message, ...(hint === undefined ? {} : { hint }) });

export const faultProblem = ({ code, message, hint }: Fault, place: Place): Problem =>
  errorProblem(code, message, { place, ...(hint === undefined ? {} : { hint }) });

/** Either what a text means or what is wrong with it. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: Fault };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const failed = (code: string, message: string, hint?: string): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault: fault(code, message, hint),
});
