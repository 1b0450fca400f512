import type { AccountFacts, Facts } from "../facts/facts.js";
import {
  byKey,
  foldName,
  isLeftAlone,
  isOurs,
  MARK_TAGS,
  ORIGIN_TAG,
  OWNER_TAG,
  POLICY_TAG,
  PROFILE_TAG,
  roleArn,
  tagValue,
} from "../facts/iam-things.js";
import type { Declared, DeclaredConnect, DeclaredIamRole, TrustEntry } from "../model/declared.js";
import type { Sources } from "../model/expanded.js";
import { keyOf } from "../model/key.js";
import { errorProblem, type Problem, warningProblem } from "../model/problem.js";
import type { Key, Tag } from "../model/resource.js";
import type { Source } from "../model/right.js";
import { connectDocument, trustDocument } from "../policies/document.js";
import { type DocumentPart, sourcesOfParts } from "./document-rights.js";
import { wholeSources } from "./spec.js";

/** What an IAM role of the file comes to; its policy, attachment and profile are kinds of their own. */

export const IAM_PATH = "/";

export function* iamRolesOf(
  declared: Declared,
  facts: Facts,
): Generator<{ readonly account: AccountFacts; readonly role: DeclaredIamRole }> {
  for (const account of facts.accounts.values()) {
    for (const role of declared.iamRoles.values()) if (role.account === account.name) yield { account, role };
  }
}

/** A cluster that could not be read leaves its doors as they are, and so do things of these names that are not ours. */
export const isWhole = (declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): boolean =>
  connectOf(declared, facts, account, role) !== null && foreignProblems(facts, account, role).length === 0;

export const roleKey = (account: AccountFacts, role: DeclaredIamRole): Key => keyOf("iam.role", { account: account.name, name: role.name });

export const marks = (declared: Declared, more: readonly Tag[] = []): Tag[] =>
  [{ key: OWNER_TAG, value: declared.owner }, { key: ORIGIN_TAG, value: "created" }, ...more].sort(byKey);

/** The sweep gives no tags of policies and no empty profiles: the IAM role names what belongs to it. */
export const roleTags = (declared: Declared, role: DeclaredIamRole): Tag[] =>
  marks(declared, [
    ...(role.policy === null ? [] : [{ key: POLICY_TAG, value: role.policy }]),
    ...(role.instanceProfile === null ? [] : [{ key: PROFILE_TAG, value: role.instanceProfile }]),
  ]);

export interface WantedDocument {
  /** Canonical JSON. */
  readonly document: string;
  readonly sources: Sources;
}

export function trustOf(declared: Declared, role: DeclaredIamRole): WantedDocument {
  const parts = role.trust.flatMap((entry): DocumentPart[] => {
    const principals = trusted(declared, entry);
    return principals ? [{ document: trustDocument(principals), source: sourceOf(entry.place) }] : [];
  });
  const all = role.trust.flatMap((entry) => trusted(declared, entry) ?? []);
  const document = trustDocument({ services: all.flatMap((t) => t.services), roles: all.flatMap((t) => t.roles) });
  return { document, sources: sourcesOfParts(parts, wholeSources(role.place).whole) };
}

function trusted(
  declared: Declared,
  entry: TrustEntry,
): { readonly services: readonly string[]; readonly roles: readonly string[] } | null {
  if (entry.type === "service") return { services: [entry.service], roles: [] };
  const other = declared.iamRoles.get(entry.role);
  const of = other && declared.accounts.get(other.account);
  return other && of ? { services: [], roles: [roleArn(of, other.name)] } : null;
}

const sourceOf = ({ file, line, column }: DeclaredConnect["place"]): Source => ({ file, line, column, pattern: null, until: null });

