import { contextValue, equals, fits, fitsArn, type IamContext, type Truth } from "./naive-pattern.js";

type Test = (value: string, wanted: string, version: string, context: IamContext) => Truth;

const ignoringCase: Test = (value, wanted, version, context) => equals(value.toLowerCase(), wanted.toLowerCase(), version, context);
const before = (value: string, wanted: string): Truth => compare(value, wanted, (a, b) => a < b);
const after = (value: string, wanted: string): Truth => compare(value, wanted, (a, b) => a > b);

/** Operators by their lower-case name, without Not and IfExists (IAM user guide, "Condition operators"). Others: unknown. */
const TESTS: Readonly<Record<string, Test>> = {
  stringequals: equals,
  stringequalsignorecase: ignoringCase,
  stringlike: fits,
  arnequals: fitsArn,
  arnlike: fitsArn,
  bool: (value, wanted) => value.toLowerCase() === wanted.toLowerCase(),
  datelessthan: before,
  dategreaterthan: after,
  datelessthanequals: (value, wanted) => not(after(value, wanted)),
  dategreaterthanequals: (value, wanted) => not(before(value, wanted)),
};

/** Whether a Condition element is met: all operators, all keys, any of the values. */
export function conditionMet(condition: unknown, version: string, context: IamContext): Truth {
  if (condition === undefined) return true;
  const tests = Object.entries(asRecord(condition)).flatMap(([operator, keys]) =>
    Object.entries(asRecord(keys)).map(([key, values]) => keyMet(operator, key, texts(values), version, context)),
  );
  return allOf(tests);
}

function keyMet(operator: string, key: string, wanted: readonly string[], version: string, context: IamContext): Truth {
  const value = contextValue(key, context);
  if (value === undefined) return "unknown";
  const name = operator.toLowerCase();
  if (name === "null") return anyOf(wanted.map((w) => (w === "true") === (value === null)));
  const plain = name.replace(/ifexists$/, "");
  const negated = /^(string|arn)not/.test(plain);
  const test = TESTS[plain.replace(/^(string|arn)not/, "$1")];
  if (test === undefined) return "unknown";
  if (value === null) return negated || plain !== name;
  const met = anyOf(wanted.map((w) => test(value, w, version, context)));
  return negated ? not(met) : met;
}

function compare(value: string, wanted: string, test: (a: number, b: number) => boolean): Truth {
  const [a, b] = [Date.parse(value), Date.parse(wanted)];
  return Number.isNaN(a) || Number.isNaN(b) ? "unknown" : test(a, b);
}

/** One false is enough to know that not all are true. */
export const allOf = (truths: readonly Truth[]): Truth => !truths.includes(false) && (truths.includes("unknown") ? "unknown" : true);

/** One true is enough to know. */
export const anyOf = (truths: readonly Truth[]): Truth => truths.includes(true) || (truths.includes("unknown") ? "unknown" : false);

/** What is unknown stays so. */
export const not = (truth: Truth): Truth => (truth === "unknown" ? truth : !truth);

/** A single value counts as a list of one. */
export const texts = (value: unknown): readonly string[] => (value === undefined ? [] : [value].flat().map(String));

/** The members of a JSON object; none of anything else. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
