import { roleArn } from "../facts/iam-things.js";
import { trustText } from "../facts/trust-text.js";
import type { Declared, DeclaredCluster, DeclaredIamRole, TrustEntry } from "../model/declared.js";

/** An IAM role of the file that may log in as a user there. */
export interface DeclaredDoor {
  readonly role: DeclaredIamRole;
  readonly user: string;
  readonly cluster: DeclaredCluster;
  readonly viaProxy: boolean;
}

/** What `connect` of the IAM roles gives, in the order of the file. */
export const declaredDoors = (declared: Declared): DeclaredDoor[] =>
  [...declared.iamRoles.values()].flatMap((role) =>
    role.connect.flatMap(({ user, clusters, viaProxy }) => {
      const on = new Set(declared.roles.get(user)?.clusters);
      const region = declared.accounts.get(role.account)?.region;
      // A door to any cluster leads to those of the account's own Region.
      const isAny = (one: DeclaredCluster): boolean => one.account === role.account && one.region === region;
      const named = [...declared.clusters.values()].filter((one) => clusters?.includes(one.name) ?? isAny(one));
      return named.filter(({ name, rds }) => rds !== null && on.has(name)).map((cluster) => ({ role, user, cluster, viaProxy }));
    }),
  );

/** An IAM role that is taken on the way. */
export interface Hop {
  readonly role: DeclaredIamRole;
  readonly arn: string;
  /** Whom its trust lets in, in words. */
  readonly trusts: string;
  /** What the trust wants to hear. */
  readonly externalId: string | null;
}

/** More IAM roles behind each other are nobody's way (each step is a session of an hour at most). */
const MOST_HOPS = 4;

/**
 * The IAM roles that somebody takes to come to one, in order; none where they are it. Of several ways the shortest that the file lets
 * them go; null: the file lets them go none.
 * @param caller ARN of an IAM user, or of the session of an IAM role
 */
export function hopsTo(declared: Declared, target: DeclaredIamRole, caller: string): Hop[] | null {
  const own = identityOf(caller);
  let paths: readonly (readonly DeclaredIamRole[])[] = [[target]];
  for (let step = 0; step <= MOST_HOPS && paths.length > 0; step++) {
    for (const [first, ...rest] of paths) {
      if (!first) continue;
      if (own.arn === arnOf(declared, first)) return hops(declared, rest, own);
      if (first.trust.some((entry) => letsIn(declared, entry, own))) return hops(declared, [first, ...rest], own);
    }
    paths = paths.flatMap((path) =>
      trustedRoles(declared, path[0]).flatMap((before) => (path.includes(before) ? [] : [[before, ...path]])),
    );
  }
  return null;
}

/** The IAM role itself, whoever may take it: what AWS says to that is what the user wants to know. */
export const onlyHop = (declared: Declared, role: DeclaredIamRole, caller: string): Hop[] => hops(declared, [role], identityOf(caller));

interface Identity {
  /** Of the IAM role where it is a session. */
  readonly arn: string;
  readonly account: string;
}

/** A session's ARN holds the name of its IAM role without the path. */
function identityOf(caller: string): Identity {
  const [, partition, account = "", role] = /^arn:([^:]+):sts::(\d+):assumed-role\/([^/]+)\//.exec(caller) ?? [];
  if (role !== undefined) return { arn: `arn:${partition}:iam::${account}:role/${role}`, account };
  return { arn: caller, account: caller.split(":")[4] ?? "" };
}

const ROLE = ":role/";
const plainArn = (arn: string): string => {
  const start = arn.indexOf(ROLE);
  return start < 0 ? arn : `${arn.slice(0, start)}${ROLE}${arn.slice(arn.lastIndexOf("/") + 1)}`;
};

function arnOf({ accounts }: Declared, { account, name }: DeclaredIamRole): string {
  const of = accounts.get(account);
  return of ? roleArn(of, name) : "";
}

const trustedRoles = ({ iamRoles }: Declared, role: DeclaredIamRole | undefined): DeclaredIamRole[] =>
  (role?.trust ?? []).flatMap((entry) => (entry.type === "role" ? (iamRoles.get(entry.role) ?? []) : []));

function letsIn(declared: Declared, entry: TrustEntry, { arn, account }: Identity): boolean {
  if (entry.type === "arn") return plainArn(entry.arn) === arn;
  const before = entry.type === "role" ? declared.iamRoles.get(entry.role) : undefined;
  if (before) return arnOf(declared, before) === arn;
  return entry.type === "account" && declared.accounts.get(entry.account)?.id === account;
}

const hops = (declared: Declared, roles: readonly DeclaredIamRole[], own: Identity): Hop[] =>
  roles.map((role, i) => {
    const before = roles[i - 1];
    const { iam, accounts } = declared;
    const of = accounts.get(role.account);
    const entry = role.trust.find((one) =>
      before ? one.type === "role" && declared.iamRoles.get(one.role) === before : letsIn(declared, one, own),
    );
    return {
      role,
      arn: of ? roleArn(of, role.name, role.manage === "whole" ? iam.path : "/") : "",
      trusts: role.trust.map(trustText).join(", "),
      externalId: entry?.externalId ?? null,
    };
  });
