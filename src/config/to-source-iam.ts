import {
  childOf,
  entriesOf,
  entryOf,
  flagAt,
  itemsOf,
  jsonObjectOf,
  listAt,
  needText,
  textAt,
  textOf,
  wordOf,
  wordsOfList,
} from "./node-access.js";
import type {
  SourceAssume,
  SourceConnect,
  SourceIamDefaults,
  SourceIamDoor,
  SourceIamRole,
  SourceInstances,
  SourceTrust,
  Word,
} from "./source-file.js";
import { TRUST_FORMS } from "./source-file.js";
import type { YamlEntry, YamlNode } from "./yaml-node.js";

/** One for each account of a list. */
export function toIamRoles(entry: YamlEntry): SourceIamRole[] {
  const node = entry.value;
  const list = listAt(node, "account");
  const accounts = list ?? [needText(node, "account")];
  const key = wordOf(entry);
  return accounts.map((account) => ({
    id: list === null ? key : { ...key, text: `${account.text}/${key.text}` },
    key,
    name: textAt(node, "name") ?? key,
    account,
    accounts: accounts.map((one) => one.text),
    trust: itemsOf(childOf(node, "trust")).map(toTrust),
    connect: itemsOf(childOf(node, "connect")).map(toConnect),
    assume: itemsOf(childOf(node, "assume")).map(toAssume),
    policy: textAt(node, "policy"),
    ...toProfile(childOf(node, "instance_profile")),
    attach: listAt(node, "attach") ?? [],
    description: textAt(node, "description"),
    sessionDuration: textAt(node, "session_duration"),
    exclusive: flagAt(node, "exclusive", false),
    adopt: flagAt(node, "adopt", false),
    manage: textAt(node, "manage"),
    expires: textAt(node, "expires"),
    keys: entriesOf(node).map(wordOf),
  }));
}

function toProfile(node: YamlNode | undefined): Pick<SourceIamRole, "instanceProfile" | "instances" | "scalingGroups" | "replace"> {
  const replace = entryOf(node, "replace");
  return {
    instanceProfile: textAt(node, "name"),
    instances: toInstances(childOf(node, "instances")),
    scalingGroups: listAt(node, "auto_scaling_group") ?? [textAt(node, "auto_scaling_group") ?? []].flat(),
    replace: replace && flagAt(node, "replace", false) ? wordOf(replace) : null,
  };
}

const toInstances = (node: YamlNode | undefined): SourceInstances | null =>
  node === undefined ? null : { place: node.place, ids: wordsOfList(node), tags: tagsAt(childOf(node, "tag")) };

const tagsAt = (node: YamlNode | undefined): { key: Word; value: string }[] =>
  entriesOf(node).map((entry) => ({ key: wordOf(entry), value: textOf(entry.value)?.text ?? "" }));

export function toIamDoors(entry: YamlEntry, type: SourceIamDoor["type"]): SourceIamDoor[] {
  const { value: node } = entry;
  const accounts = listAt(node, "account") ?? [needText(node, "account")];
  return accounts.map((account) => ({
    type,
    id: wordOf(entry),
    name: textAt(node, "name") ?? wordOf(entry),
    account,
    accounts: accounts.map((one) => one.text),
    connect: itemsOf(childOf(node, "connect")).map(toConnect),
    policy: textAt(node, "policy"),
    attach: listAt(node, "attach") ?? [],
    adopt: flagAt(node, "adopt", false),
    expires: textAt(node, "expires"),
  }));
}

export const toIamDefaults = (node: YamlNode | undefined): SourceIamDefaults => ({
  path: textAt(node, "path"),
  boundary: textAt(node, "boundary"),
  tags: tagsAt(childOf(node, "tags")),
});

function toTrust(node: YamlNode): SourceTrust {
  const oidc = childOf(node, "oidc");
  const saml = childOf(node, "saml");
  const forms = TRUST_FORMS.filter((form) => entryOf(node, form) !== undefined);
  return {
    place: childOf(node, forms[0] ?? "")?.place ?? node.place,
    forms,
    service: textAt(node, "service"),
    sourceAccount: textAt(node, "source_account"),
    role: textAt(node, "role"),
    arn: textAt(node, "arn"),
    account: textAt(node, "account"),
    externalId: textAt(node, "external_id"),
    oidc: oidc
      ? { provider: needText(oidc, "provider"), subjects: listAt(oidc, "subjects") ?? [], audience: textAt(oidc, "audience") }
      : null,
    saml: saml ? needText(saml, "provider") : null,
    statement: jsonObjectOf(childOf(node, "statement")),
    condition: jsonObjectOf(childOf(node, "condition")),
    expires: textAt(node, "expires"),
  };
}

const toAssume = (node: YamlNode): SourceAssume => ({ ...(textOf(node) ?? needText(node, "role")), expires: textAt(node, "expires") });

const toConnect = (node: YamlNode): SourceConnect => ({
  place: node.place,
  user: needText(node, "user"),
  clusters: listAt(node, "clusters"),
  anyCluster: flagAt(node, "any_cluster", false),
  via: textAt(node, "via"),
  expires: textAt(node, "expires"),
});
