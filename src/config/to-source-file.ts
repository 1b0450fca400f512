import { THINGS, typesOf } from "../kinds/things.js";
import type { Place } from "../model/place.js";
import type { ObjectType } from "../model/thing.js";
import {
  childOf,
  entriesOf,
  entryOf,
  flagAt,
  itemsOf,
  listAt,
  needText,
  placeAt,
  textAt,
  textOf,
  wordOf,
  wordsOfList,
} from "./node-access.js";
import type {
  Section,
  SourceAccount,
  SourceCluster,
  SourceFile,
  SourceGrant,
  SourceLogin,
  SourceMembership,
  SourceRole,
  SourceSafety,
} from "./source-file.js";
import { toIamDefaults, toIamDoors, toIamRoles } from "./to-source-iam.js";
import type { YamlEntry, YamlNode } from "./yaml-node.js";

/** The typed form of a tree that the schema has checked. `broken`: entries to leave out, as `clusters/demo`. */
export function toSourceFile(root: YamlNode, file: string, broken: ReadonlySet<string>): SourceFile {
  const sound = (section: Section): readonly YamlEntry[] =>
    entriesOf(childOf(root, section)).filter((entry) => !broken.has(`${section}/${entry.key}`));
  const mapped = <T>(section: Section, read: (entry: YamlEntry) => T): Map<string, T> =>
    new Map(sound(section).map((entry) => [entry.key, read(entry)]));
  const names = (section: Section): Set<string> => new Set(entriesOf(childOf(root, section)).map((entry) => entry.key));
  return {
    file,
    owner: textAt(root, "owner")?.text ?? "",
    ownerWas: listAt(root, "owner_was") ?? [],
    accounts: mapped("accounts", toAccount),
    clusters: mapped("clusters", toCluster),
    defaultClusters: listAt(childOf(root, "defaults"), "clusters"),
    roles: [...sound("roles").map((entry) => toRole(entry, "roles")), ...sound("users").map((entry) => toRole(entry, "users"))],
    iamRoles: new Map(sound("iam_roles").flatMap((entry) => toIamRoles(entry).map((role) => [role.id.text, role] as const))),
    iamDoors: [
      ...sound("iam_users").flatMap((entry) => toIamDoors(entry, "user")),
      ...sound("iam_policies").flatMap((entry) => toIamDoors(entry, "policy")),
    ],
    iamDefaults: toIamDefaults(childOf(childOf(root, "defaults"), "iam")),
    safety: toSafety(childOf(root, "safety")),
    githubDetail: textAt(childOf(root, "github"), "detail"),
    athena: toAthena(childOf(childOf(childOf(root, "evidence"), "cloudtrail"), "athena")),
    names: {
      accounts: names("accounts"),
      clusters: names("clusters"),
      roles: names("roles"),
      users: names("users"),
      iam_roles: names("iam_roles"),
      iam_users: names("iam_users"),
      iam_policies: names("iam_policies"),
    },
  };
}

const toAccount = (entry: YamlEntry): SourceAccount => ({
  name: wordOf(entry),
  id: needText(entry.value, "id"),
  region: needText(entry.value, "region").text,
  planRole: textAt(entry.value, "plan_role"),
  applyRole: textAt(entry.value, "apply_role"),
});

function toCluster(entry: YamlEntry): SourceCluster {
  const node = entry.value;
  const reader = childOf(node, "reader");
  const tls = childOf(node, "tls");
  return {
    name: wordOf(entry),
    account: textAt(node, "account"),
    region: textAt(node, "region"),
    rds: toRds(childOf(node, "rds")),
    rdsKeys: entriesOf(childOf(node, "rds")).map(wordOf),
    address: textAt(node, "address"),
    admin: toLogin(childOf(node, "admin") ?? node, placeAt(node, "admin")),
    reader: reader ? toLogin(reader, placeAt(node, "reader")) : null,
    tls: { mode: textAt(tls, "mode"), ca: textAt(tls, "ca") },
    ensure: toEnsure(childOf(node, "ensure")),
    databases: new Map(
      entriesOf(childOf(node, "databases")).map((database) => [
        database.key,
        { name: wordOf(database), creators: wordsOfList(childOf(database.value, "creators")) },
      ]),
    ),
  };
}

