import type { Condition } from "./statement.js";
import { meet, widest } from "./wildcard.js";

/** A condition's operator without its dress. */
export interface Operator {
  /** Lower case, without `ForAnyValue:`, `Not` and `IfExists`: "stringlike", "null". */
  readonly base: string;
  readonly set: "all" | "any" | null;
  readonly not: boolean;
  readonly ifExists: boolean;
}

export function parseOperator(text: string): Operator {
  const folded = text.toLowerCase();
  const set = folded.startsWith("forallvalues:") ? "all" : folded.startsWith("foranyvalue:") ? "any" : null;
  const name = set === null ? folded : folded.slice(folded.indexOf(":") + 1);
  const ifExists = name.endsWith("ifexists");
  const bare = ifExists ? name.slice(0, -"ifexists".length) : name;
  return { base: bare.replace("not", ""), set, not: bare.includes("not"), ifExists };
}

const POSITIVE = [
  "stringequals",
  "stringequalsignorecase",
  "stringlike",
  "arnequals",
  "arnlike",
  "bool",
  "binaryequals",
  "ipaddress",
  ...["numeric", "date"].flatMap((type) =>
    ["equals", "lessthan", "lessthanequals", "greaterthan", "greaterthanequals"].map((name) => type + name),
  ),
];

/** Whether the values are alternatives: a condition with two says what two conditions with one each say. */
export function isAlternatives({ operator, values }: Condition): boolean {
  const { base, set, not } = parseOperator(operator);
  return POSITIVE.includes(base) && !not && set !== "all" && values.length > 0;
}

/** All ways to choose one value of every condition whose values are alternatives. */
export function alternatives(conditions: readonly Condition[]): readonly (readonly Condition[])[] {
  return conditions.reduce<readonly (readonly Condition[])[]>(
    (ways, condition) => {
      const choices = isAlternatives(condition) ? condition.values.map((value) => ({ ...condition, values: [value] })) : [condition];
      return ways.flatMap((way) => choices.map((choice) => [...way, choice]));
    },
    [[]],
  );
}

/** Conditions that hold only where all of both hold. null: none that is sure. */
export function conjoin(a: readonly Condition[], b: readonly Condition[], variables: boolean): readonly Condition[] | null {
  const clashes = (x: Condition, y: Condition): boolean => nameOf(x) === nameOf(y);
  const both = a.flatMap((x) => b.filter((y) => clashes(x, y)).map((y) => meetValues(x, y, variables)));
  if (both.some((condition) => condition === null)) return null;
  const alone = [...a.filter((x) => !b.some((y) => clashes(x, y))), ...b.filter((y) => !a.some((x) => clashes(x, y)))];
  const all = [...both.flatMap((condition) => condition ?? []), ...alone];
  // One operator and key in two spellings: JSON would keep one of them only.
  return new Set(all.map(nameOf)).size < all.length ? null : all;
}

/** Whether both say the same; their order does not matter. */
export function sameConditions(a: readonly Condition[], b: readonly Condition[]): boolean {
  const texts = (list: readonly Condition[]): string =>
    JSON.stringify(list.map(({ operator, key, values }) => JSON.stringify([operator, key, [...values].sort()])).sort());
  return texts(a) === texts(b);
}

/** Names of keys and operators do not count case (IAM user guide, "Condition"). */
const nameOf = ({ operator, key }: Condition): string => JSON.stringify([operator.toLowerCase(), key.toLowerCase()]);

/** Values of a negated operator are all excluded, of any other alternatives. */
function meetValues(a: Condition, b: Condition, variables: boolean): Condition | null {
  const { base, not } = parseOperator(a.operator);
  if (not) return { ...a, values: [...new Set([...a.values, ...b.values])] };
  const both = (x: string, y: string): readonly string[] => meetValue(base, x, y, variables);
  const values = widest(
    a.values.flatMap((x) => b.values.flatMap((y) => both(x, y))),
    (x, y) => both(x, y).join() === y,
  );
  return values.length === 0 ? null : { ...a, values };
}

function meetValue(base: string, a: string, b: string, variables: boolean): readonly string[] {
  if (base === "stringlike") return meet(a, b, { variables, arn: false });
  if (base === "arnlike" || base === "arnequals") return meetArns(a, b, variables);
  return a === b ? [a] : [];
}

/** An ARN operator compares the six parts one by one (IAM user guide, "ARN condition operators"). */
function meetArns(a: string, b: string, variables: boolean): readonly string[] {
  const [left, right] = [sixParts(a), sixParts(b)];
  if (a === b) return [a];
  // A variable's own colon is none of the ARN's.
  if (left.length < 6 || right.length < 6 || [...left, ...right].some((part, i) => i % 6 < 5 && part.includes("${"))) return [];
  return left.reduce<readonly string[]>(
    (heads, part, i) => {
      const tails = meet(part, right[i] ?? "", { variables, arn: false });
      return heads.flatMap((head) => tails.map((tail) => (i === 0 ? tail : `${head}:${tail}`)));
    },
    [""],
  );
}

function sixParts(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(":")] : [])];
}
