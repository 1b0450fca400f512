import type { Facts } from "../facts/facts.js";
import type { Operation, Phase } from "../model/operation.js";
import type { Principal } from "../model/principal.js";
import { type Atom, atomsOf } from "../policies/atoms.js";
import { compilePolicies } from "../policies/evaluate.js";
import { matcher } from "../policies/wildcard.js";
import { type Iam, iamOf, playCall } from "./iam-play.js";

/** Where IAM stands: as it is, when what goes is closed, when what comes is open, and when what was replaced is gone. */
const PHASES_UNTIL: readonly (readonly Phase[])[] = [[], ["close"], ["prepare", "open"], ["replace"]];

/** A way of an IAM role to log in as a user, at each of the stages. */
export interface Door {
  readonly who: Extract<Principal, { type: "iam" }>;
  /** Name of the account in the file. */
  readonly account: string;
  readonly cluster: string;
  readonly user: string;
  /** Region, account and resource id of the cluster, as in an ARN. */
  readonly resource: string;
  readonly open: readonly [Opening, Opening, Opening, Opening];
}

/** 0 closed, 1 open if a condition holds, 2 open. */
export type Opening = 0 | 1 | 2;

/** A trust that is narrowed or widened: somebody comes, or comes no more, through all doors of the IAM role. */
export interface TrustMove {
  readonly account: string;
  readonly role: string;
  readonly narrows: boolean;
  readonly widens: boolean;
}

/** The doors of IAM roles to users of read clusters, before, while and after the calls are made: the calls are played, not trusted. */
export function doorsOf(facts: Facts, operations: readonly Operation[]): Door[] {
  return [...facts.accounts.values()].flatMap(({ name, snapshot, declared }) => {
    const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws" && "account" in o.site && o.site.account === name);
    if (calls.length === 0) return [];
    const iam = iamOf(snapshot);
    const stages = PHASES_UNTIL.map((phases) => {
      for (const call of calls.filter((o) => phases.includes(o.phase))) playCall(iam, call, declared);
      return loginsOf(facts, iam);
    });
    const keys = new Map(stages.flatMap((logins) => [...logins]));
    return [...keys].map(([key, { role, opening: _, ...door }]): Door => {
      const [a, b, c, d] = stages.map((logins) => logins.get(key)?.opening ?? 0);
      const who = { type: "iam", account: snapshot.id, kind: "role", name: role } as const;
      return { who, account: name, ...door, open: [a ?? 0, b ?? 0, c ?? 0, d ?? 0] };
    });
  });
}

type UserAt = Pick<Door, "cluster" | "user" | "resource">;
type OpenDoor = UserAt & { readonly opening: Opening };
type DoorKey = OpenDoor & { readonly role: string };

function loginsOf(facts: Facts, { attached, policies }: Iam): Map<string, DoorKey> {
  const found = new Map<string, DoorKey>();
  for (const [role, arns] of attached) {
    const documents = [...arns].flatMap((arn) => policies.get(arn) ?? []);
    const doors = documents.flatMap((document) => [
      ...connectsOf(document).flatMap((to) => usersAt(facts, to).map((door): OpenDoor => ({ ...door, opening: to.opening }))),
      ...wholeDoors(facts, document),
    ]);
    for (const door of doors) {
      const key = JSON.stringify([role, door.cluster, door.user]);
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

/** What is denied is a leak's matter. */
const connectsOf = (document: string): Connect[] =>
  atomsOf(document)
    .filter(isConnect)
    .flatMap(({ resource, condition }) => {
      const [, place, id, user] = resource === "*" ? ["", "*", "*", "*"] : (DBUSER.exec(resource ?? "") ?? []);
      return place && id && user ? [{ place, id, user, opening: condition === null ? 2 : 1 }] : [];
    });

/** A document with a statement that cannot be taken apart (NotResource …) is asked user by user. */
function wholeDoors(facts: Facts, document: string): OpenDoor[] {
  if (!atomsOf(document).some(({ effect, whole }) => effect === "Allow" && whole !== null)) return [];
  const { decide } = compilePolicies([document]);
  return usersAt(facts, { place: "*", id: "*", user: "*" }).flatMap((door): OpenDoor[] => {
    const [region, account, id] = door.resource.split(":");
    const partition = facts.accounts.get(facts.clusters.get(door.cluster)?.declared.account ?? "")?.declared.partition;
    const resource = `arn:${partition}:rds-db:${region}:${account}:dbuser:${id}/${door.user}`;
    const decision = decide({ action: "rds-db:connect", resource });
    if (decision === "allowed") return [{ ...door, opening: 2 }];
    return decision === "conditional" ? [{ ...door, opening: 1 }] : [];
  });
}

/** Users of the clusters that were read. */
const usersAt = ({ clusters, accounts }: Facts, { place, id, user }: Omit<Connect, "opening">): UserAt[] =>
  [...clusters.values()].flatMap((cluster) => {
    const { rds, roles } = cluster.snapshot;
    const account = accounts.get(cluster.declared.account ?? "");
    if (!rds || !account || !isLike(id, rds.resourceId)) return [];
    const at = `${cluster.declared.region ?? account.declared.region}:${account.snapshot.id}`;
    if (!isLike(place, at)) return [];
    const names = isPattern(user) ? [...new Set([...roles.keys(), ...cluster.declaredRoles])].filter((name) => isLike(user, name)) : [user];
    return names.map((name) => ({ cluster: cluster.name, user: name, resource: `${at}:${rds.resourceId}` }));
  });

const isLike = (pattern: string, text: string): boolean => pattern === text || (isPattern(pattern) && matcher(pattern, true)(text));
const isPattern = (text: string): boolean => /[*?]/.test(text);
// IAM reads actions without regard to case, and patterns in them.
const isConnect = ({ effect, action, whole }: Atom): boolean =>
  effect === "Allow" && whole === null && action !== null && isLike(action.toLowerCase(), "rds-db:connect");

/** Which IAM roles let somebody else in than before. */
export function trustMovesOf(operations: readonly Operation[]): TrustMove[] {
  const calls = operations.filter((o): o is Operation<"aws"> => o.type === "aws" && o.args.command === "UpdateAssumeRolePolicy");
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
