import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Operation, Phase } from "../model/operation.js";
import type { Principal } from "../model/principal.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { type Atom, atomsOf } from "../policies/atoms.js";
import { compilePolicies } from "../policies/evaluate.js";
import { matcher } from "../policies/wildcard.js";
import { type Leg, narrowest, type Opening, type Openings, openings, type RoleRef, type Stages, type Taking, takingsOf } from "./chains.js";
import { carrierOf, copyOf, type Iam, iamOf, kindOf, playCall } from "./iam-play.js";

/** Where IAM stands: as it is (and users that are renamed by their former names), when what goes is closed, when what comes is open, and when what was replaced is gone. */
const PHASES_UNTIL: readonly (readonly Phase[])[] = [[], ["both", "close"], ["prepare", "open"], ["replace"]];

/** A way of an IAM role or IAM user to log in as a user: by itself, or through other IAM roles that it may take. */
export interface Door {
  readonly who: Extract<Principal, { type: "iam" }> & { readonly kind: "role" | "user" };
  /** Name of the account in the file. */
  readonly account: string;
  readonly cluster: string;
  readonly user: string;
  /** Region, account and resource id of the cluster, as in an ARN. */
  readonly resource: string;
  /** Through a proxy that logs in with the user's password, so that the user is none of rds_iam. */
  readonly withPassword: boolean;
  /** What must be open: first the door's own policy, then each trust and permission on the way to it. */
  readonly legs: readonly [Leg, ...Leg[]];
  readonly open: Openings;
}

/** While calls are made it is wider than before and after. */
export const isOpenMeanwhile = ({ open: [before, closed, opened, after] }: Door): boolean =>
  Math.max(closed, opened) > Math.max(before, after);

/** A trust that is narrowed or widened: somebody comes, or comes no more, through all doors of the IAM role. */
export interface TrustMove {
  readonly account: string;
  readonly role: string;
  readonly narrows: boolean;
  readonly widens: boolean;
}

/** The doors of IAM roles to users of read clusters, before, while and after the calls are made: the calls are played, not trusted. */
export function doorsOf(facts: Facts, operations: readonly Operation[]): Door[] {
  const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws");
  const isRenaming = [...facts.clusters.values()].some(({ renames }) => renames.pending.size > 0);
  // Doors stay as they are, but one to whoever comes to be a member of rds_iam, or is one no more, leads somewhere from then on.
  const isSwitching = operations.some(({ phase }) => phase === "leave" || phase === "join");
  if (calls.length === 0 && !isRenaming && !isSwitching) return [];
  const stages = stagesOf(facts, calls, isRenaming);
  const direct = [...facts.accounts.values()].flatMap((account) => ownDoors(facts, account, stages.get(account.name)));
  const moving = new Set(calls.flatMap(({ site }) => ("account" in site ? [site.account] : [])));
  return [...direct.filter(({ account }) => isRenaming || isSwitching || moving.has(account)), ...chainedDoors(facts, stages, direct)];
}

function stagesOf(facts: Facts, calls: readonly Operation<"aws">[], isRenaming: boolean): Map<string, Stages> {
  return new Map(
    [...facts.accounts.values()].map((account) => {
      const { name, declared } = account;
      const own = calls.filter(({ site }) => "account" in site && site.account === name);
      const now = iamOf(account);
      if (own.length === 0) return [name, [isRenaming ? copyOf(now) : now, now, now, now]] as const;
      // A policy is made before anything else, and opens nothing before it is attached.
      const [a, b, c, d] = PHASES_UNTIL.map((phases) => {
        for (const call of own.filter((o) => phases.includes(o.phase) || (phases.length > 0 && o.args.action === "CreatePolicy")))
          playCall(now, call, declared);
        return copyOf(now);
      });
      return [name, [a ?? now, b ?? now, c ?? now, d ?? now]] as const;
    }),
  );
}

