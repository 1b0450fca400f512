import type { Atom, Cluster, Draft, Membership } from "./model.js";
import { BOOTSTRAP } from "./session.js";

/** Only what a server can hold: one row per privilege, grantee and grantor, each grantor with an option that begins at the owner. */
export function soundAcl(acl: readonly Atom[], owner: string): Atom[] {
  const rows = new Map<string, Atom>();
  for (const atom of acl) {
    if (atom.grantee === owner || atom.grantee === atom.grantor) continue;
    rows.set(
      JSON.stringify([atom.privilege, atom.grantee, atom.grantor]),
      atom.grantee === "PUBLIC" ? { ...atom, grantable: false } : atom,
    );
  }
  const all = [...rows.values()];
  return all.filter((atom) => holders(all, owner, atom.privilege).indexOf(atom.grantor) >= 0 && !isCircle(all, owner, atom));
}

/** Who may grant the privilege, in the order in which it reached them. */
function holders(acl: readonly Atom[], owner: string, privilege: string): string[] {
  const found = new Set([owner]);
  for (const from of found) for (const a of acl) if (a.grantor === from && a.privilege === privilege && a.grantable) found.add(a.grantee);
  return [...found];
}

/** An option is not given back to those that it came from. */
function isCircle(acl: readonly Atom[], owner: string, atom: Atom): boolean {
  if (!atom.grantable) return false;
  const order = holders(acl, owner, atom.privilege);
  return order.indexOf(atom.grantee) < order.indexOf(atom.grantor);
}

/** Memberships without circles; one row a pair before 16; from then on each grantor holds ADMIN OPTION, or is the bootstrap superuser. */
export function soundMemberships(cluster: Draft<Cluster>): void {
  const rows: Membership[] = [];
  const names = new Set(cluster.roles.map((r) => r.name));
  for (const given of cluster.memberships) {
    if (!names.has(given.role) || !names.has(given.member)) continue;
    const row = cluster.major < 16 ? { ...given, inherit: true, set: true } : { ...given, grantor: grantorFor(rows, given) };
    const twin = rows.some((r) => r.role === row.role && r.member === row.member && (cluster.major < 16 || r.grantor === row.grantor));
    if (!twin && !above(rows, row.role).has(row.member)) rows.push(row);
  }
  cluster.memberships = rows;
}

const grantorFor = (rows: readonly Membership[], { role, grantor, member }: Membership): string =>
  grantor !== member && rows.some((r) => r.role === role && r.member === grantor && r.admin) ? grantor : BOOTSTRAP;

function above(rows: readonly Membership[], start: string): Set<string> {
  const found = new Set([start]);
  for (const name of found) for (const row of rows) if (row.member === name) found.add(row.role);
  return found;
}
