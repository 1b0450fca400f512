import { conditionTest } from "./condition-test.js";
import { fillVariables, greatest, hasVariables, least, MAYBE, NO, not, type Request, type Truth, truthOf, YES } from "./context.js";
import { parseDocument, VERSION } from "./document.js";
import { principalTest } from "./principal-test.js";
import type { Names, Parts, Statement } from "./statement.js";
import { matcher } from "./wildcard.js";

/** "conditional": it depends on condition keys, or on who asks, and the request does not tell them. */
export type Decision = "allowed" | "explicit-deny" | "implicit-deny" | "conditional";

/** Documents that are ready to be asked many times. */
export interface Decider {
  readonly decide: (request: Request) => Decision;
}

/**
 * What documents decide together: the policies of one identity, or one trust. With a boundary, that must allow, too. Service
 * control and session policies are not known here. What is no valid document may allow or deny anything: "conditional".
 */
export function compilePolicies(documents: readonly string[], boundary: readonly string[] | null = null): Decider {
  const identity = ruleFinder(documents.flatMap(rulesOf));
  const limits = boundary === null ? null : ruleFinder(boundary.flatMap(rulesOf));
  return {
    decide(request) {
      const own = verdict(identity(request.action), request);
      if (limits === null) return decision(own.allow, own.deny);
      const limit = verdict(limits(request.action), request);
      return decision(least([own.allow, limit.allow]), greatest([own.deny, limit.deny]));
    },
  };
}

/** Whether a document says anything of one of the actions; what is no valid document may. */
export const speaksOf = (document: string, actions: readonly string[]): boolean =>
  rulesOf(document).some((rule) => actions.some((action) => rule.concerns(action.toLowerCase())));

type Test = (request: Request) => Truth;

interface Rule {
  /** null: it may be either. */
  readonly effect: Statement["effect"];
  /** Of an action in lower case. */
  readonly concerns: (action: string) => boolean;
  /** All of them must hold. */
  readonly tests: readonly Test[];
}

/** Actions that are asked in loops over everything: their rules are found once, at compile. */
const FAST = ["rds-db:connect", "sts:AssumeRole"];

function ruleFinder(rules: readonly Rule[]): (action: string) => readonly Rule[] {
  const find = (action: string): readonly Rule[] => rules.filter((rule) => rule.concerns(action.toLowerCase()));
  const known = new Map(FAST.map((action) => [action, find(action)]));
  return (action) => known.get(action) ?? find(action);
}

function verdict(rules: readonly Rule[], request: Request): { readonly allow: Truth; readonly deny: Truth } {
  let allow: Truth = NO;
  let deny: Truth = NO;
  for (const { effect, tests } of rules) {
    const truth = holds(tests, request);
    if (effect !== "Allow" && truth > deny) deny = truth;
    if (effect !== "Deny" && truth > allow) allow = truth;
  }
  return { allow, deny };
}

function holds(tests: readonly Test[], request: Request): Truth {
  let truth: Truth = YES;
  for (const test of tests) {
    const next = test(request);
    if (next === NO) return NO;
    if (next < truth) truth = next;
  }
  return truth;
}

function decision(allow: Truth, deny: Truth): Decision {
  if (deny === YES) return "explicit-deny";
  if (allow === NO) return "implicit-deny";
  return allow === YES && deny === NO ? "allowed" : "conditional";
}

const UNKNOWN: Rule = { effect: null, concerns: () => true, tests: [() => MAYBE] };

function rulesOf(json: string): readonly Rule[] {
  const document = parseDocument(json);
  if (document === null) return [UNKNOWN];
  const variables = document.version === VERSION;
  return document.statements.map(({ effect, parts }) => (parts === null ? { ...UNKNOWN, effect } : ruleOf(effect, parts, variables)));
}

function ruleOf(effect: Statement["effect"], { actions, resources, principals, conditions }: Parts, variables: boolean): Rule {
  const action = anyOf(actions.list.map((pattern) => pattern.toLowerCase()));
  return {
    effect,
    concerns: (asked) => action(asked) !== actions.not,
    tests: [
      ...(resources === null ? [] : [resourceTest(resources, variables)]),
      ...(principals === null ? [] : [principalTest(principals)]),
      ...conditions.map((condition) => conditionTest(condition, variables)),
    ],
  };
}

/** Patterns without wildcards are looked up, so that their number does not matter. */
function anyOf(patterns: readonly string[]): (text: string) => boolean {
  const isPattern = (text: string): boolean => /[*?]/.test(text);
  const literals = new Set(patterns.filter((pattern) => !isPattern(pattern)));
  const tests = patterns.filter(isPattern).map((pattern) => matcher(pattern, false));
  return (text) => literals.has(text) || tests.some((test) => test(text));
}

function resourceTest({ not: negated, list }: Names<string>, variables: boolean): Test {
  const withVariables = variables ? list.filter(hasVariables) : [];
  const plain = anyOf(list.filter((pattern) => !withVariables.includes(pattern)));
  if (withVariables.length === 0) return ({ resource }) => truthOf(plain(resource) !== negated);
  const tests = withVariables.map((pattern) => variableTest(pattern, negated ? MAYBE : NO));
  return (request) => {
    if (plain(request.resource)) return truthOf(!negated);
    const found = greatest(tests.map((test) => test(request)));
    return negated ? not(found) : found;
  };
}

/** Variables mean the same for all that one principal asks in one context: what was filled in last is kept. */
function variableTest(pattern: string, ifAbsent: Truth): Test {
  let last: { readonly of: Request; readonly known: Truth; readonly fits: (text: string) => boolean } | null = null;
  return (request) => {
    if (last === null || last.of.principal !== request.principal || last.of.context !== request.context) {
      const { text, known } = fillVariables(pattern, request, true);
      last = { of: request, known, fits: matcher(text, true) };
    }
    if (last.known === NO) return ifAbsent;
    return last.fits(request.resource) ? last.known : NO;
  };
}
