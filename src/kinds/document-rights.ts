import type { AccountFacts } from "../facts/facts.js";
import type { Sources } from "../model/expanded.js";
import type { Principal } from "../model/principal.js";
import type { Pair } from "../model/resource.js";
import type { Delta, DeltaItem, Source, Terms } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { type Atom, atomKey, atomsDiff, atomsOf } from "../policies/atoms.js";

/** A part of a generated document and the line that it comes from. */
export interface DocumentPart {
  readonly document: string;
  readonly source: Source;
}

/** Each atom has the lines of the parts that hold it. */
export function sourcesOfParts(parts: readonly DocumentPart[], whole: readonly Source[]): Sources {
  const byRight = new Map<string, Source[]>();
  for (const { document, source } of parts) {
    for (const key of atomsOf(document).map(atomKey)) byRight.set(key, [...(byRight.get(key) ?? []), source]);
  }
  return { whole, of: (key) => byRight.get(key) ?? whole };
}

type DocumentDelta = (
  before: string | undefined,
  after: string | undefined,
  account: AccountFacts,
  name: string,
  sources: Sources,
) => Delta;

/** Who may assume an IAM role: what its trust gains and loses. */
export const trustDelta: DocumentDelta = (before, after, { snapshot, declared }, name, sources) => {
  const on: Thing = { type: "iam-role", account: snapshot.id, name };
  return deltaOf(before, after, sources, (atom) => ({ who: trustedBy(atom, declared.partition), verb: atom.action || ANY, on }));
};

/** What whoever carries a policy may do. */
export const policyDelta: DocumentDelta = (before, after, { snapshot, declared }, name, sources) => {
  const who: Principal = { type: "policy", account: snapshot.id, name };
  return deltaOf(before, after, sources, (atom) => ({ who, verb: atom.action || ANY, on: resourceOf(atom, declared.partition) }));
};

/** What an IAM role may do by a policy inside it. */
export const inlineDelta: DocumentDelta = (before, after, { snapshot, declared }, name, sources) => {
  const who: Principal = { type: "iam", account: snapshot.id, kind: "role", name };
  return deltaOf(before, after, sources, (atom) => ({ who, verb: atom.action || ANY, on: resourceOf(atom, declared.partition) }));
};

/** A boundary limits: one that goes is a gain. What a thing is created with was never more. */
export function boundaryDelta({ id, before, after }: Pair<"iam.role">, { snapshot }: AccountFacts, { whole }: Sources): Delta {
  if (!before || !after || before.boundary === after.boundary) return [];
  const who: Principal = { type: "iam", account: snapshot.id, kind: "role", name: id.name };
  const item = (effect: DeltaItem["effect"], arn: string | undefined): DeltaItem[] =>
    arn === undefined
      ? []
      : [{ effect, who, verbs: ["boundary"], on: { type: "arn", arn }, terms: { deny: true }, other: null, sources: whole }];
  return [...item("gains", before.boundary), ...item("loses", after.boundary)];
}

const ANY = "*";

type Holding = Pick<DeltaItem, "who"> & { readonly verb: string; readonly on: Thing };

/** A Deny that goes gives back what it took: that is a gain. */
function deltaOf(before: string | undefined, after: string | undefined, sources: Sources, holding: (atom: Atom) => Holding): Delta {
  const { come, go } = atomsDiff(before ?? null, after ?? null);
  const item = (atom: Atom, comes: boolean): DeltaItem => {
    const { who, verb, on } = holding(atom);
    const gains = comes === (atom.effect === "Allow");
    const from = comes ? sources.of(atomKey(atom)) : [];
    return { effect: gains ? "gains" : "loses", who, verbs: [verb], on, terms: termsOf(atom), other: null, sources: from };
  };
  return [...come.map((atom) => item(atom, true)), ...go.map((atom) => item(atom, false))];
}

const termsOf = ({ effect, condition, whole, version }: Atom): Terms => ({
  ...(condition === null ? {} : { condition }),
  ...(effect === "Deny" ? { deny: true } : {}),
  ...(whole === null ? {} : { statement: whole }),
  ...(version === "2012-10-17" ? {} : { version }),
});

const IAM_ARN = /^arn:([^:]+):iam::(\d{12}):(role|user|group)\/(?:.*\/)?([^/]+)$/;

/** @param partition of the account: an ARN of another one names somebody else of the same name. */
function trustedBy({ principal }: Atom, partition: string): Principal {
  if (principal === null || principal.type === "anyone") return { type: "anyone" };
  if (principal.type === "service") return { type: "service", name: principal.id };
  if (principal.type === "federated") return { type: "federated", provider: principal.id };
  const [, where, account, kind, name] = IAM_ARN.exec(principal.id) ?? [];
  // A path makes another ARN: only the plain one is known by its name.
  if (where === partition && account && name && (kind === "role" || kind === "user") && principal.id.endsWith(`:${kind}/${name}`))
    return { type: "iam", account, kind, name };
  return { type: "arn", arn: principal.id };
}

const DBUSER = /^arn:([^:]+):rds-db:([^:]*:[^:]*):dbuser:([^/]+)\/(.+)$/;

function resourceOf({ action, resource }: Atom, partition: string): Thing {
  const [, where, place, id, user] = DBUSER.exec(resource ?? "") ?? [];
  if (where === partition && action === "rds-db:connect" && place && id && user) return { type: "door", resource: `${place}:${id}`, user };
  return { type: "arn", arn: resource ?? "*" };
}
