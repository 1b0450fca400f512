import { byKey } from "../facts/iam-things.js";
import { THINGS } from "../kinds/things.js";
import type {
  AdminAuth,
  Declared,
  DeclaredAccount,
  DeclaredCluster,
  DeclaredGrant,
  DeclaredLogin,
  DeclaredRole,
} from "../model/declared.js";
import type { DeclaredSafety, Limit } from "../model/declared-safety.js";
import { parseAddress } from "./address.js";
import { resolveScope } from "./grant-scope.js";
import { clusterNamesOf } from "./lookup.js";
import { parseObjectName } from "./object-name.js";
import { partitionOf } from "./partition.js";
import { privilegesOfList } from "./privilege-list.js";
import { resolveIamDoor, resolveIamRole } from "./resolve-iam-role.js";
import type { SourceAccount, SourceCluster, SourceFile, SourceGrant, SourceLogin, SourceRole, SourceSafety, Word } from "./source-file.js";
import { tlsModeOf } from "./tls-mode.js";
import { unique } from "./unique.js";

/** A file without errors, with its defaults filled in and its references resolved. `certificates`: PEM text by cluster. */
export function resolveFile(file: SourceFile, certificates: ReadonlyMap<string, string>): Declared {
  return {
    owner: file.owner,
    ownerWas: [...new Set(file.ownerWas.map((word) => word.text))],
    accounts: mapValues(file.accounts, toAccount),
    clusters: mapValues(file.clusters, (cluster) => toCluster(cluster, file, certificates)),
    roles: new Map(file.roles.map((role) => [role.name.text, toRole(role, file)])),
    iamRoles: mapValues(file.iamRoles, (role) => resolveIamRole(role, file)),
    iamDoors: file.iamDoors.flatMap((door) => resolveIamDoor(door, file)),
    iam: {
      path: file.iamDefaults.path?.text ?? "/",
      tags: file.iamDefaults.tags.map(({ key, value }) => ({ key: key.text, value })).sort(byKey),
    },
    safety: toSafety(file.safety),
    githubDetail: file.githubDetail?.text === "full" || file.githubDetail?.text === "counts" ? file.githubDetail.text : null,
    athena: file.athena && {
      account: file.athena.account.text,
      workgroup: file.athena.workgroup?.text ?? "primary",
      table: file.athena.table.text,
      place: file.athena.place,
    },
  };
}

const mapValues = <A, B>(map: ReadonlyMap<string, A>, convert: (value: A) => B): ReadonlyMap<string, B> =>
  new Map([...map].map(([key, value]) => [key, convert(value)]));

const toAccount = ({ name, id, region, planRole, applyRole }: SourceAccount): DeclaredAccount => ({
  name: name.text,
  id: id.text,
  region,
  partition: partitionOf(region),
  planRole: planRole?.text ?? null,
  applyRole: applyRole?.text ?? null,
  place: name.place,
});

function toCluster(cluster: SourceCluster, file: SourceFile, certificates: ReadonlyMap<string, string>): DeclaredCluster {
  const { name, account, region, rds, address, admin, reader, databases } = cluster;
  const parsedAddress = address && parseAddress(address.text);
  const accountRegion = account ? file.accounts.get(account.text)?.region : undefined;
  return {
    name: name.text,
    account: account?.text ?? null,
    region: region?.text ?? accountRegion ?? null,
    rds: rds && {
      type: rds.type,
      id: rds.id,
      also: unique(rds.also, (one) => one.text.toLowerCase()).map((one) => one.text),
      proxy: rds.proxy?.text ?? null,
    },
    address: parsedAddress?.ok ? parsedAddress.value : null,
    admin: toLogin(admin),
    reader: reader && toLogin(reader),
    tls: { mode: tlsModeOf(cluster), ca: certificates.get(name.text) ?? null },
    databases: mapValues(databases, (database) => ({
      name: database.name.text,
      creators: unique(database.creators, (creator) => creator.text).map(({ text, place }) => ({ role: text, place })),
      place: database.name.place,
    })),
    ensure: cluster.ensure ?? { iamAuth: false, logConnections: false, place: name.place },
    place: name.place,
  };
}

const toLogin = (login: SourceLogin): DeclaredLogin => ({
  user: login.user.text,
  auth: toAuth(login),
  database: login.database?.text ?? "postgres",
});

function toAuth({ auth, passwordEnv }: SourceLogin): AdminAuth {
  if (passwordEnv) return { type: "password", env: passwordEnv.text };
  return auth?.text === "iam" ? { type: "iam" } : { type: "none" };
}

function toRole(role: SourceRole, file: SourceFile): DeclaredRole {
  return {
    name: role.name.text,
    login: role.login,
    clusters: clusterNamesOf(file, role),
    memberOf: unique(role.memberOf, (membership) => membership.role.text).map(({ role: word, admin, inherit, set, expires }) => ({
      role: word.text,
      admin,
      inherit,
      set,
      until: expires?.text ?? null,
      place: word.place,
    })),
    grants: role.grants.flatMap((grant) => toGrants(grant, role, file)),
    was: role.was && { name: role.was.text, place: role.was.place },
    until: role.expires?.text ?? null,
    ...(role.keep ? { keep: { until: role.keep.until.text, reason: role.keep.reason } } : {}),
    place: role.name.place,
  };
}

function toGrants(grant: SourceGrant, role: SourceRole, file: SourceFile): DeclaredGrant[] {
  const scope = resolveScope(file, role, grant.scope.text);
  const on = parseObjectName(grant.object.text, grant.type);
  if (!scope.ok || !on.ok) return [];
  const privileges = privilegesOfList(grant.privileges);
  const isDatabase = THINGS[grant.type].shape === "database";
  return scope.value.map(({ cluster, database }) => ({
    cluster,
    database,
    on: isDatabase ? { ...on.value, name: database } : on.value,
    privileges,
    pattern: isDatabase ? database : grant.object.text,
    until: grant.expires?.text ?? null,
    place: grant.object.place,
  }));
}

const toSafety = ({ maxDeletions, maxRevokes, protect, allow, acceptResidue, acceptLeaks }: SourceSafety): DeclaredSafety => ({
  maxDeletions: toLimit(maxDeletions, 20),
  maxRevokes: toLimit(maxRevokes, 30),
  protect: protect.map((word) => word.text),
  allow: allow.map(({ place, code, name, target, until, reason }) => ({
    code: code.text,
    name: name?.text ?? null,
    target: target?.text ?? null,
    until: until.text,
    reason: reason.text,
    place,
  })),
  acceptResidue: acceptResidue.map(({ place, who, on, grantor, until, reason }) => ({
    who: who.text,
    on: on.text,
    grantor: grantor?.text ?? null,
    until: until.text,
    reason: reason.text,
    place,
  })),
  acceptLeaks: acceptLeaks.map(({ place, principal, until, reason }) => ({
    principal: principal.text,
    until: until?.text ?? null,
    reason: reason.text,
    place,
  })),
});

/** Without one: that many percent. */
function toLimit(word: Word | null, percent: number): Limit {
  if (word === null) return { type: "percent", value: percent };
  const value = Number(word.text.replace("%", ""));
  return { type: word.text.endsWith("%") ? "percent" : "count", value };
}
