import type { AccountFacts, Facts } from "../facts/facts.js";
import { goes, isAwsPath, isManaged, isOwnRole, roleArnIn } from "../facts/iam-things.js";
import type { DeclaredAttach, DeclaredConnect } from "../model/declared.js";
import type { Place } from "../model/place.js";
import type { IamPrincipal } from "../model/principal.js";
import type { IamPolicySnapshot } from "../model/snapshot.js";
import { awsManagedDocument } from "../policies/aws-managed.js";

/** Somebody whose policies may open what the file does not give. */
export interface Subject {
  readonly kind: IamPrincipal;
  readonly name: string;
  readonly arn: string;
  /** Where the file declares it; null: it does not. */
  readonly place: Place | null;
  /** AWS's own, an IAM role that pgaccord works as, or anybody. */
  readonly sort: "service-linked" | "identity-center" | "pgaccord" | "other";
  readonly connect: readonly DeclaredConnect[];
  readonly policies: readonly Policy[];
  /** The document of its permissions boundary, or no document at all where that was not read; null: it has none. */
  readonly boundary: readonly string[] | null;
  /** Of a user the groups, of a group the members. */
  readonly mates: readonly string[];
}

export interface Policy {
  /** `inline policy x`, `policy y`. */
  readonly noun: string;
  /** null: it was not read. */
  readonly document: string | null;
  /** The file attaches it. */
  readonly isAsked: boolean;
  /** The group by which a user has it; null: it is the user's own. */
  readonly group: string | null;
}

/** Every IAM role, user and group of an account, and those that come. What goes with the plan is no leak. */
export function subjectsOf(facts: Facts, account: AccountFacts): Subject[] {
  const { snapshot, iamRoles, iamUsers } = account;
  const holders = holdersOf(account);
  const named = (kind: IamPrincipal): string[] =>
    [...holders].flatMap((key) => (key.startsWith(`${kind}/`) ? [key.slice(kind.length + 1)] : []));
  const source: Source = { facts, account, carried: carriers(account), own: byArn(account) };
  const roles = [...new Set([...snapshot.roles.keys(), ...iamRoles.keys()])].filter((name) => !goes(facts, account, name));
  const users = [...new Set([...(snapshot.users?.keys() ?? named("user")), ...iamUsers.keys()])];
  const groups = [...(snapshot.groups?.keys() ?? named("group"))];
  const members = new Map<string, string[]>();
  for (const user of snapshot.users?.values() ?? [])
    for (const group of user.groups) members.set(group, [...(members.get(group) ?? []), user.name]);
  return [
    ...roles.map((name) => roleSubject(source, name)),
    ...users.map((name) => userSubject(source, name)),
    ...groups.map((name) => groupSubject(source, name, members.get(name) ?? [])),
  ];
}

/** Of an account whose users and groups were not read by themselves. */
const holdersOf = ({ snapshot: { attachments, foreign } }: AccountFacts): Set<string> =>
  new Set([...foreign.keys(), ...attachments.map(({ principal, name }) => `${principal}/${name}`)]);

interface Source {
  readonly facts: Facts;
  readonly account: AccountFacts;
  /** ARNs of attached policies by `role/NAME`. */
  readonly carried: ReadonlyMap<string, readonly string[]>;
  /** The account's own policies, by ARN. */
  readonly own: ReadonlyMap<string, IamPolicySnapshot>;
}

const byArn = ({ snapshot }: AccountFacts): Map<string, IamPolicySnapshot> =>
  new Map([...snapshot.policies.values()].map((policy) => [policy.arn, policy]));

function carriers({ snapshot }: AccountFacts): Map<string, string[]> {
  const found = new Map([...snapshot.foreign].map(([key, { attached }]) => [key, [...attached]]));
  for (const { principal, name, policyArn } of snapshot.attachments) {
    const key = `${principal}/${name}`;
    const list = found.get(key);
    if (list) list.push(policyArn);
    else found.set(key, [policyArn]);
  }
  return found;
}

