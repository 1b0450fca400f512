import { type Day, isOver, soonest } from "../model/day.js";
import type {
  Declared,
  DeclaredAssume,
  DeclaredCluster,
  DeclaredConnect,
  DeclaredIamDoor,
  DeclaredIamRole,
  DeclaredMembership,
  DeclaredRole,
  TrustEntry,
} from "../model/declared.js";

/**
 * The file as of a day: what has expired is not in it, and with it goes what refers to it, so a door goes on both of its sides. What is
 * left says when it ends in effect: a membership with its member, a door with its user. The same when it is asked again.
 */
export function asOf(declared: Declared, day: Day): Declared {
  const roles = standing(declared.roles, day);
  const iamRoles = standing(declared.iamRoles, day);
  const left: Left = { day, declared, roles, iamRoles, goneArns: goneArns(declared, iamRoles) };
  return {
    ...declared,
    clusters: mapped(declared.clusters, (cluster) => clusterAsOf(cluster, left)),
    roles: mapped(roles, (role) => roleAsOf(role, left)),
    iamRoles: mapped(iamRoles, (role) => iamRoleAsOf(role, left)),
    iamDoors: declared.iamDoors.filter((door) => !isOver(door.until, day)).flatMap((door) => doorAsOf(door, left)),
  };
}

/** What has not expired by itself. */
interface Left {
  readonly day: Day;
  readonly declared: Declared;
  readonly roles: Declared["roles"];
  readonly iamRoles: Declared["iamRoles"];
  /** ARNs of IAM roles of the file that have expired, without their paths. */
  readonly goneArns: ReadonlySet<string>;
}

const mapped = <T>(map: ReadonlyMap<string, T>, convert: (value: T) => T): ReadonlyMap<string, T> =>
  new Map([...map].map(([key, value]) => [key, convert(value)]));

const standing = <T extends { readonly until: Day | null }>(map: ReadonlyMap<string, T>, day: Day): ReadonlyMap<string, T> =>
  new Map([...map].filter(([, { until }]) => !isOver(until, day)));

/** Creators need not be declared: only those that the file lets expire are gone. */
function clusterAsOf(cluster: DeclaredCluster, { declared, roles }: Left): DeclaredCluster {
  const isGone = (role: string): boolean => declared.roles.has(role) && !roles.has(role);
  const databases = mapped(cluster.databases, (database) => ({
    ...database,
    creators: database.creators.filter(({ role }) => !isGone(role)),
  }));
  return { ...cluster, databases };
}

function roleAsOf(role: DeclaredRole, { day, declared }: Left): DeclaredRole {
  const endOf = (of: DeclaredMembership): Day | null => soonest(of.until, role.until, declared.roles.get(of.role)?.until);
  return {
    ...role,
    memberOf: ended(role.memberOf, endOf, day),
    // Default privileges may cover what a role gets that ends as a whole, so that end is not written on its grants.
    grants: role.grants.filter(({ until }) => !isOver(until, day)),
  };
}

const ended = <T extends { readonly until: Day | null }>(list: readonly T[], endOf: (one: T) => Day | null, day: Day): readonly T[] =>
  list.map((one) => ({ ...one, until: endOf(one) })).filter(({ until }) => !isOver(until, day));

function iamRoleAsOf(role: DeclaredIamRole, left: Left): DeclaredIamRole {
  const { day, declared, goneArns } = left;
  const endOf = (id: string): Day | null | undefined => declared.iamRoles.get(id)?.until;
  const trustEnd = (entry: TrustEntry): Day | null => soonest(entry.until, role.until, entry.type === "role" ? endOf(entry.role) : null);
  const assumeEnd = ({ to, until }: DeclaredAssume): Day | null => soonest(until, role.until, to.type === "role" ? endOf(to.role) : null);
  const connect = connectAsOf(role, left);
  const assume = ended(role.assume, assumeEnd, day).filter(({ to }) => to.type === "role" || !goneArns.has(withoutPath(to.arn)));
  const isEmpty = connect.length + assume.length === 0;
  return { ...role, trust: ended(role.trust, trustEnd, day), connect, assume, policy: isEmpty ? null : role.policy };
}

const connectAsOf = (of: Pick<DeclaredIamRole, "connect" | "until">, { day, declared }: Left): readonly DeclaredConnect[] =>
  ended(of.connect, ({ user, until }) => soonest(until, of.until, declared.roles.get(user)?.until), day);

/** Without a door there is no policy, but where it carries the note of what else the IAM user got. */
function doorAsOf(door: DeclaredIamDoor, left: Left): DeclaredIamDoor[] {
  const connect = connectAsOf(door, left);
  return connect.length + door.attach.length === 0 ? [] : [{ ...door, connect }];
}

/** In one account no two IAM roles have one name, whatever their paths. */
const withoutPath = (arn: string): string => arn.replace(/:role\/.*\//, ":role/");

function goneArns({ accounts, iamRoles }: Declared, left: Declared["iamRoles"]): ReadonlySet<string> {
  return new Set(
    [...iamRoles].flatMap(([id, { account, name }]) => {
      const of = accounts.get(account);
      return of && !left.has(id) ? [`arn:${of.partition}:iam::${of.id}:role/${name}`] : [];
    }),
  );
}
