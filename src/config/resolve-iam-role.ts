import type { DeclaredInstances } from "../model/aws-things.js";
import type {
  DeclaredAssume,
  DeclaredAttach,
  DeclaredConnect,
  DeclaredIamDoor,
  DeclaredIamRole,
  TrustEntry,
  TrustForm,
} from "../model/declared.js";
import { canonicalStatementText } from "../policies/document.js";
import { isObject, type JsonObject, listOf, textOf } from "../policies/json.js";
import { iamReference, isArn, managedPolicyArn } from "./iam-reference.js";
import { partitionOf } from "./partition.js";
import { defaultPolicyName } from "./policy-name.js";
import type { SourceConnect, SourceFile, SourceIamDoor, SourceIamRole, SourceTrust } from "./source-file.js";
import { unique } from "./unique.js";

/** One IAM role of one account, its references resolved. */
export function resolveIamRole(role: SourceIamRole, file: SourceFile): DeclaredIamRole {
  const { id, name, account, trust, assume, policy, instanceProfile } = role;
  const connect = role.connect.flatMap((one) => toConnect(one, role, file));
  const needsPolicy = connect.length + assume.length > 0;
  return {
    id: id.text,
    name: name.text,
    account: account.text,
    trust: unique(
      trust.flatMap((entry) => toTrust(entry, role, file)),
      ({ place: _, ...entry }) => JSON.stringify(entry),
    ),
    connect,
    assume: unique(
      assume.map(({ text, place, expires }): DeclaredAssume => ({ to: toAssumed(text, role, file), until: expires?.text ?? null, place })),
      ({ to, until }) => JSON.stringify([to, until]),
    ),
    policy: needsPolicy ? (policy?.text ?? defaultPolicyName(name.text)) : null,
    instanceProfile: instanceProfile?.text ?? null,
    instances: toDeclaredInstances(role),
    scalingGroups: unique(
      role.scalingGroups.map((word) => ({ name: word.text, place: word.place })),
      ({ name }) => name,
    ),
    attach: toAttach(role, file),
    description: role.description?.text ?? null,
    sessionDuration: role.sessionDuration === null ? null : Number(role.sessionDuration.text),
    exclusive: role.exclusive,
    adopt: role.adopt,
    manage: role.manage === null ? "whole" : "policy",
    boundary: boundaryOf(role, file),
    until: role.expires?.text ?? null,
    place: id.place,
  };
}

/** Where no cluster of an account is named, there is nothing to make. */
export function resolveIamDoor(door: SourceIamDoor, file: SourceFile): DeclaredIamDoor[] {
  const { type, id, name, account, policy } = door;
  const connect = door.connect.flatMap((one) => toConnect(one, door, file));
  if (connect.length === 0) return [];
  const own = type === "policy" ? name.text : (policy?.text ?? defaultPolicyName(name.text));
  const more = { attach: toAttach(door, file), adopt: door.adopt, until: door.expires?.text ?? null };
  return [{ id: id.text, user: type === "user" ? name.text : null, account: account.text, connect, policy: own, ...more, place: id.place }];
}

const toAttach = ({ attach, account }: Pick<SourceIamRole, "attach" | "account">, file: SourceFile): DeclaredAttach[] =>
  [
    ...unique(
      attach.map(({ text, place }) => ({ arn: managedPolicyArn(file, text, account.text), place })),
      ({ arn }) => arn,
    ),
  ].sort((a, b) => (a.arn < b.arn ? -1 : 1));

const toDeclaredInstances = ({ instances, replace }: SourceIamRole): DeclaredInstances | null =>
  instances && {
    ids: unique(
      instances.ids.map(({ text, place }) => ({ id: text, place })),
      ({ id }) => id,
    ),
    tags: instances.tags.map(({ key, value }) => ({ key: key.text, value })).sort((a, b) => (a.key < b.key ? -1 : 1)),
    replace: replace !== null,
    place: instances.place,
  };

function boundaryOf({ account }: SourceIamRole, file: SourceFile): string | null {
  const { boundary } = file.iamDefaults;
  return boundary === null ? null : managedPolicyArn(file, boundary.text, account.text);
}

type Where = Pick<SourceIamRole, "account" | "accounts">;

/** Of an entry for several accounts each has the clusters that are its own. */
function toConnect(
  { user, clusters, anyCluster, via, expires }: SourceConnect,
  { account, accounts }: Where,
  file: SourceFile,
): DeclaredConnect[] {
  const until = expires?.text ?? null;
  if (anyCluster) return [{ user: user.text, clusters: null, viaProxy: false, until, place: user.place }];
  const isOwn = (cluster: string): boolean => accounts.length < 2 || file.clusters.get(cluster)?.account?.text === account.text;
  const names = [...new Set((clusters ?? []).map((cluster) => cluster.text))].filter(isOwn).sort();
  return names.length === 0 ? [] : [{ user: user.text, clusters: names, viaProxy: via !== null, until, place: user.place }];
}

function toAssumed(text: string, role: SourceIamRole, file: SourceFile): DeclaredAssume["to"] {
  const found = isArn(text) ? null : iamReference(file, text, role);
  return found?.ok ? { type: "role", role: found.role.id.text } : { type: "arn", arn: text };
}

function toTrust(entry: SourceTrust, role: SourceIamRole, file: SourceFile): TrustEntry[] {
  const form = toForm(entry, role, file);
  if (form === null) return [];
  const { externalId, condition, expires, place } = entry;
  return [
    { ...form, externalId: externalId?.text ?? null, condition: condition && textOf(condition), until: expires?.text ?? null, place },
  ];
}

function toForm(
  { service, sourceAccount, arn, account, oidc, saml, statement, ...entry }: SourceTrust,
  role: SourceIamRole,
  file: SourceFile,
): TrustForm | null {
  if (service) {
    return { type: "service", service: service.text, sourceAccount: file.accounts.get(sourceAccount?.text ?? "")?.id.text ?? null };
  }
  if (arn) return { type: "arn", arn: arn.text };
  if (account) return { type: "account", account: account.text };
  if (oidc) {
    const subjects = [...new Set(oidc.subjects.map((subject) => subject.text))].sort();
    return { type: "oidc", provider: oidc.provider.text, subjects, audience: oidc.audience?.text ?? "sts.amazonaws.com" };
  }
  if (saml) return { type: "saml", provider: saml.text };
  if (statement) {
    const region = file.accounts.get(role.account.text)?.region ?? "";
    return { type: "statement", statement: canonicalStatementText(withRoots(statement, partitionOf(region))) };
  }
  const found = entry.role && iamReference(file, entry.role.text, role);
  return found?.ok ? { type: "role", role: found.role.id.text } : null;
}

/** AWS answers an account's number with the ARN of its root, which names the partition (IAM user guide, "Principal"). */
function withRoots(statement: JsonObject, partition: string): JsonObject {
  const principal = statement["Principal"];
  if (!isObject(principal) || principal["AWS"] === undefined) return statement;
  const names = listOf(principal["AWS"]).map((name) => (/^\d{12}$/.test(String(name)) ? `arn:${partition}:iam::${name}:root` : name));
  return { ...statement, Principal: { ...principal, AWS: names } };
}