/** The generated policy; null: one of the clusters was not read, so its resource id is not known. */
export function connectOf(declared: Declared, facts: Facts, account: AccountFacts, role: DeclaredIamRole): WantedDocument | null {
  const lists = role.connect.map((connect) => ({ connect, arns: arnsOf(declared, facts, account, connect) }));
  const parts: DocumentPart[] = [];
  for (const { connect, arns } of lists) {
    if (arns === null) return null;
    parts.push({ document: connectDocument(arns), source: sourceOf(connect.place) });
  }
  const document = connectDocument(lists.flatMap(({ arns }) => arns ?? []));
  const whole = role.connect.map((connect) => sourceOf(connect.place));
  return { document, sources: sourcesOfParts(parts, whole) };
}

function arnsOf(declared: Declared, facts: Facts, account: AccountFacts, connect: DeclaredConnect): string[] | null {
  const { id, partition, region } = account.declared;
  const arn = (place: string, resource: string): string => `arn:${partition}:rds-db:${place}:${id}:dbuser:${resource}/${connect.user}`;
  if (connect.clusters === null) return [arn(region, "*")];
  const arns: string[] = [];
  for (const name of connect.clusters) {
    const rds = facts.clusters.get(name)?.snapshot.rds;
    if (!rds) return null;
    arns.push(arn(declared.clusters.get(name)?.region ?? region, rds.resourceId));
  }
  return arns;
}

/** Things of these names that are there and carry no mark of ours are never taken over. */
export function foreignProblems(facts: Facts, account: AccountFacts, role: DeclaredIamRole): Problem[] {
  const { roles, policies, instanceProfiles } = account.snapshot;
  const wanted = [
    { noun: "IAM role", name: role.name, kind: "iam.role", live: roles },
    { noun: "IAM policy", name: role.policy, kind: "iam.policy", live: policies },
    { noun: "Instance profile", name: role.instanceProfile, kind: "iam.instance-profile", live: instanceProfiles },
  ] as const;
  return wanted.flatMap(({ noun, name, kind, live }) => {
    if (name === null) return [];
    const found = [...live.values()].find((thing) => foldName(thing.name) === foldName(name));
    if (!found || (isOurs(facts, found.tags) && found.name === name)) return [];
    return [notOurs(facts, noun, found, keyOf(kind, { account: account.name, name }), role, account)];
  });
}

/** Our tags count for nothing on what is never ours; somebody should take them off, or they mislead the next reader. */
export function wrongTags(facts: Facts, account: AccountFacts): Problem[] {
  const { roles, policies, instanceProfiles } = account.snapshot;
  const things = [
    ...[...roles.values()].map((thing) => ({ noun: "IAM role", kind: "iam.role", thing }) as const),
    ...[...policies.values()].map((thing) => ({ noun: "IAM policy", kind: "iam.policy", thing }) as const),
    ...[...instanceProfiles.values()].map((thing) => ({ noun: "Instance profile", kind: "iam.instance-profile", thing }) as const),
  ];
  return things
    .filter(({ thing }) => isOurs(facts, thing.tags) && isLeftAlone(facts, account, thing))
    .map(({ noun, kind, thing }) => {
      const why = facts.isProtected(thing.name) ? "safety.protect names it" : "AWS keeps it for itself";
      return warningProblem(
        "mark-left-alone",
        `${noun} ${thing.name} in account ${account.name} carries the tag of ${facts.owner} and is not in the file, but ${why}: it is left alone.`,
        {
          key: keyOf(kind, { account: account.name, name: thing.name }),
          hint: `Take the tags whose keys begin with ${MARK_TAGS} off it, if it is not pgaccord's.`,
        },
      );
    });
}

function notOurs(
  facts: Facts,
  noun: string,
  found: { readonly name: string; readonly tags: readonly Tag[] | null },
  key: Key,
  role: DeclaredIamRole,
  account: AccountFacts,
): Problem {
  const owner = tagValue(found.tags, OWNER_TAG);
  const who =
    owner === undefined
      ? "pgaccord did not make it"
      : owner === facts.owner
        ? "its name differs in case only"
        : `it is managed by ${owner}`;
  return errorProblem("not-ours", `${noun} ${found.name} exists already in account ${account.name}, and ${who}: it is left alone.`, {
    place: role.place,
    key,
    hint: "Choose another name in the file, or delete the existing one.",
  });
}
