import { greatest, MAYBE, NO, not, type Request, type Truth, truthOf, YES } from "./context.js";
import type { AtomPrincipal, Names } from "./statement.js";

type Test = (request: Request) => Truth;

/** Whether a statement is about who asks. "maybe": nobody says who asks, or one of several sessions does. */
export function principalTest({ not: negated, list }: Names<AtomPrincipal>): Test {
  const names = list.map((wanted) => ({ wanted, account: rootOf(wanted) }));
  if (negated) return (request) => (request.principal ? excludedTest(list, request.principal) : MAYBE);
  return ({ principal }) => {
    if (principal === undefined) return list.some((one) => one.type === "anyone") ? YES : MAYBE;
    const account = accountOf(principal);
    return greatest(names.map((name) => (name.account !== null && name.account === account ? YES : isNamed(name.wanted, principal))));
  };
}

/**
 * NotPrincipal spares nobody whose account it does not name, too (IAM user guide, "NotPrincipal"); whether an account alone
 * spares its roles is not said.
 */
function excludedTest(list: readonly AtomPrincipal[], principal: AtomPrincipal): Truth {
  const account = accountOf(principal);
  const named = greatest(list.map((wanted) => isNamed(wanted, principal)));
  if (account === null) return not(named);
  const rootNamed = list.some((wanted) => rootOf(wanted) === account);
  if (named === NO) return rootNamed ? MAYBE : YES;
  return rootNamed || list.some((wanted) => wanted.type === "anyone") ? not(named) : MAYBE;
}

function isNamed(wanted: AtomPrincipal, principal: AtomPrincipal): Truth {
  if (wanted.type === "anyone") return YES;
  if (wanted.type !== principal.type) return NO;
  if (wanted.id === principal.id) return YES;
  return wanted.type === "aws" ? sessionNamed(wanted.id, principal.id) : NO;
}

/** A session is named by its role, too; a role that asks may do so in the session that is named. */
function sessionNamed(wanted: string, asking: string): Truth {
  const session = SESSION.exec(asking);
  if (session) return truthOf(sameRole(session, ROLE.exec(wanted)));
  const named = SESSION.exec(wanted);
  return named && sameRole(named, ROLE.exec(asking)) ? MAYBE : NO;
}

const SESSION = /^arn:[^:]+:sts::(\d{12}):assumed-role\/([^/]+)\//;
const ROLE = /^arn:[^:]+:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/;
const sameRole = (a: RegExpExecArray, b: RegExpExecArray | null): boolean => b !== null && a[1] === b[1] && a[2] === b[2];

const ACCOUNT = /^arn:[^:]+:(?:iam|sts)::(\d{12}):(.+)$/;
const accountOf = ({ type, id }: AtomPrincipal): string | null => (type === "aws" ? (ACCOUNT.exec(id)?.[1] ?? null) : null);

/** The account that a root ARN stands for. */
function rootOf({ type, id }: AtomPrincipal): string | null {
  const [, account, rest] = type === "aws" ? (ACCOUNT.exec(id) ?? []) : [];
  return rest === "root" ? (account ?? null) : null;
}
