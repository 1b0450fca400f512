import type { Declared, DeclaredIamDoor, DeclaredIamRole } from "../model/declared.js";

/** What the file declares of IAM in one account. */
export interface IamNames {
  /** Names of IAM roles, policies and profiles that the file declares in it. */
  readonly declaredNames: ReadonlySet<string>;
  readonly declaredRoles: ReadonlySet<string>;
  readonly declaredPolicies: ReadonlySet<string>;
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
  const profiles = own.flatMap((role) => role.instanceProfile ?? []);
  return {
    declaredRoles,
    declaredPolicies,
    freePolicies,
    declaredNames: new Set([...declaredRoles, ...declaredPolicies, ...profiles]),
    iamRoles: new Map(own.map((role) => [role.name, role])),
    iamUsers: new Map(doors.flatMap((door) => (door.user === null ? [] : [[door.user, door] as const]))),
    adopts: new Set([...own.flatMap(adoptedOf), ...doors.flatMap(({ adopt, policy }) => (adopt ? [adoptKey("policy", policy)] : []))]),
  };
}

const adoptedOf = ({ adopt, name, policy, instanceProfile }: DeclaredIamRole): string[] =>
  adopt
    ? [
        adoptKey("role", name),
        ...(policy === null ? [] : [adoptKey("policy", policy)]),
        ...(instanceProfile === null ? [] : [adoptKey("instance-profile", instanceProfile)]),
      ]
    : [];

/** @param type as in ARNs */
export const adoptKey = (type: string, name: string): string => `${type}/${name}`;
