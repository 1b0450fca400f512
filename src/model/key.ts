import type { Attrs, Id, Key, Kind, Resource } from "./resource.js";
import type { ObjectRef } from "./thing.js";

/** `/` separates the parts of a key, so it is escaped inside them. */
const part = (text: string): string => (/[%/]/.test(text) ? text.replaceAll("%", "%25").replaceAll("/", "%2F") : text);

function objectParts({ type, schema, name, column, args }: ObjectRef): string[] {
  const last = args === undefined ? name : `${name}(${args})`;
  // A column sorts right behind its table.
  return [
    column === undefined ? type : "table",
    ...(schema === undefined ? [] : [schema]),
    last,
    ...(column === undefined ? [] : [column]),
  ];
}

const PARTS: { readonly [K in Kind]: (id: Id<K>) => readonly string[] } = {
  "pg.role": (id) => [id.cluster, id.role],
  "pg.membership": (id) => [id.cluster, id.role, id.member],
  "pg.acl": (id) => [id.cluster, id.database, ...objectParts(id.on)],
  "pg.default-acl": (id) => [id.cluster, id.database, id.creator, id.schema === null ? "" : `schema ${id.schema}`, id.objects],
  "rds.setting": (id) => [id.cluster, id.setting],
  "iam.role": (id) => [id.account, id.name],
  "iam.policy": (id) => [id.account, id.name],
  "iam.attachment": (id) => [id.account, id.principal, id.name, id.policy],
  "iam.inline-policy": (id) => [id.account, id.role, id.name],
  "iam.instance-profile": (id) => [id.account, id.name],
  "ec2.association": (id) => [id.account, id.instance],
};

/** The one place where a key is made. */
export function keyOf<K extends Kind>(kind: K, id: Id<K>): Key {
  const parts: (id: Id<K>) => readonly string[] = PARTS[kind];
  return `${kind}/${parts(id).map(part).join("/")}` as Key;
}

/** A resource with its key. */
export const resource = <K extends Kind>(kind: K, id: Id<K>, attrs: Attrs<K>): Resource<K> => ({ key: keyOf(kind, id), id, attrs });

/** The kind stands in front. */
export const kindOf = (key: Key): Kind => key.slice(0, key.indexOf("/")) as Kind;