/** What lacks a key is refused by the schema, and left out here. */
function toAthena(node: YamlNode | undefined): SourceFile["athena"] {
  const [account, table] = [textAt(node, "account"), textAt(node, "table")];
  return node && account && table ? { account, table, workgroup: textAt(node, "workgroup"), place: node.place } : null;
}

const toEnsure = (node: YamlNode | undefined): SourceCluster["ensure"] =>
  node === undefined
    ? null
    : { place: node.place, iamAuth: flagAt(node, "iam_auth", false), logConnections: flagAt(node, "log_connections", false) };

const toLogin = (node: YamlNode, place: Place): SourceLogin => ({
  place,
  user: needText(node, "user"),
  auth: textAt(node, "auth"),
  passwordEnv: textAt(node, "password_env"),
  database: textAt(node, "database"),
});

const toSafety = (node: YamlNode | undefined): SourceSafety => ({
  maxDeletions: textAt(node, "max_deletions"),
  maxRevokes: textAt(node, "max_revokes"),
  protect: listAt(node, "protect") ?? [],
  allow: itemsOf(childOf(node, "allow")).map((item) => ({
    place: item.place,
    code: needText(item, "code"),
    name: textAt(item, "name"),
    target: textAt(item, "target"),
    until: needText(item, "until"),
    reason: needText(item, "reason"),
  })),
  acceptResidue: itemsOf(childOf(node, "accept_residue")).map((item) => ({
    place: item.place,
    who: needText(item, "who"),
    on: needText(item, "on"),
    grantor: textAt(item, "grantor"),
    until: needText(item, "until"),
    reason: needText(item, "reason"),
  })),
  acceptLeaks: itemsOf(childOf(node, "accept_leaks")).map((item) => ({
    place: item.place,
    principal: needText(item, "principal"),
    until: textAt(item, "until"),
    reason: needText(item, "reason"),
  })),
});

function toRds(node: YamlNode | undefined): SourceCluster["rds"] {
  const entry = entryOf(node, "cluster") ?? entryOf(node, "instance");
  const id = textOf(entry?.value);
  const also = listAt(node, "also") ?? [];
  return entry && id
    ? { type: entry.key === "cluster" ? "cluster" : "instance", id: id.text, also, proxy: textAt(node, "proxy"), place: id.place }
    : null;
}

function toRole(entry: YamlEntry, section: "roles" | "users"): SourceRole {
  const login = textAt(entry.value, "login");
  const userLogin = login?.text === "iam" ? "iam" : "external";
  return {
    name: wordOf(entry),
    section,
    login: section === "roles" ? "none" : userLogin,
    loginPlace: login?.place ?? entry.place,
    clusters: listAt(entry.value, "clusters"),
    memberOf: itemsOf(childOf(entry.value, "member_of")).map(toMembership),
    was: textAt(entry.value, "was"),
    expires: textAt(entry.value, "expires"),
    keep: toKeep(childOf(entry.value, "review")),
    scopes: entriesOf(childOf(entry.value, "grants")).map(wordOf),
    grants: entriesOf(childOf(entry.value, "grants")).flatMap(toGrants),
  };
}

const toKeep = (node: YamlNode | undefined): SourceRole["keep"] =>
  node === undefined ? null : { until: needText(node, "until"), reason: needText(node, "reason").text };

const toMembership = (node: YamlNode): SourceMembership => ({
  role: textOf(node) ?? needText(node, "role"),
  admin: flagAt(node, "admin", false),
  inherit: flagAt(node, "inherit", true),
  set: flagAt(node, "set", true),
  expires: textAt(node, "expires"),
});

/** A database's own entry is a list; under the other sections stand objects. */
function toGrants(entry: YamlEntry): SourceGrant[] {
  const scope = wordOf(entry);
  return typesOf(THINGS).flatMap((type) => {
    const { section, shape } = THINGS[type];
    const found = section === null ? undefined : entryOf(entry.value, section);
    if (!found) return [];
    return (shape === "database" ? [found] : entriesOf(found.value)).map((object) => toGrant(scope, type, object));
  });
}

const toGrant = (scope: SourceGrant["scope"], type: ObjectType, object: YamlEntry): SourceGrant => ({
  scope,
  type,
  object: wordOf(object),
  privileges: wordsOfList(childOf(object.value, "privileges") ?? object.value),
  expires: textAt(object.value, "expires"),
});
