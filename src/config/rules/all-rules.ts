import * as accounts from "./accounts.js";
import * as attach from "./attach.js";
import * as clusters from "./clusters.js";
import * as doors from "./doors.js";
import { listsWithoutRepeats } from "./duplicates.js";
import { daysOfTheCalendar } from "./expires.js";
import * as grants from "./grants.js";
import * as iamDefaults from "./iam-defaults.js";
import * as iamRoles from "./iam-roles.js";
import * as memberships from "./memberships.js";
import * as names from "./names.js";
import * as pairs from "./pairs.js";
import * as renames from "./renames.js";
import type { Rule } from "./rule.js";
import * as safety from "./safety.js";
import * as trusts from "./trusts.js";

/** Every check of the file beyond its shape. The order does not matter: problems are sorted by place. */
export const RULES: readonly Rule[] = [
  names.wellFormedIds,
  names.wellFormedNames,
  names.reservedRoleNames,
  names.loginsAreNotDeclared,
  names.formerOwnersAreOthers,
  names.roleAndUserOfOneName,
  renames.formerNamesAreFree,
  renames.formerNamesOnce,
  renames.formerNamesAreNobodys,
  renames.formerNamesAreNotUsed,
  names.clustersOfRoles,
  accounts.accountsOnce,
  accounts.rolesOfAccounts,
  accounts.accountOfAthena,
  accounts.ownRolesAreNotDeclared,
  clusters.accountsOfClusters,
  clusters.whereClustersAre,
  clusters.addresses,
  clusters.clustersOnce,
  clusters.rdsNamesOne,
  clusters.ensuredOfRds,
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
  doors.proxiesAreThere,
  doors.doorsFitClusters,
  doors.doorNames,
  doors.connectOnce,
  iamRoles.accountsOfIamThings,
  iamRoles.iamNamesAreLegal,
  iamRoles.iamNamesOnce,
  iamRoles.policyNeedsConnect,
  iamRoles.noTrustCycles,
  iamRoles.trustOrPolicyOnly,
  iamRoles.instancesFit,
  iamDefaults.createdPaths,
  iamDefaults.boundaryFits,
  iamDefaults.tagsAreTheFiles,
  attach.attachedFit,
  attach.attachedAreOthers,
  attach.attachedUsersHaveADoor,
  trusts.oneFormEach,
  trusts.trustedNamesAreThere,
  trusts.noOpenTrust,
  trusts.limitsOfTrust,
  trusts.conditionsAreKnown,
  trusts.conditionsDoNotClash,
  trusts.trustsStayInPartition,
  pairs.assumedRolesAreThere,
  pairs.assumedRolesTrust,
  pairs.trustedRolesMayAssume,
  daysOfTheCalendar,
  safety.limits,
  safety.allowances,
  safety.acceptedResidue,
  safety.acceptedLeaks,
  safety.keptForReview,
  listsWithoutRepeats,
];
