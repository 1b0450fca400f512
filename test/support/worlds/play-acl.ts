import { type Atom, PUBLIC } from "./model.js";

/** The server, or AWS, would answer with an error or a warning: the plan could not be carried out. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Whose privileges a role has, and whose object it is. */
export interface AclScene {
  readonly owner: string;
  /** has_privs_of_role(): itself, what it inherits, a superuser everything. */
  readonly actsFor: (role: string, other: string) => boolean;
}

const isRow = (a: Atom, b: Pick<Atom, "privilege" | "grantee" | "grantor">): boolean =>
  a.privilege === b.privilege && a.grantee === b.grantee && a.grantor === b.grantor;

/** One aclitem more; a GRANT without the option does not take the option (acl.c, aclupdate). */
export function grantAtom(acl: readonly Atom[], atom: Atom, scene: AclScene): Atom[] {
  if (atom.grantable && atom.grantee === PUBLIC) throw new Refused("grant options can only be granted to roles");
  if (atom.grantable && atom.grantor !== scene.owner) checkCircle(acl, atom, scene);
  const row = acl.find((a) => isRow(a, atom));
  if (!row) return [...acl, atom];
  return acl.map((a) => (a === row ? { ...row, grantable: row.grantable || atom.grantable } : a));
}

/** "Grant options cannot be granted back to your own grantor": without the grantee's, the grantor must still have its own. */
function checkCircle(acl: readonly Atom[], atom: Atom, scene: AclScene): void {
  const options = acl.filter((a) => a.privilege === atom.privilege && a.grantee === atom.grantee && a.grantable);
  const rest = options.reduce<readonly Atom[]>((left, row) => takeAtom(left, row, scene, { optionOnly: false, cascade: true }), acl);
  if (!hasOption(rest, atom.grantor, atom.privilege, scene)) throw new Refused("grant options cannot be granted back to your own grantor");
}

/** aclmask() of a grant option: by itself, through a membership, as the owner. */
const hasOption = (acl: readonly Atom[], role: string, privilege: string, { owner, actsFor }: AclScene): boolean =>
  actsFor(role, owner) || acl.some((a) => a.privilege === privilege && a.grantable && actsFor(role, a.grantee));

export interface How {
  readonly optionOnly: boolean;
  readonly cascade: boolean;
}

/** One aclitem less; of another grantor nothing goes. What was passed on goes with CASCADE, else it is an error (acl.c, recursive_revoke). */
export function takeAtom(
  acl: readonly Atom[],
  gone: Pick<Atom, "privilege" | "grantee" | "grantor">,
  scene: AclScene,
  how: How,
): readonly Atom[] {
  const row = acl.find((a) => isRow(a, gone));
  if (!row) return acl;
  const rest = how.optionOnly ? acl.map((a) => (a === row ? { ...row, grantable: false } : a)) : acl.filter((a) => a !== row);
  if (!row.grantable || hasOption(rest, row.grantee, row.privilege, scene)) return rest;
  const passedOn = rest.filter((a) => a.grantor === row.grantee && a.privilege === row.privilege);
  if (passedOn.length > 0 && !how.cascade) throw new Refused(`dependent privileges exist: ${row.grantee} passed on ${row.privilege}`);
  return passedOn.reduce<readonly Atom[]>((left, a) => takeAtom(left, a, scene, { optionOnly: false, cascade: true }), rest);
}

/** Who is recorded as the grantor, and which of the privileges it may give (acl.c, select_best_grantor). */
export function bestGrantor(
  acl: readonly Atom[],
  actor: string,
  privileges: readonly string[],
  scene: AclScene,
  inherited: readonly string[],
): string {
  if (scene.actsFor(actor, scene.owner)) return scene.owner;
  const holder = inherited.find((role) => privileges.every((p) => acl.some((a) => a.privilege === p && a.grantable && a.grantee === role)));
  if (holder === undefined) throw new Refused(`${actor} may not give or take ${privileges.join(", ")}`);
  return holder;
}
