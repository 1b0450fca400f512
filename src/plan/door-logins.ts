import type { Leg, Opening, RoleRef } from "../access/chains.js";
import type { Door, TrustMove } from "../access/doors.js";
import type { Login } from "../access/logins.js";
import type { Bits, ClusterState } from "../access/state.js";
import type { ClusterFacts } from "../facts/facts.js";
import { groupBy } from "../model/group-by.js";
import type { Phase } from "../model/operation.js";
import type { AwsDraft } from "./aws-units.js";

export interface DoorInput {
  readonly cluster: ClusterFacts;
  /** Calls of AWS that concern doors to it. */
  readonly aws: readonly AwsDraft[];
  readonly doors: readonly Door[];
  readonly trusts: readonly TrustMove[];
  /** Of an IAM role. */
  readonly componentOf: (account: string, role: string) => string;
}

/** IAM roles with doors to a cluster, and whoever a trust lets in no more, or from now on. */
export function doorLogins(state: ClusterState, input: DoorInput): Login[] {
  const mine = input.doors.filter((door) => door.cluster === input.cluster.name);
  const byRole = groupBy(mine, (door) => JSON.stringify([door.account, door.who.kind, door.who.name]));
  // A condition holds or it does not: both are looked at, each from the first moment to the last.
  const cases: readonly Opening[] = mine.some(({ open }) => open.includes(1)) ? [1, 2] : [2];
  return cases.flatMap((least) => [...byRole.values()].flatMap((own) => loginsOfRole(state, input, own, least)));
}

function loginsOfRole(state: ClusterState, input: DoorInput, own: readonly Door[], least: Opening): Login[] {
  const [first] = own;
  if (!first) return [];
  const { who } = first;
  const ways = own.map(({ user, legs, withPassword }) => ({
    user: state.indexOf(user),
    doors: legs.map((leg) => bitsOf(state, input, leg, least)),
    withPassword,
  }));
  const trust = input.trusts.find((t) => t.account === first.account && who.kind === "role" && t.role === who.name);
  const held = (before: number, after: number, phase: Phase): Login => {
    const door = { before, after, atom: atomOf(state, input, { account: first.account, role: who.name }, phase) };
    return { who, ways: ways.map(({ user, withPassword }) => ({ user, doors: [door], withPassword })) };
  };
  return [{ who, ways }, ...(trust?.narrows ? [held(1, 0, "close")] : []), ...(trust?.widens ? [held(0, 1, "open")] : [])];
}

function bitsOf(state: ClusterState, input: DoorInput, leg: Leg, least: Opening): Bits {
  const [before, closed, , after] = leg.open.map((opening) => opening >= least);
  const phase: Phase = before ? (closed ? "replace" : "close") : "open";
  return { before: before ? 1 : 0, after: after ? 1 : 0, atom: atomOf(state, input, leg, phase) };
}

/** The unit of calls that opens or closes it. */
function atomOf({ atoms }: ClusterState, { aws, componentOf }: DoorInput, { account, role }: RoleRef, phase: Phase): number {
  const component = componentOf(account, role);
  const unit = aws.find((u) => u.account === account && u.draft.phase === phase && u.component === component);
  return unit ? atoms.aws(unit.name) : -1;
}
