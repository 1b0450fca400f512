import type { Draft, Membership } from "./model.js";
import { Refused } from "./play-acl.js";
import { actsFor, adminFor, BOOTSTRAP, isSuperuser, reached, roleOf, type Session } from "./session.js";
import type { Statement } from "./statement.js";

type GrantRole = Extract<Statement, { type: "grant-role" }>;
type RevokeRole = Extract<Statement, { type: "revoke-role" }>;

/** GRANT role TO member, as user.c does it: one row per pair before 16, one per grantor from then on. */
export function playGrantRole(session: Session, statement: GrantRole): void {
  const { cluster } = session;
  if (cluster.major < 16 && ("inherit" in statement.options || "set" in statement.options))
    throw new Refused("INHERIT and SET are unknown before 16");
  for (const role of statement.roles) {
    const grantor = grantorOf(session, role, statement.grantedBy);
    if (!mayGrantAs(session, role, grantor)) throw new Refused(`grantor ${grantor} must have admin option on role ${role}`);
    for (const member of statement.members) grantOne(session, role, member, grantor, statement.options);
  }
}

function grantOne(session: Session, role: string, member: string, grantor: string, options: GrantRole["options"]): void {
  const { cluster } = session;
  roleOf(session, role);
  roleOf(session, member);
  if (reached(session, role, () => true).includes(member)) throw new Refused(`role ${role} is a member of role ${member}`);
  if (options.admin && cluster.major >= 16 && grantor !== BOOTSTRAP && !holdsAdmin(withoutGrantsTo(session, role, member), role, grantor))
    throw new Refused("ADMIN option cannot be granted back to your own grantor");
  const row = cluster.memberships.find((m) => isRow(session, m, role, member, grantor));
  // A re-grant resets nothing that it does not name.
  if (row) Object.assign(row, options);
  else cluster.memberships.push({ role, member, grantor, admin: false, inherit: true, set: true, ...options });
}

const holdsAdmin = (rows: readonly Membership[], role: string, member: string): boolean =>
  rows.some((m) => m.role === role && m.member === member && m.admin);

const mayGrantAs = ({ cluster }: Session, role: string, grantor: string): boolean =>
  cluster.major < 16 || grantor === BOOTSTRAP || holdsAdmin(cluster.memberships, role, grantor) || role.startsWith("rds_");

/** The rows that would be left if the member had none, nor those that got it from there. */
function withoutGrantsTo({ cluster }: Session, role: string, member: string): readonly Membership[] {
  const gone = new Set([member]);
  const left = (): Membership[] => cluster.memberships.filter((m) => m.role !== role || (!gone.has(m.member) && !gone.has(m.grantor)));
  const orphan = (): Membership | undefined =>
    left().find((m) => m.role === role && m.grantor !== BOOTSTRAP && !holdsAdmin(left(), role, m.grantor));
  for (let next = orphan(); next; next = orphan()) gone.add(next.grantor);
  return left();
}

const isRow = ({ cluster }: Session, m: Membership, role: string, member: string, grantor: string): boolean =>
  m.role === role && m.member === member && (cluster.major < 16 || m.grantor === grantor);

/** check_role_grantor(): whose row it becomes. */
function grantorOf(session: Session, role: string, grantedBy: string | null): string {
  const { cluster, actor } = session;
  roleOf(session, role);
  if (cluster.major >= 16 && !isSuperuser(session, actor) && (adminFor(session, actor, role) ?? rdsAdmin(session, role)) === null)
    throw new Refused(`${actor} must have admin option on role ${role}`);
  if (grantedBy !== null) {
    if (!actsFor(session, actor, grantedBy)) throw new Refused(`${actor} may not act as grantor ${grantedBy}`);
    return grantedBy;
  }
  if (cluster.major < 16) {
    const may = isSuperuser(session, actor) || roleOf(session, actor).createRole || adminFor(session, actor, role) !== null;
    if (!may) throw new Refused(`${actor} must have admin option on role ${role}`);
    return actor;
  }
  return isSuperuser(session, actor) ? BOOTSTRAP : (adminFor(session, actor, role) ?? actor);
}

/** RDS lets rds_superuser give its own roles. */
const rdsAdmin = (session: Session, role: string): string | null =>
  session.cluster.rds && role.startsWith("rds_") && actsFor(session, session.actor, "rds_superuser") ? session.actor : null;

/** REVOKE role FROM member. A row that is not there is a WARNING, so a failure. */
export function playRevokeRole(session: Session, statement: RevokeRole): void {
  const { optionOnly, cascade } = statement;
  for (const role of statement.roles) {
    const grantor = grantorOf(session, role, statement.grantedBy);
    for (const member of statement.members) {
      const row = session.cluster.memberships.find((m) => isRow(session, m, role, member, grantor));
      if (!row) throw new Refused(`role ${member} has not been granted membership in role ${role} by ${grantor}`);
      revokeRow(session, row, optionOnly, cascade);
    }
  }
}

/** From 16 on, what a member passed on depends on its ADMIN OPTION. */
function revokeRow(session: Session, row: Draft<Membership>, optionOnly: RevokeRole["optionOnly"], cascade: boolean): void {
  const { cluster } = session;
  const hadAdmin = row.admin;
  if (optionOnly) row[optionOnly] = false;
  else cluster.memberships = cluster.memberships.filter((m) => m !== row);
  const keeps = cluster.memberships.some((m) => m.role === row.role && m.member === row.member && m.admin);
  if (cluster.major < 16 || !hadAdmin || keeps || row.member === BOOTSTRAP) return;
  const passedOn = cluster.memberships.filter((m) => m.role === row.role && m.grantor === row.member);
  if (passedOn.length > 0 && !cascade) throw new Refused(`dependent privileges exist: ${row.member} passed on ${row.role}`);
  for (const dependent of passedOn) revokeRow(session, dependent, null, true);
}
