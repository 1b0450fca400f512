import type { Declared, DeclaredIamDoor, DeclaredIamRole } from "../model/declared.js";
import type { Kind } from "../model/resource.js";

/** What the file declares of IAM in one account. */
export interface IamNames {
  /** Names that the file declares in it, by kind: an IAM role and a profile may share one and be two owners'. */
  readonly declaredRoles: ReadonlySet<string>;
  readonly declaredPolicies: ReadonlySet<string>;
  readonly declaredProfiles: ReadonlySet<string>;
  /** Those that it lets in by policies of their own. */
  readonly declaredUsers: ReadonlySet<string>;
  /** Of those, which whoever likes may carry. */
  readonly freePolicies: ReadonlySet<string>;
  /** IAM roles and IAM users of the file in it, by name. */
  readonly iamRoles: ReadonlyMap<string, DeclaredIamRole>;
  readonly iamUsers: ReadonlyMap<string, DeclaredIamDoor>;
  /** What the file takes over if it is nobody's (iam-things.ts). */
  readonly adopts: ReadonlySet<string>;
}

export function iamNamesOf({ iamRoles, iamDoors }: Declared, account: string): IamNames {
  const own = [...iamRoles.values()].filter((role) => role.account === account);
  const declaredRoles = new Set(own.map((role) => role.name));
  const doors = iamDoors.filter((door) => door.account === account);
  const declaredPolicies = new Set([...own.flatMap((role) => role.policy ?? []), ...doors.map((door) => door.policy)]);
  const freePolicies = new Set(doors.flatMap(({ user, policy }) => (user === null ? [policy] : [])));
  const iamUsers = new Map(doors.flatMap((door) => (door.user === null ? [] : [[door.user, door] as const])));
  return {
    declaredRoles,
    declaredPolicies,
    freePolicies,
    declaredProfiles: new Set(own.flatMap((role) => role.instanceProfile ?? [])),
    declaredUsers: new Set(iamUsers.keys()),
    iamRoles: new Map(own.map((role) => [role.name, role])),
    iamUsers,
    adopts: new Set([...own.flatMap(adoptedOf), ...doors.flatMap(({ adopt, policy }) => (adopt ? [adoptKey("iam.policy", policy)] : []))]),
  };
}

const adoptedOf = ({ adopt, name, policy, instanceProfile }: DeclaredIamRole): string[] =>
  adopt
    ? [
        adoptKey("iam.role", name),
        ...(policy === null ? [] : [adoptKey("iam.policy", policy)]),
        ...(instanceProfile === null ? [] : [adoptKey("iam.instance-profile", instanceProfile)]),
      ]
    : [];

export const adoptKey = (kind: Kind, name: string): string => `${kind}/${name}`;
