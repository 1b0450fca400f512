import type { Acl, AclEntry, Grantee } from "../model/acl.js";
import { bitOfLetter, type PrivilegeSet } from "../model/privileges.js";
import type { ObjectType, ThingSpec, Things } from "../model/thing.js";

/** Gives the ACL for the text of an `aclitem[]`, NULL meaning acldefault(). Equal ACLs are the same object. */
export type AclReader = (text: string | null, type: ObjectType, owner: string) => Acl;

/** One reader per server: its version decides what an owner has by default. */
export function createAclReader(things: Things, versionNum: number): AclReader {
  const known = new Map<string, Acl>();
  const defaults = new Map<string, Acl>();
  return (text, type, owner) => {
    const memo = text === null ? defaults : known;
    const key = text ?? `${type} ${owner}`;
    const found = memo.get(key);
    if (found) return found;
    const acl = text === null ? defaultAcl(things[type], owner, versionNum) : parseAclArray(text);
    memo.set(key, acl);
    return acl;
  };
}

/** acldefault(): the owner has everything, PUBLIC what the manual's table says (ddl-priv). */
function defaultAcl({ privileges, publicDefault: open, ownerDefault }: ThingSpec, owner: string, versionNum: number): Acl {
  if (!ownerDefault) return [];
  const own: AclEntry = { grantee: { role: owner }, grantor: owner, privileges: privileges(versionNum), grantable: 0 };
  return open === 0 ? [own] : [{ grantee: "PUBLIC", grantor: owner, privileges: open, grantable: 0 }, own];
}

/** Parses `{=r/own,"\"Odd x\"=r*w/own"}`, as the server prints an aclitem[]. */
export function parseAclArray(text: string): Acl {
  return arrayItems(text).map(parseAclItem);
}

/** The elements of a one-dimensional array literal, unquoted (PostgreSQL manual, "Array Input and Output Syntax"). */
function arrayItems(text: string): string[] {
  const items: string[] = [];
  let item = "";
  let quoted = false;
  for (let i = 1; i < text.length - 1; i++) {
    const c = text[i] ?? "";
    if (c === "\\") {
      i++;
      item += text[i] ?? "";
    } else if (c === '"') quoted = !quoted;
    else if (c === "," && !quoted) {
      items.push(item);
      item = "";
    } else item += c;
  }
  return text.length > 2 ? [...items, item] : [];
}

/** Parses one aclitem, `grantee=privileges/grantor`; an empty grantee is PUBLIC, a quoted one is a role of that name. */
export function parseAclItem(text: string): AclEntry {
  const grantee = readName(text, 0);
  const slash = text.indexOf("/", grantee.end);
  const grantor = readName(text, slash + 1);
  const { privileges, grantable } = readPrivileges(text.slice(grantee.end + 1, slash));
  const isPublic = grantee.end === 0;
  return { grantee: (isPublic ? "PUBLIC" : { role: grantee.name }) satisfies Grantee, grantor: grantor.name, privileges, grantable };
}

/** A name ends at `=` or at the end of the text, unless it is in double quotes, where `""` is one quote (acl.c, putid). */
function readName(text: string, start: number): { readonly name: string; readonly end: number } {
  let name = "";
  let quoted = false;
  let i = start;
  for (; i < text.length; i++) {
    const c = text[i] ?? "";
    if (c === '"' && quoted && text[i + 1] === '"') {
      name += c;
      i++;
    } else if (c === '"') quoted = !quoted;
    else if (!quoted && c === "=") break;
    else name += c;
  }
  return { name, end: i };
}

function readPrivileges(text: string): { readonly privileges: PrivilegeSet; readonly grantable: PrivilegeSet } {
  let privileges = 0;
  let grantable = 0;
  for (const [i, letter] of [...text].entries()) {
    if (letter === "*") continue;
    // A letter of a version that is not out yet cannot be declared, so it is none of ours.
    const bit = bitOfLetter(letter) ?? 0;
    privileges |= bit;
    if (text[i + 1] === "*") grantable |= bit;
  }
  return { privileges, grantable };
}