function ownDoors(facts: Facts, { name, snapshot }: AccountFacts, stages: Stages | undefined): Door[] {
  if (!stages) return [];
  // Where nothing is called there is one stage.
  const known = new Map(stages.map((iam) => [iam, iam] as const));
  const logins = new Map([...known.keys()].map((iam) => [iam, loginsOf(facts, iam, iam === stages[0])]));
  const keys = new Map([...logins.values()].flatMap((found) => [...found]));
  return [...keys].map(([key, { role, opening: _, ...door }]): Door => {
    const open = openings(stages.map((iam) => logins.get(iam)?.get(key)?.opening ?? 0));
    const who = { type: "iam", account: snapshot.id, ...kindOf(role) } as const;
    return { who, account: name, ...door, legs: [{ account: name, role, open }], open };
  });
}

/** More IAM roles than these behind each other are nobody's way (each step is a session of an hour at most). */
const MOST_STEPS = 4;

/** Ways through other IAM roles of those for whom a leg of one moves: where none does, they are as the door itself. */
function chainedDoors(facts: Facts, stages: ReadonlyMap<string, Stages>, direct: readonly Door[]): Door[] {
  const takings = new Map<string, readonly Taking[]>();
  const callersOf = (of: RoleRef): readonly Taking[] => {
    const key = JSON.stringify([of.account, of.role]);
    const known = takings.get(key) ?? takingsOf(facts, stages, of);
    takings.set(key, known);
    return known;
  };
  const found: Door[] = [];
  let last = direct;
  for (let step = 0; step < MOST_STEPS && last.length > 0; step++) {
    last = last.flatMap((door) =>
      callersOf({ account: door.account, role: carrierOf(door.who.kind, door.who.name) }).flatMap(({ caller, legs }): Door[] => {
        const id = facts.accounts.get(caller.account)?.snapshot.id ?? "";
        const who = { type: "iam", account: id, ...kindOf(caller.role) } as const;
        if (door.legs.some((leg) => leg.account === caller.account && leg.role === caller.role)) return [];
        const way = [...door.legs, ...legs] satisfies readonly Leg[];
        const [first, ...more] = way;
        return first ? [{ ...door, who, account: caller.account, legs: [first, ...more], open: narrowest(way) }] : [];
      }),
    );
    found.push(...last);
  }
  // All ways of whoever has one that moves: what stays may be what it keeps.
  const nameOf = ({ account, who }: Door): string => JSON.stringify([account, who.kind, who.name]);
  const moving = new Set([...direct, ...found].filter(({ legs }) => legs.some(({ open }) => new Set(open).size > 1)).map(nameOf));
  return found.filter((door) => moving.has(nameOf(door)));
}

type UserAt = Pick<Door, "cluster" | "user" | "resource" | "withPassword">;
type OpenDoor = UserAt & { readonly opening: Opening };
type DoorKey = OpenDoor & { readonly role: string };

function loginsOf(facts: Facts, { attached, policies }: Iam, isBefore: boolean): Map<string, DoorKey> {
  const found = new Map<string, DoorKey>();
  for (const [role, arns] of attached) {
    const documents = [...arns].flatMap((arn) => policies.get(arn) ?? []);
    const doors = documents.flatMap((document) => [
      ...connectsOf(document).flatMap((to) => usersAt(facts, to, isBefore).map((door): OpenDoor => ({ ...door, opening: to.opening }))),
      ...(isWhole(document) ? decided(facts, [document], isBefore, usersAt(facts, ANY, isBefore)) : []),
    ]);
    for (const door of documents.some(denies) ? decided(facts, documents, isBefore, doors) : doors) {
      const key = JSON.stringify([role, door.cluster, door.user, door.withPassword]);
      if ((found.get(key)?.opening ?? 0) < door.opening) found.set(key, { role, ...door });
    }
  }
  return found;
}

/** As the ARN says it; each part may be a pattern. */
interface Connect {
  /** Region and account. */
  readonly place: string;
  readonly id: string;
  readonly user: string;
  readonly opening: Opening;
}

const DBUSER = /^arn:[^:]+:rds-db:([^:]*:[^:]*):dbuser:([^/]+)\/(.+)$/;

const connectsOf = (document: string): Connect[] =>
  atomsOf(document)
    .filter(isConnect)
    .flatMap(({ resource, condition }) => {
      const [, place, id, user] = resource === "*" ? ["", "*", "*", "*"] : (DBUSER.exec(resource ?? "") ?? []);
      return place && id && user ? [{ place, id, user, opening: condition === null ? 2 : 1 }] : [];
    });

