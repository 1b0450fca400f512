import { type DeclaredDoor, declaredDoors, hopsTo } from "../access/declared-ways.js";
import type { DeclaredCluster, DeclaredIamRole } from "../model/declared.js";
import { isError } from "../model/problem.js";
import { type NoneToTry, renderLoginCheck, renderLoginCheckJson, type TriedDoor } from "../report/login-check.js";
import { EXIT } from "./io.js";
import { HopError, type LoginWorld, openDoor, proveLogin } from "./login-door.js";

/** Logs in through every door of the file that whoever runs this may take, and where the file gives none tries that, too. */
export async function loginCheck(world: LoginWorld, format: "text" | "json" | "markdown" | "sql"): Promise<number> {
  const { io, declared, caller } = world;
  const all = declaredDoors(declared);
  const mine = all.filter(({ role }) => hopsTo(declared, role, caller) !== null);
  const doors: TriedDoor[] = [];
  for (const door of mine) doors.push(await tried(world, door));
  const refused: TriedDoor[] = [];
  const lacks = lacksOf(world, mine, all);
  for (const door of withoutDoor(lacks)) refused.push(asRefused(await tried(world, door)));
  const check = { caller, doors, refused, noneToTry: noneToTry(lacks), others: all.length - mine.length };
  io.out(format === "json" ? renderLoginCheckJson(check) : renderLoginCheck(check, { color: io.color }));
  return [...doors, ...refused].every(({ ok }) => ok) ? EXIT.done : EXIT.error;
}

async function tried(world: LoginWorld, door: DeclaredDoor): Promise<TriedDoor> {
  const named = { iamRole: door.role.id, user: door.user, cluster: door.cluster.name };
  try {
    const [database = door.cluster.admin.database] = door.cluster.databases.keys();
    const name = await proveLogin(world, await openDoor(world, door), door.user, database);
    const why = name === door.user ? "" : `The server says that it is ${name}.`;
    return { ...named, ok: why === "", hop: why === "" ? null : "login", code: null, why: why === "" ? null : why, hint: null };
  } catch (error) {
    if (!(error instanceof HopError)) throw error;
    const problem = error.problems.find(isError);
    return {
      ...named,
      ok: false,
      hop: error.hop,
      code: problem?.code ?? null,
      why: problem?.message ?? error.message,
      hint: problem?.hint ?? null,
    };
  }
}

/** Only a refusal of the login itself proves that there is no door; what does not get so far proves nothing. */
const asRefused = ({ ok, hop, code, why, hint, ...named }: TriedDoor): TriedDoor => {
  const isRefused = hop === "login" && code === "login-refused";
  const text = ok ? "It logged in, and the file gives no such door." : why;
  return {
    ...named,
    ok: isRefused,
    hop: isRefused ? null : (hop ?? "login"),
    code,
    why: isRefused ? null : text,
    hint: isRefused ? null : hint,
  };
};

/** For each IAM role one user and one cluster to which it has no door, where there are such. */
const withoutDoor = (lacks: readonly Lacks[]): DeclaredDoor[] =>
  lacks.flatMap(({ user, cluster }) => [user, cluster].flatMap((door) => door ?? []));

const noneToTry = (lacks: readonly Lacks[]): NoneToTry[] =>
  lacks.flatMap(({ role, user, cluster }): NoneToTry[] => [
    ...(user ? [] : [{ iamRole: role.id, what: "user" } as const]),
    ...(cluster ? [] : [{ iamRole: role.id, what: "cluster" } as const]),
  ]);

interface Lacks {
  readonly role: DeclaredIamRole;
  /** null: the file has none. */
  readonly user: DeclaredDoor | null;
  readonly cluster: DeclaredDoor | null;
}

function lacksOf({ declared }: LoginWorld, mine: readonly DeclaredDoor[], all: readonly DeclaredDoor[]): Lacks[] {
  const byRole = new Map(mine.map((door) => [door.role, door]));
  return [...byRole].map(([role, door]) => {
    const has = (user: string, cluster: DeclaredCluster): boolean =>
      all.some((one) => one.role === role && one.user === user && one.cluster === cluster);
    const user = usersOn(declared, door.cluster).find((one) => !has(one, door.cluster));
    const cluster = clustersOf(declared, role).find((one) => one !== door.cluster && !has(door.user, one));
    return { role, user: user === undefined ? null : { ...door, user }, cluster: cluster ? { ...door, cluster } : null };
  });
}

const usersOn = ({ roles }: LoginWorld["declared"], { name }: DeclaredCluster): string[] =>
  [...roles.values()].flatMap((role) => (role.login === "iam" && role.clusters.includes(name) ? [role.name] : []));

const clustersOf = ({ clusters }: LoginWorld["declared"], { account }: DeclaredIamRole): DeclaredCluster[] =>
  [...clusters.values()].filter((cluster) => cluster.account === account && cluster.rds !== null);
