import type { AccountFacts, Facts } from "../facts/facts.js";
import { roleArn, roleArnIn } from "../facts/iam-things.js";
import { livePartsOf } from "../facts/policy-parts.js";
import type { Declared, DeclaredAssume, DeclaredConnect, DeclaredIamRole } from "../model/declared.js";
import type { Sources } from "../model/expanded.js";
import { keyOf } from "../model/key.js";
import { serverIdsOf } from "../model/rds-ids.js";
import type { Key } from "../model/resource.js";
import type { Source } from "../model/right.js";
import { assumeStatement, connectDocument, VERSION, writeDocument } from "../policies/document.js";
import { connectDocumentWith, givesPlainly, readPart, unreadPart } from "../policies/doors-of.js";
import { type DocumentPart, sourcesOfParts } from "./document-rights.js";
import { type HeldBack, heldBackIn } from "./held-back.js";
import { foreignProblems, hostProblems, namedBy } from "./iam-strangers.js";

/** What an IAM role of the file comes to; its policy, attachment and profile are kinds of their own. */

/** An IAM role of the file, with how far it may be changed. */
export interface WantedIamRole {
  readonly account: AccountFacts;
  readonly role: DeclaredIamRole;
  /** What the generated policy shall say; null: the role and all that belongs to it stay as they are. */
  readonly connect: WantedDocument | null;
  /** Whether its trust, attachment and profile are compared, too. */
  readonly isWhole: boolean;
}

export function* iamRolesOf(declared: Declared, facts: Facts): Generator<WantedIamRole> {
  for (const account of facts.accounts.values()) {
    const held = heldBackIn(declared, facts, account);
    for (const role of declared.iamRoles.values()) {
      if (role.account !== account.name) continue;
      const connect = mayChange(declared, facts, account, role) ? connectOf(declared, facts, account, role, held) : null;
      yield { account, role, connect, isWhole: connect !== null && !held?.roles.has(role.name) };
    }
  }
}

/** Not while things of these names are not ours, nor while nobody knows of an IAM role that it shall trust, or take. */
function mayChange(declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): boolean {
  if (foreignProblems(facts, account, namedBy(role)).length + hostProblems(account, role).length > 0) return false;
  const isKnown = (id: string, live: string): boolean => {
    const other = declared.iamRoles.get(id);
    const arn = other && arnOfRole(declared, facts, other);
    return !other || !arn || facts.accounts.has(other.account) || live.includes(`"${arn}"`);
  };
  const trust = account.snapshot.roles.get(role.name)?.trust ?? "";
  const own = livePartsOf(facts, account, role.policy)
    .map(({ document }) => document)
    .join();
  return (
    role.trust.every((entry) => entry.type !== "role" || isKnown(entry.role, trust)) &&
    role.assume.every(({ to }) => to.type !== "role" || isKnown(to.role, own))
  );
}

/** null: of an account that the base branch does not know. */
export function arnOfRole(declared: Declared, facts: Facts, { account, name }: DeclaredIamRole): string | null {
  const read = facts.accounts.get(account);
  const of = declared.accounts.get(account);
  if (read) return roleArnIn(read, name);
  return of ? roleArn(of, name, declared.iam.path) : null;
}

export const roleKey = (account: AccountFacts, role: DeclaredIamRole): Key => keyOf("iam.role", { account: account.name, name: role.name });

export interface WantedDocument {
  /** Canonical JSON. */
  readonly document: string;
  readonly sources: Sources;
}

export const sourceOf = ({ place: { file, line, column }, until }: Pick<DeclaredConnect, "place" | "until">): Source => ({
  file,
  line,
  column,
  pattern: null,
  until,
});

/** What a generated policy is made of. */
type Grants = Pick<DeclaredIamRole, "connect" | "assume" | "policy">;

function connectOf(
  declared: Declared,
  facts: Facts,
  account: AccountFacts,
  role: DeclaredIamRole,
  held: HeldBack | null,
): WantedDocument | null {
  // An IAM role that carries such a policy under another name keeps it: a new one would be a second door.
  if (held?.roles.has(role.name) && !account.snapshot.policies.has(role.policy ?? "")) return null;
  return documentOf(declared, facts, account, role, held);
}

/** The generated policy; null: it stays as it is, or there is nothing that it could say yet. */
export function documentOf(
  declared: Declared,
  facts: Facts,
  account: AccountFacts,
  role: Grants,
  held: HeldBack | null,
): WantedDocument | null {
  const live = livePartsOf(facts, account, role.policy);
  if (live.some(({ name }) => held?.policies.get(name) === null)) return null;
  const carried = live.flatMap(({ name }) => held?.policies.get(name) ?? []);
  const documents = live.map(({ document }) => document);
  const lists = role.connect.map((connect) => ({ connect, arns: arnsOf(declared, facts, account, connect, held, documents) }));
  const arns = lists.flatMap((list) => list.arns);
  const assumed = role.assume.map((one) => ({ assume: one, arns: assumedArn(declared, facts, one) }));
  const taken = assumed.flatMap((one) => one.arns);
  if (role.policy !== null && arns.length + carried.length + taken.length === 0 && live.length === 0) return null;
  const parts = lists
    .filter((list) => list.arns.length > 0)
    .map((list): DocumentPart => ({ document: connectDocument(list.arns), source: sourceOf(list.connect) }));
  const takes = assumed
    .filter((one) => one.arns.length > 0)
    .map((one): DocumentPart => ({ document: writeDocument(VERSION, [assumeStatement(one.arns)]), source: sourceOf(one.assume) }));
  const whole = [...role.connect, ...role.assume].map(sourceOf);
  return { document: connectDocumentWith(arns, carried, taken), sources: sourcesOfParts([...parts, ...takes], whole) };
}

/** Empty: of an account that the base branch does not know. */
function assumedArn(declared: Declared, facts: Facts, { to }: DeclaredAssume): readonly string[] {
  if (to.type === "arn") return [to.arn];
  const other = declared.iamRoles.get(to.role);
  const arn = other && arnOfRole(declared, facts, other);
  return arn ? [arn] : [];
}

/** Doors to clusters that were read. A wildcard that is not there yet waits for the others: until then these are named. */
function arnsOf(
  declared: Declared,
  facts: Facts,
  account: AccountFacts,
  connect: DeclaredConnect,
  held: HeldBack | null,
  live: readonly string[],
): readonly string[] {
  const { id, partition, region } = account.declared;
  const arn = (place: string, resource: string, user: string): string =>
    `arn:${partition}:rds-db:${place}:${id}:dbuser:${resource}/${user}`;
  // Where this run does not write, a renamed user is called as before until another one does.
  const nameOn = (name: string): string => facts.clusters.get(name)?.renames.waiting.get(connect.user) ?? connect.user;
  if (connect.clusters === null) {
    const own = [...facts.clusters.values()].filter((cluster) => cluster.declared.account === account.name);
    const names = new Set([connect.user, ...own.map(({ name }) => nameOn(name))]);
    return [...names].flatMap((user) => {
      const every = arn(region, "*", user);
      const waits = held !== null && unreadPart(every, held.doors).length > 0 && !live.some((document) => givesPlainly(document, every));
      return waits ? readPart(every, held.doors) : [every];
    });
  }
  return connect.clusters.flatMap((name) => {
    const rds = facts.clusters.get(name)?.snapshot.rds;
    const place = declared.clusters.get(name)?.region ?? region;
    const ids = !rds ? [] : connect.viaProxy ? (rds.proxy ? [rds.proxy.id] : []) : serverIdsOf(rds);
    return ids.map((one) => arn(place, one, nameOn(name)));
  });
}