const ANY = { place: "*", id: "*", user: "*" };

/** A document with a statement that cannot be taken apart (NotResource …) is asked user by user. */
const isWhole = (document: string): boolean => atomsOf(document).some(({ effect, whole }) => effect === "Allow" && whole !== null);
/** What is denied is asked of all documents together. */
const denies = (document: string): boolean => atomsOf(document).some(({ effect }) => effect === "Deny");

function decided(facts: Facts, documents: readonly string[], isBefore: boolean, doors: readonly UserAt[]): OpenDoor[] {
  const { decide } = compilePolicies(documents);
  return doors.flatMap((door): OpenDoor[] => {
    const [region, account, id] = door.resource.split(":");
    const partition = facts.accounts.get(facts.clusters.get(door.cluster)?.declared.account ?? "")?.declared.partition;
    const resource = `arn:${partition}:rds-db:${region}:${account}:dbuser:${id}/${calledBefore(facts, door, isBefore)}`;
    const decision = decide({ action: "rds-db:connect", resource });
    if (decision === "allowed") return [{ ...door, opening: 2 }];
    return decision === "conditional" ? [{ ...door, opening: 1 }] : [];
  });
}

/** A renamed user's former name, until it is renamed. */
const calledBefore = (
  { clusters }: Pick<Facts, "clusters">,
  { cluster, user }: Pick<UserAt, "cluster" | "user">,
  isBefore: boolean,
): string => (isBefore ? clusters.get(cluster)?.renames.pending.get(user) : undefined) ?? user;

/** Users of the clusters that were read: whoever a name means now, or in the end. */
const usersAt = ({ clusters, accounts }: Facts, { place, id, user }: Omit<Connect, "opening">, isBefore: boolean): UserAt[] =>
  [...clusters.values()].flatMap((cluster) => {
    const { rds, roles } = cluster.snapshot;
    const account = accounts.get(cluster.declared.account ?? "");
    const ids = rds ? resourceIdsOf(rds).filter((one) => isLike(id, one)) : [];
    if (!account || ids.length === 0) return [];
    const at = `${cluster.declared.region ?? account.declared.region}:${account.snapshot.id}`;
    if (!isLike(place, at)) return [];
    // Behind the former name is nobody any more, until then nobody behind the new one.
    const moved = [...cluster.renames.pending].flatMap(([name, was]) => (user === (isBefore ? was : name) ? [name] : []));
    const isMoved = [...cluster.renames.pending].flat().includes(user);
    const called = (name: string): string => calledBefore({ clusters }, { cluster: cluster.name, user: name }, isBefore);
    const like = isPattern(user)
      ? [...new Set([...roles.keys(), ...cluster.declaredRoles])].filter((name) => isLike(user, called(name)))
      : null;
    const names = like ?? (isMoved ? moved : [user]);
    return ids.flatMap((one) => {
      const withPassword = rds?.proxy?.id === one && rds.proxy.keepsSecrets;
      return names.map((name): UserAt => ({ cluster: cluster.name, user: name, resource: `${at}:${one}`, withPassword }));
    });
  });

const isLike = (pattern: string, text: string): boolean => pattern === text || (isPattern(pattern) && matcher(pattern, true)(text));
const isPattern = (text: string): boolean => /[*?]/.test(text);
// IAM reads actions without regard to case, and patterns in them.
const isConnect = ({ effect, action, whole }: Atom): boolean =>
  effect === "Allow" && whole === null && action !== null && isLike(action.toLowerCase(), "rds-db:connect");

/** Which IAM roles let somebody else in than before. */
export function trustMovesOf(operations: readonly Operation[]): TrustMove[] {
  const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws" && o.args.action === "UpdateAssumeRolePolicy");
  const byRole = new Map<string, TrustMove>();
  for (const { site, phase, args } of calls) {
    if (!("account" in site)) continue;
    const role = String(args.input["RoleName"]);
    const key = JSON.stringify([site.account, role]);
    const known = byRole.get(key) ?? { account: site.account, role, narrows: false, widens: false };
    byRole.set(key, { ...known, ...(phase === "close" ? { narrows: true } : { widens: true }) });
  }
  return [...byRole.values()];
}
