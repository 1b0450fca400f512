import * as clusters from "./clusters.js";
import * as doors from "./doors.js";
import { listsWithoutRepeats } from "./duplicates.js";
import * as grants from "./grants.js";
import * as iamRoles from "./iam-roles.js";
import * as memberships from "./memberships.js";
import * as names from "./names.js";
import type { Rule } from "./rule.js";
import * as safety from "./safety.js";

/** Every check of the file beyond its shape. The order does not matter: problems are sorted by place. */
export const RULES: readonly Rule[] = [
  names.wellFormedIds,
  names.wellFormedNames,
  names.reservedRoleNames,
  names.loginsAreNotDeclared,
  names.formerOwnersAreOthers,
  names.roleAndUserOfOneName,
  names.clustersOfRoles,
  clusters.accountsOnce,
  clusters.accountsOfClusters,
  clusters.whereClustersAre,
  clusters.addresses,
  clusters.clustersOnce,
  clusters.howLoginsWork,
  clusters.passwordVariables,
  clusters.secretsOverTls,
  clusters.tlsFits,
  memberships.knownRoles,
  memberships.rolesAreWhereMembersAre,
  memberships.noMembershipCycles,
  memberships.noIamByMembership,
  memberships.membershipsOnce,
  grants.databasesOfGrants,
  grants.objectNames,
  grants.privileges,
  grants.iamUsersAreOnRds,
  doors.doorsLeadToIamUsers,
  doors.doorsSayWhere,
  doors.doorsFitClusters,
  doors.doorNames,
  doors.connectOnce,
  iamRoles.accountsOfIamRoles,
  iamRoles.iamNamesAreLegal,
  iamRoles.iamNamesOnce,
  iamRoles.policyNeedsConnect,
  iamRoles.trustedRolesExist,
  iamRoles.noTrustCycles,
  iamRoles.halfPairs,
  safety.limits,
  safety.allowances,
  safety.acceptedResidue,
  listsWithoutRepeats,
];