function roleSubject(source: Source, name: string): Subject {
  const { account } = source;
  const declared = account.iamRoles.get(name);
  const live = account.snapshot.roles.get(name);
  const path = live?.path ?? "/";
  const sort = isAwsPath(path) ? (path.startsWith("/aws-reserved/") ? "identity-center" : "service-linked") : "other";
  const boundary = declared?.manage === "whole" ? (declared.boundary ?? live?.boundary) : live?.boundary;
  return {
    ...whole(source, "role", name, declared),
    arn: roleArnIn(account, name),
    sort: isOwnRole(account, name) || isCaller(account, "role", name) ? "pgaccord" : sort,
    boundary: boundaryOf(source, boundary),
    mates: [],
  };
}

function userSubject(source: Source, name: string): Subject {
  const { account } = source;
  const live = account.snapshot.users?.get(name);
  const own = whole(source, "user", name, account.iamUsers.get(name));
  const groups = live?.groups ?? [];
  const theirs = groups.flatMap((group) => policiesOf(source, `group/${group}`, []).map((policy) => ({ ...policy, group })));
  return {
    ...own,
    arn: live?.arn ?? arnOf(account, "user", name),
    sort: isCaller(account, "user", name) ? "pgaccord" : "other",
    policies: [...own.policies, ...theirs],
    boundary: boundaryOf(source, live?.boundary),
    mates: groups,
  };
}

const groupSubject = (source: Source, name: string, members: readonly string[]): Subject => ({
  ...whole(source, "group", name, undefined),
  arn: source.account.snapshot.groups?.get(name)?.arn ?? arnOf(source.account, "group", name),
  sort: "other",
  boundary: null,
  mates: members,
});

/** A session's ARN names its IAM role without the path, a user's ends with the name. */
function isCaller({ snapshot: { caller } }: AccountFacts, kind: "role" | "user", name: string): boolean {
  const [type, first, ...rest] = (caller ?? "").slice((caller ?? "").lastIndexOf(":") + 1).split("/");
  return kind === "role" ? type === "assumed-role" && first === name : type === "user" && (rest.at(-1) ?? first) === name;
}

const arnOf = ({ declared: { partition, id } }: AccountFacts, kind: IamPrincipal, name: string): string =>
  `arn:${partition}:iam::${id}:${kind}/${name}`;

interface InFile {
  readonly place: Place;
  readonly connect: readonly DeclaredConnect[];
  readonly attach: readonly DeclaredAttach[];
}

const whole = (source: Source, kind: IamPrincipal, name: string, declared: InFile | undefined) => ({
  kind,
  name,
  place: declared?.place ?? null,
  connect: declared?.connect ?? [],
  policies: policiesOf(source, `${kind}/${name}`, declared?.attach ?? [], declared !== undefined),
});

/** Ours are compared with the file where whoever carries them is declared, free ones are for whoever likes, and others of ours go. */
function policiesOf(
  { facts, account, carried, own }: Source,
  key: string,
  attach: readonly DeclaredAttach[],
  isDeclared = false,
): Policy[] {
  const asked = new Set(attach.map(({ arn }) => arn));
  const inline = account.snapshot.foreign.get(key)?.inline ?? [];
  const named = [...new Set([...(carried.get(key) ?? []), ...asked])].flatMap((arn): Policy[] => {
    const policy = own.get(arn);
    const isGiven = (name: string): boolean => isDeclared || account.freePolicies.has(name) || !account.declaredPolicies.has(name);
    if (policy && isManaged(facts, account, "iam.policy", policy) && isGiven(policy.name)) return [];
    const document = policy?.document ?? awsDocument(account, arn);
    return [{ noun: `policy ${policy?.name ?? arn}`, document, isAsked: asked.has(arn), group: null }];
  });
  return [...inline.map(({ name, document }) => ({ noun: `inline policy ${name}`, document, isAsked: false, group: null })), ...named];
}

const awsDocument = ({ snapshot }: AccountFacts, arn: string): string | null => snapshot.awsPolicies?.get(arn) ?? awsManagedDocument(arn);

/** What nobody could read may limit nothing, or all: it is taken for what it says, which is nothing that is known. */
function boundaryOf({ account, own }: Source, arn: string | undefined): readonly string[] | null {
  if (arn === undefined) return null;
  const document = own.get(arn)?.document ?? awsDocument(account, arn);
  return [document ?? "unread"];
}
