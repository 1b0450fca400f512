import type { AccountFacts, Facts } from "../facts/facts.js";
import { carriedBy, isCreated, isHolderLeftAlone, isManaged, tagValue, USER_TAG } from "../facts/iam-things.js";
import type { Day } from "../model/day.js";
import type { Declared, DeclaredAttach } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Id, Resource } from "../model/resource.js";
import type { IamRoleSnapshot } from "../model/snapshot.js";
import { attachedByUs } from "./iam-marks.js";
import { type Wishes, wholeSources } from "./spec.js";
import { iamDoorsOf } from "./wanted-door.js";
import { iamRolesOf } from "./wanted-iam.js";

/** Policies that somebody else made, and that `attach` names, or named once, or that `exclusive` takes away. */

/** No name of a policy holds a colon. */
export const isSomebodyElses = (policy: string): boolean => policy.startsWith("arn:");

const idOf = (account: AccountFacts, principal: "role" | "user", name: string, policy: string): Id<"iam.attachment"> => ({
  account: account.name,
  principal,
  name,
  policy,
});

/** An IAM role that is left as it is keeps all that it carries. */
export function wantForeign(declared: Declared, facts: Facts, wishes: Wishes<"iam.attachment">): void {
  const want = (id: Id<"iam.attachment">, { place }: DeclaredAttach, { isFree, until }: Holder): void => {
    if (isFree) wishes.want(resource("iam.attachment", id, { document: "" }), wholeSources(place, until));
    else wishes.leaveOut(keyOf("iam.attachment", id));
  };
  for (const holder of holdersOf(declared, facts)) {
    const { account, principal, name, attach, isFree } = holder;
    for (const one of attach) want(idOf(account, principal, name, one.arn), one, holder);
    for (const arn of isFree ? [] : carriedBy(account.snapshot, principal, name))
      wishes.leaveOut(keyOf("iam.attachment", idOf(account, principal, name, arn)));
  }
}

interface Holder {
  readonly account: AccountFacts;
  readonly principal: "role" | "user";
  readonly name: string;
  readonly attach: readonly DeclaredAttach[];
  readonly until: Day | null;
  readonly isFree: boolean;
}

const holdersOf = (declared: Declared, facts: Facts): Holder[] => [
  ...[...iamRolesOf(declared, facts)].map(({ account, role: { name, attach, until }, isWhole }) => ({
    account,
    principal: "role" as const,
    name,
    attach,
    until,
    isFree: isWhole,
  })),
  ...[...iamDoorsOf(declared, facts)].flatMap(({ account, door: { user, attach, until }, document }) =>
    user === null ? [] : [{ account, principal: "user" as const, name: user, attach, until, isFree: document !== null }],
  ),
];

/** Those that are there, and that the file decides about. @param only of whom; left out: of everybody */
export function foreignIn(facts: Facts, account: AccountFacts, only?: Pick<Id<"iam.attachment">, "principal" | "name">): Foreign[] {
  const { snapshot } = account;
  const isMeant = (principal: string, name: string): boolean => !only || (only.principal === principal && only.name === name);
  const roles = [...snapshot.roles.values()].filter((role) => isMeant("role", role.name) && decidesAbout(facts, account, role));
  const asking = roles.map(({ name }) => ({
    name,
    asked: askedOfRole(account, name),
    all: account.iamRoles.get(name)?.exclusive ?? false,
  }));
  const users = [...askedOfUsers(facts, account)].filter(([name]) => isMeant("user", name));
  const holders = [
    ...asking.filter(({ asked, all }) => all || asked.size > 0).map((one) => ({ ...one, principal: "role" as const })),
    ...users.map(([name, asked]) => ({ name, asked, all: false, principal: "user" as const })),
  ];
  if (holders.length === 0) return [];
  const own = new Set(
    [...snapshot.policies.values()].filter((policy) => isManaged(facts, account, "iam.policy", policy)).map(({ arn }) => arn),
  );
  return holders.flatMap(({ principal, name, asked, all }) =>
    carriedBy(snapshot, principal, name)
      .filter((arn) => !own.has(arn) && (all || asked.has(arn)))
      .map((arn) => resource("iam.attachment", idOf(account, principal, name, arn), { document: "" })),
  );
}
type Foreign = Resource<"iam.attachment">;

/** One that is released keeps what it carries, and so does one that is somebody else's. */
function decidesAbout(facts: Facts, account: AccountFacts, role: IamRoleSnapshot): boolean {
  if (!isManaged(facts, account, "iam.role", role)) return false;
  const declared = account.iamRoles.get(role.name);
  return declared ? declared.manage === "whole" : isCreated(role.tags);
}

/** What `attach` names, and what it named once. */
const askedOfRole = ({ snapshot, iamRoles }: AccountFacts, name: string): ReadonlySet<string> =>
  new Set([...attachedByUs(snapshot.roles.get(name)?.tags ?? null), ...(iamRoles.get(name)?.attach ?? []).map(({ arn }) => arn)]);

function askedOfUsers(facts: Facts, account: AccountFacts): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const add = (user: string, arns: readonly string[]): void => {
    if (arns.length > 0) found.set(user, new Set([...(found.get(user) ?? []), ...arns]));
  };
  for (const [user, { attach }] of account.iamUsers)
    add(
      user,
      attach.map(({ arn }) => arn),
    );
  for (const policy of account.snapshot.policies.values()) {
    const user = tagValue(policy.tags, USER_TAG);
    const isLeft = user === undefined || isHolderLeftAlone(facts, account, { principal: "user", name: user, policyArn: policy.arn });
    if (user !== undefined && !isLeft && isManaged(facts, account, "iam.policy", policy)) add(user, attachedByUs(policy.tags));
  }
  return found;
}

/** Somebody else attached it: the file never asked for it. */
export const isForeign = (account: AccountFacts, { principal, name, policy }: Id<"iam.attachment">): boolean =>
  isSomebodyElses(policy) && principal === "role" && !askedOfRole(account, name).has(policy);
