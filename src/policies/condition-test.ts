import { type Operator, parseOperator } from "./condition.js";
import {
  fillVariables,
  greatest,
  hasVariables,
  least,
  MAYBE,
  NO,
  not,
  type Request,
  type Truth,
  truthOf,
  valuesOf,
  YES,
} from "./context.js";
import type { Condition } from "./statement.js";
import { matcher } from "./wildcard.js";

type Test = (request: Request) => Truth;

/** Whether the request satisfies the condition. "maybe": its key is not known, or the operator is not. */
export function conditionTest({ operator: name, key, values }: Condition, variables: boolean): Test {
  const operator = parseOperator(name);
  if (operator.base === "null") return nullTest(key, values);
  const tests = values.map((value) => valueTest(operator.base, value, variables));
  return (request) => {
    const found = valuesOf(request, key);
    if (found === undefined) return MAYBE;
    if (found === null) return absent(operator);
    const each = found.map((value) => greatest(tests.map((test) => test(value, request))));
    // ForAllValues and ForAnyValue ask value by value; without them a negated operator excludes all of them.
    const negated = operator.not ? each.map(not) : each;
    if (operator.set === null) return operator.not ? least(negated) : greatest(negated);
    return operator.set === "all" ? least(negated) : greatest(negated);
  };
}

function nullTest(key: string, values: readonly string[]): Test {
  const wantsAbsent = values.map((value) => value.toLowerCase() === "true");
  return (request) => {
    const found = valuesOf(request, key);
    return found === undefined ? MAYBE : truthOf(wantsAbsent.includes(found === null));
  };
}

/** What is not there matches nothing: so all of it, and every negation, hold (IAM user guide, "Condition operators"). */
const absent = ({ set, not: negated, ifExists }: Operator): Truth => {
  if (set !== null) return truthOf(set === "all");
  return truthOf(negated || ifExists);
};

type ValueTest = (value: string, request: Request) => Truth;

function valueTest(base: string, wanted: string, variables: boolean): ValueTest {
  if (!variables || !hasVariables(wanted)) return plainTest(base, wanted, false);
  const isPattern = base === "stringlike" || base.startsWith("arn");
  return (value, request) => {
    const { text, known } = fillVariables(wanted, request, isPattern);
    return known === YES ? plainTest(base, text, isPattern)(value, request) : known === NO ? NO : MAYBE;
  };
}

function plainTest(base: string, wanted: string, variables: boolean): ValueTest {
  if (base === "stringequals" || base === "binaryequals") return (value) => truthOf(value === wanted);
  if (base === "stringequalsignorecase" || base === "bool") return (value) => truthOf(value.toLowerCase() === wanted.toLowerCase());
  if (base === "stringlike") {
    const like = matcher(wanted, variables);
    return (value) => truthOf(like(value));
  }
  if (base === "arnlike" || base === "arnequals") {
    const like = arnParts(wanted).map((part) => matcher(part, variables));
    return (value) => truthOf(like.length === 6 && arnParts(value).length === 6 && arnParts(value).every((part, i) => like[i]?.(part)));
  }
  if (base.startsWith("numeric")) return ordered(base.slice("numeric".length), Number, wanted);
  if (base.startsWith("date")) return ordered(base.slice("date".length), timeOf, wanted);
  return base === "ipaddress" ? addressTest(wanted) : () => MAYBE;
}

/** An ARN's six parts; its resource may hold colons. */
function arnParts(arn: string): readonly string[] {
  const parts = arn.split(":");
  return parts.length < 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** Seconds since 1970, or a date of ISO 8601. */
const timeOf = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  equals: (a, b) => a === b,
  lessthan: (a, b) => a < b,
  lessthanequals: (a, b) => a <= b,
  greaterthan: (a, b) => a > b,
  greaterthanequals: (a, b) => a >= b,
};

function ordered(name: string, read: (text: string) => number, wanted: string): ValueTest {
  const order = ORDER[name];
  const bound = read(wanted);
  if (!order || Number.isNaN(bound)) return () => MAYBE;
  return (value) => truthOf(order(read(value), bound));
}

/** IPv4 only; what else is not known. */
function addressTest(wanted: string): ValueTest {
  const [address = "", bits = "32"] = wanted.split("/");
  const net = addressNumber(address);
  const size = 2 ** (32 - Number(bits));
  if (net === null || !(size >= 1)) return () => MAYBE;
  return (value) => {
    const own = addressNumber(value);
    return own === null ? MAYBE : truthOf(Math.floor(own / size) === Math.floor(net / size));
  };
}

function addressNumber(text: string): number | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  return text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
