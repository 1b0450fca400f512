import { nobodyTrust, VERSION, writeDocument } from "./document.js";
import { isObject, type JsonObject, sortedDistinct, textOf } from "./json.js";

/** Somebody whom a trust lets in. */
export interface Trusted {
  readonly type: "Service" | "AWS" | "Federated";
  /** A service's name, an ARN. */
  readonly id: string;
  readonly actions: readonly string[];
  /** All of them must hold. */
  readonly conditions: readonly JsonObject[];
}

export const ASSUME = "sts:AssumeRole";

/** A trust of these, and of statements as they stand. Who comes on the same terms shares a statement; the Sids mark them as ours. */
export function trustOf(trusted: readonly Trusted[], statements: readonly JsonObject[]): string {
  if (trusted.length + statements.length === 0) return nobodyTrust();
  const groups = new Map<string, Trusted[]>();
  for (const one of trusted) {
    const terms = textOf([[...one.actions].sort(), conditionOf(one.conditions)]);
    groups.set(terms, [...(groups.get(terms) ?? []), one]);
  }
  const sorted = [...groups].sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)).map(([, group]) => group);
  const own = sorted.map((group, i) => statementOf(group, i === 0 ? "PgaccordTrust" : `PgaccordTrust${i + 1}`));
  return writeDocument(VERSION, [...own, ...statements]);
}

/** The plain one first: it has had its Sid from the beginning. */
const rank = (terms: string): number => (terms === textOf([[ASSUME], {}]) ? 0 : 1);

function statementOf(group: readonly Trusted[], sid: string): JsonObject {
  const [first] = group;
  const types = [...new Set(group.map(({ type }) => type))];
  const principal = Object.fromEntries(
    types.map((type) => [type, sortedDistinct(group.filter((one) => one.type === type).map(({ id }) => id))]),
  );
  const condition = conditionOf(first?.conditions ?? []);
  return {
    Sid: sid,
    Effect: "Allow",
    Action: [...(first?.actions ?? [])],
    Principal: principal,
    ...(Object.keys(condition).length === 0 ? {} : { Condition: condition }),
  };
}

/** No two of them speak of one operator and key (rules: `conditionsDoNotClash`). */
function conditionOf(conditions: readonly JsonObject[]): JsonObject {
  const blocks = conditions.flatMap((condition) => Object.entries(condition));
  const operators = [...new Set(blocks.map(([operator]) => operator))].sort();
  return Object.fromEntries(
    operators.map((operator) => [
      operator,
      Object.assign({}, ...blocks.flatMap(([name, block]) => (name === operator && isObject(block) ? [block] : []))),
    ]),
  );
}
