import { alternatives } from "./condition.js";
import { parseDocument, sameWords, VERSION } from "./document.js";
import { compareText, textOf } from "./json.js";
import { type AtomPrincipal, bodyText, conditionJson, type Effect, type Parts, type Statement } from "./statement.js";

/** The smallest thing that a document says: two documents with the same atoms give and deny the same. */
export interface Atom {
  readonly effect: Effect;
  /** null: an identity policy, or a statement that stays whole. */
  readonly principal: AtomPrincipal | null;
  /** null: a statement that stays whole. */
  readonly action: string | null;
  /** null: a trust, or a statement that stays whole. */
  readonly resource: string | null;
  /** Canonical JSON; null: none. */
  readonly condition: string | null;
  /** "2012-10-17" wherever it does not matter. */
  readonly version: string;
  /** Canonical JSON of a statement that cannot be taken apart: NotAction, NotPrincipal, NotResource, unknown keys. */
  readonly whole: string | null;
}

/** Sorted, each once. A text that is no document is one whole atom. */
export function atomsOf(json: string): readonly Atom[] {
  const document = parseDocument(json);
  const atoms =
    document === null ? [wholeAtom("Allow", json, VERSION)] : document.statements.flatMap((s) => ofStatement(s, document.version));
  const distinct = new Map(atoms.map((atom) => [atomKey(atom), atom]));
  return [...distinct].sort(([a], [b]) => compareText(a, b)).map(([, atom]) => atom);
}

/** Everything in it, as one text: what is hashed. */
export const atomKey = ({ effect, principal, action, resource, condition, version, whole }: Atom): string =>
  JSON.stringify([effect, principal && [principal.type, principal.id], action, resource, condition, version, whole]);

/** What comes and what goes with a document; null: there is none. */
export function atomsDiff(before: string | null, after: string | null): { readonly come: readonly Atom[]; readonly go: readonly Atom[] } {
  const was = before === null ? [] : atomsOf(before);
  const will = after === null ? [] : atomsOf(after);
  const [wasKeys, willKeys] = [new Set(was.map(atomKey)), new Set(will.map(atomKey))];
  return { come: will.filter((atom) => !wasKeys.has(atomKey(atom))), go: was.filter((atom) => !willKeys.has(atomKey(atom))) };
}

/** Whether two documents give and deny the same, however their statements are cut. */
export function sameDocument(a: string, b: string): boolean {
  if (sameWords(a, b)) return true;
  const { come, go } = atomsDiff(a, b);
  return come.length === 0 && go.length === 0;
}

/** A statement of more atoms than this stays whole: 6,144 characters can hold millions. */
const MOST = 10_000;

/** The statement's parts, one name each. null: it says more or less than a list of such parts. */
export function expandParts(parts: Parts): readonly Parts[] | null {
  const { principals, actions, resources, conditions } = parts;
  if (principals?.not || actions.not || resources?.not) return null;
  const size = (principals?.list.length ?? 1) * actions.list.length * (resources?.list.length ?? 1);
  if (conditions.reduce((product, condition) => product * Math.max(1, condition.values.length), size) > MOST) return null;
  return alternatives(conditions).flatMap((way) =>
    (principals?.list ?? [null]).flatMap((principal) =>
      actions.list.flatMap((action) =>
        (resources?.list ?? [null]).map((resource) => ({
          principals: principal && { not: false, list: [principal] },
          actions: { not: false, list: [action] },
          resources: resource === null ? null : { not: false, list: [resource] },
          conditions: way,
        })),
      ),
    ),
  );
}

function ofStatement(statement: Statement, version: string | null): readonly Atom[] {
  const parts = statement.parts === null ? null : expandParts(statement.parts);
  if (parts === null) {
    const text = bodyText(statement);
    return [wholeAtom(statement.effect ?? "Allow", text, versionOf(text, version))];
  }
  return parts.map((one) => {
    const [principal, action, resource] = [one.principals?.list[0] ?? null, one.actions.list[0] ?? null, one.resources?.list[0] ?? null];
    const condition = one.conditions.length === 0 ? null : textOf(conditionJson(one.conditions));
    return {
      effect: statement.effect ?? "Allow",
      principal,
      action,
      resource,
      condition,
      version: versionOf(`${resource}${condition}`, version),
      whole: null,
    };
  });
}

/** Only the new version knows policy variables. */
const versionOf = (text: string, version: string | null): string => (text.includes("${") ? (version ?? VERSION) : VERSION);

const wholeAtom = (effect: Effect, whole: string, version: string): Atom => ({
  effect,
  principal: null,
  action: null,
  resource: null,
  condition: null,
  version,
  whole,
});
