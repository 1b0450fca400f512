import type { AtomPrincipal } from "./statement.js";

/** What is asked of the documents. */
export interface Request {
  readonly action: string;
  /** An ARN; for a trust the IAM role's. */
  readonly resource: string;
  /** Who asks; trusts and conditions want to know. An ARN of an IAM role, user, session or root for "aws". */
  readonly principal?: AtomPrincipal;
  readonly context?: Context;
}

/** Condition keys with their values. null: the request does not have it. A key that is left out is not known. */
export type Context = Readonly<Record<string, string | readonly string[] | null>>;

/** Three-valued: "and" is the least, "or" the greatest. */
export type Truth = typeof NO | typeof MAYBE | typeof YES;
export const NO = 0;
export const MAYBE = 1;
export const YES = 2;

export const not = (truth: Truth): Truth => (truth === YES ? NO : truth === NO ? YES : MAYBE);
export const truthOf = (value: boolean): Truth => (value ? YES : NO);
export const least = (truths: readonly Truth[]): Truth => ([NO, MAYBE] as const).find((one) => truths.includes(one)) ?? YES;
export const greatest = (truths: readonly Truth[]): Truth => not(least(truths.map(not)));

/** undefined: not known. Names of keys do not count case. */
export function valuesOf({ context = {}, principal }: Request, key: string): readonly string[] | null | undefined {
  const folded = key.toLowerCase();
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === folded);
  const value = found ? found[1] : principalValue(principal, folded);
  if (value === undefined || value === null) return value;
  const list = typeof value === "string" ? [value] : value;
  return list.length === 0 ? null : list;
}

/** Keys that follow from the principal (IAM user guide, "Global condition context keys"). */
function principalValue(principal: AtomPrincipal | undefined, key: string): string | undefined {
  const [, account, type, name] = /^arn:[^:]+:iam::(\d{12}):(role|user)\/(.+)$/.exec(principal?.id ?? "") ?? [];
  if (principal?.type !== "aws" || account === undefined) return undefined;
  if (key === "aws:principalarn") return principal.id;
  if (key === "aws:principalaccount") return account;
  return key === "aws:username" && type === "user" ? name?.split("/").at(-1) : undefined;
}

/** One that is not closed is taken to the end, so that no later one is looked at as often. */
const VARIABLE = /\$\{([^}]*)(\}|$)/g;
export const hasVariables = (text: string): boolean => text.includes("${");

/** A text with its policy variables filled in: for a pattern the values' own `*` and `?` are letters. */
export interface Filled {
  readonly text: string;
  /** "maybe": a value is not known, and a `*` stands for it. "no": the request does not have it. */
  readonly known: Truth;
}

export function fillVariables(text: string, request: Request, asPattern: boolean): Filled {
  const found = [...text.matchAll(VARIABLE)].flatMap(([, inner = "", close]) => (close === "" ? [] : [variableValue(inner, request)]));
  const letter = (value: string): string => (asPattern ? value.replace(/[*?$]/g, (one) => `\${${one}}`) : value);
  const filled = text.replace(VARIABLE, (whole, inner: string, close: string) => {
    if (close === "") return whole;
    const value = variableValue(inner, request);
    return typeof value === "string" ? letter(value) : "*";
  });
  const known = least(found.map((value) => (value === undefined ? MAYBE : truthOf(value !== null))));
  return { text: filled, known };
}

/** `${*}` is the letter; `${key, 'text'}` has a value for requests without the key. null: there is none. undefined: not known. */
function variableValue(inner: string, request: Request): string | null | undefined {
  if (/^[*?$]$/.test(inner)) return inner;
  const [, name = inner, fallback = null] = /^([^,]*),\s*'(.*)'$/.exec(inner) ?? [];
  const values = valuesOf(request, fallback === null ? name : name.trimEnd());
  if (values === null) return fallback;
  return values?.length === 1 ? values[0] : undefined;
}
