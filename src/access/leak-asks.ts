import type { AccountFacts, Facts } from "../facts/facts.js";
import { roleArnIn } from "../facts/iam-things.js";
import { trustOf } from "../kinds/wanted-trust.js";
import type { Declared } from "../model/declared.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { atomsOf } from "../policies/atoms.js";
import { compilePolicies, type Decision } from "../policies/evaluate.js";
import { displayName } from "../privileges/sql.js";
import type { Subject } from "./leak-subjects.js";

/** Something that only whom the file names may do. */
export interface Ask {
  readonly action: string;
  readonly resource: string;
  /** `ro of cluster demo`, `app of account db`. */
  readonly noun: string;
  readonly isGiven: (subject: Subject) => boolean;
  /** What the other side says: of an IAM role its trust. */
  readonly otherSide: (subject: Subject) => Decision;
}

export const CONNECT = "rds-db:connect";
export const ASSUME = "sts:AssumeRole";

/** What somebody of the account could do: log in where a token of it is good, take an IAM role whose trust lets the account in. */
export const asksOf = (declared: Declared, facts: Facts, account: AccountFacts): Ask[] => [
  ...doorAsks(declared, facts, account),
  ...[...facts.accounts.values()].flatMap((owner) => takeAsks(declared, facts, owner, account)),
];

/** A token is good in the account of its cluster alone. The admin and the reader have doors, too: pgaccord's own. */
function doorAsks(declared: Declared, facts: Facts, account: AccountFacts): Ask[] {
  const { id, partition, region } = account.declared;
  return [...declared.clusters.values()].flatMap((cluster) => {
    const rds = facts.clusters.get(cluster.name)?.snapshot.rds;
    if (cluster.account !== account.name || !rds) return [];
    const there = [...declared.roles.values()].filter(({ clusters }) => clusters.includes(cluster.name));
    const namesOf = (login: "iam" | "external"): string[] => there.flatMap((role) => (role.login === login ? [role.name] : []));
    const logins = [cluster.admin, ...(cluster.reader ? [cluster.reader] : [])].filter(({ auth }) => auth.type === "iam");
    const ours = new Set(logins.map(({ user }) => user));
    const byToken = [...new Set([...namesOf("iam"), ...ours])].sort();
    // A proxy that keeps passwords lets in who has one.
    const usersBehind = (one: string): string[] => (one === rds.proxy?.id && rds.proxy.keepsSecrets ? namesOf("external").sort() : byToken);
    const place = `arn:${partition}:rds-db:${cluster.region ?? region}:${id}:dbuser`;
    const doors = resourceIdsOf(rds).flatMap((one) => usersBehind(one).map((user) => ({ user, resource: `${place}:${one}/${user}` })));
    return doors.map(
      ({ user, resource }): Ask => ({
        action: CONNECT,
        resource,
        noun: `${displayName(user)} of cluster ${cluster.name}`,
        isGiven: ({ connect, sort }) =>
          (sort === "pgaccord" && ours.has(user)) ||
          connect.some((entry) => entry.user === user && (entry.clusters?.includes(cluster.name) ?? true)),
        otherSide: () => "allowed",
      }),
    );
  });
}

/** A trust that names an account leaves it to that account who comes. Whom it names by an ARN, the file names. */
function takeAsks(declared: Declared, facts: Facts, owner: AccountFacts, callers: AccountFacts): Ask[] {
  const root = `arn:${callers.declared.partition}:iam::${callers.snapshot.id}:root`;
  return [...owner.iamRoles.values()].flatMap((role): Ask[] => {
    const trust = role.manage === "whole" ? trustOf(declared, facts, owner, role).document : owner.snapshot.roles.get(role.name)?.trust;
    if (trust === undefined) return [];
    const atoms = atomsOf(trust).filter(({ effect }) => effect === "Allow");
    if (!atoms.some(({ whole, principal }) => whole !== null || principal?.id === root || principal?.type === "anyone")) return [];
    const named = new Set(atoms.flatMap(({ principal }) => (principal?.type === "aws" ? [principal.id] : [])));
    const resource = roleArnIn(owner, role.name);
    const assumed = (subject: Subject): boolean => mayTake(declared, callers, subject, role.id, resource);
    const { decide } = compilePolicies([trust]);
    return [
      {
        action: ASSUME,
        resource,
        noun: `${role.name} of account ${owner.name}`,
        isGiven: (subject) => subject.arn === resource || named.has(subject.arn) || assumed(subject),
        otherSide: ({ kind, arn }) => decide({ action: ASSUME, resource, principal: { type: "aws", id: kind === "group" ? root : arn } }),
      },
    ];
  });
}

/** `assume` of the caller names it. */
const mayTake = (declared: Declared, { iamRoles }: AccountFacts, { kind, name }: Subject, id: string, arn: string): boolean =>
  kind === "role" &&
  (iamRoles.get(name)?.assume ?? []).some(({ to }) => (to.type === "role" ? to.role === id && declared.iamRoles.has(id) : to.arn === arn));
