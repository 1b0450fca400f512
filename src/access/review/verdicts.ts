import type { Declared, DeclaredRole } from "../../model/declared.js";
import { groupBy } from "../../model/group-by.js";
import type { Verdict } from "../../model/review.js";
import { doorsOfFile, type FileDoor } from "./door-list.js";
import { type Cover, timeText, type Use, type UseIndex } from "./use-index.js";

/** What of a thing is known; its subject and place are added by whoever asks. */
type Judged = Omit<Verdict, "subject" | "place">;

/** Every login, door, membership and IAM role of the file. */
export function verdictsOf(file: Declared, use: UseIndex): Verdict[] {
  const doors = doorsOfFile(file);
  const logins = new Map<string, Judged>();
  const loginOf = (user: string, cluster: string): Judged => {
    const key = JSON.stringify([user, cluster]);
    const known = logins.get(key) ?? judgeLogin(user, cluster, use);
    logins.set(key, known);
    return known;
  };
  const ways = doorVerdicts(file, doors, use, loginOf);
  return [...loginVerdicts(file, loginOf), ...ways, ...membershipVerdicts(file, loginOf), ...iamRoleVerdicts(file, ways, use)];
}

type LoginOf = (user: string, cluster: string) => Judged;

const used = ({ last, sources }: Use, why: string): Judged => ({ verdict: "used", last, sources, why });
const unknown = (why: string): Judged => ({ verdict: "unknown", last: null, sources: [], why });
const quiet = ({ until, sources }: Cover & { readonly isWhole: true }, what: string): Judged => ({
  verdict: "quiet",
  last: null,
  sources,
  why: `${what} until ${timeText(until)} UTC, of which all is known.`,
});

function judgeLogin(user: string, cluster: string, use: UseIndex): Judged {
  const seen = use.login(cluster, user);
  if (seen) return used(seen, `logged in to ${cluster}.`);
  const cover = use.logCover(cluster);
  return cover.isWhole ? quiet(cover, `nobody logged in to ${cluster} as ${user}`) : unknown(`logins to ${cluster}: ${cover.why}.`);
}

const usersOf = (file: Declared): DeclaredRole[] => [...file.roles.values()].filter(({ login }) => login !== "none");

const loginVerdicts = (file: Declared, loginOf: LoginOf): Verdict[] =>
  usersOf(file).flatMap(({ name, clusters, place }) =>
    clusters.map((cluster): Verdict => ({ subject: { type: "login", user: name, cluster }, ...loginOf(name, cluster), place })),
  );

function doorVerdicts(file: Declared, doors: readonly FileDoor[], use: UseIndex, loginOf: LoginOf): Verdict[] {
  const everywhere = new Map<string, number>();
  const waysTo = new Map<string, number>();
  for (const { subject } of doors) {
    if (subject.cluster === null) everywhere.set(subject.user, (everywhere.get(subject.user) ?? 0) + 1);
    else {
      const key = JSON.stringify([subject.user, subject.cluster]);
      waysTo.set(key, (waysTo.get(key) ?? 0) + 1);
    }
  }
  const waysOf = (user: string, cluster: string): number =>
    (waysTo.get(JSON.stringify([user, cluster])) ?? 0) + (everywhere.get(user) ?? 0);
  return doors.map((door): Verdict => {
    const { subject, connect } = door;
    const judged =
      subject.cluster === null
        ? judgeEveryCluster(file, door, use, loginOf, waysOf)
        : judgeDoor(door, use, loginOf(subject.user, subject.cluster), waysOf(subject.user, subject.cluster));
    return { subject, ...judged, place: connect.place };
  });
}

/** A login proves the user, not the door: where several doors lead to one user, each needs evidence of its own principal. */
function judgeDoor({ subject, iamRole }: FileDoor, use: UseIndex, login: Judged, ways: number): Judged {
  if (login.verdict === "quiet") return login;
  const taken = iamRole && use.assumed(iamRole.account, iamRole.name);
  const cover = iamRole && use.trailCover(iamRole.account, iamRole.name);
  if (iamRole && !taken && cover?.isWhole) return quiet(cover, `nobody took IAM role ${iamRole.name}`);
  if (login.verdict === "unknown") return login;
  if (ways === 1) return { ...login, why: `${subject.user} ${login.why} No other door of the file leads there.` };
  if (taken)
    return used(
      taken,
      `${subject.user} ${login.why} IAM role ${iamRole.name} was taken, too; by which of ${ways} doors they came in no source says.`,
    );
  const why =
    cover && !cover.isWhole ? `who took IAM role ${iamRole?.name}: ${cover.why}` : "what it does without an IAM role no source says";
  return unknown(`${subject.user} ${login.why} ${ways} doors lead there, and ${why}.`);
}

/** It leads to clusters that the file does not name, too: their logs nobody reads. */
function judgeEveryCluster(
  file: Declared,
  door: FileDoor,
  use: UseIndex,
  loginOf: LoginOf,
  waysOf: (user: string, cluster: string) => number,
): Judged {
  const { user } = door.subject;
  const judged = (file.roles.get(user)?.clusters ?? []).map((cluster) =>
    judgeDoor(door, use, loginOf(user, cluster), waysOf(user, cluster)),
  );
  const seen = latest(judged);
  if (seen) return seen;
  const cover = door.iamRole && use.trailCover(door.iamRole.account, door.iamRole.name);
  if (door.iamRole && cover?.isWhole && !use.assumed(door.iamRole.account, door.iamRole.name))
    return quiet(cover, `nobody took IAM role ${door.iamRole.name}`);
  return unknown("it leads to clusters that the file does not name, too, whose logs nobody reads.");
}

function latest(judged: readonly Judged[]): Judged | null {
  const seen = judged.filter(({ verdict }) => verdict === "used");
  return seen.reduce<Judged | null>((best, one) => (best === null || (one.last ?? 0) > (best.last ?? 0) ? one : best), null);
}

/** Of a membership no server keeps what it was used for: it is judged by the logins of its member, or of whoever is below it. */
function membershipVerdicts(file: Declared, loginOf: LoginOf): Verdict[] {
  const members = new Map<string, string[]>();
  for (const { name, memberOf } of file.roles.values())
    for (const { role } of memberOf) members.set(role, [...(members.get(role) ?? []), name]);
  const below = new Map<string, readonly string[]>();
  const usersBelow = (name: string): readonly string[] => {
    const known = below.get(name);
    if (known) return known;
    below.set(name, []);
    const own = file.roles.get(name)?.login === "none" ? [] : [name];
    const found = [...new Set([...own, ...(members.get(name) ?? []).flatMap(usersBelow)])];
    below.set(name, found);
    return found;
  };
  return [...file.roles.values()].flatMap(({ name, clusters, memberOf }) =>
    memberOf.flatMap(({ role, place }) =>
      clusters.map(
        (cluster): Verdict => ({
          subject: { type: "membership", member: name, role, cluster },
          ...judgeMembership(
            name,
            usersBelow(name).filter((user) => file.roles.get(user)?.clusters.includes(cluster)),
            cluster,
            loginOf,
          ),
          place,
        }),
      ),
    ),
  );
}

function judgeMembership(member: string, users: readonly string[], cluster: string, loginOf: LoginOf): Judged {
  const judged = users.map((user) => loginOf(user, cluster));
  const seen = latest(judged);
  if (seen) return { ...seen, why: `judged by its member: ${users.length === 1 ? users[0] : `a user below ${member}`} ${seen.why}` };
  const open = judged.find(({ verdict }) => verdict === "unknown");
  if (open) return { ...open, why: `judged by its member: ${open.why}` };
  const [first] = judged;
  if (!first) return unknown(`no user of the file is below ${member} on ${cluster}, so no login tells.`);
  return {
    ...first,
    why: `judged by its member: ${users.length === 1 ? first.why : `of ${users.length} users below ${member} nobody logged in; ${first.why}`}`,
  };
}

/** One that has the only door to a user was used when the user logged in. */
function iamRoleVerdicts(file: Declared, ways: readonly Verdict[], use: UseIndex): Verdict[] {
  const byRole = groupBy(ways, ({ subject }) => (subject.type === "door" && subject.holder === "iam-role" ? subject.door : null));
  return [...file.iamRoles.values()].map((role): Verdict => {
    const account = file.accounts.get(role.account)?.id ?? "";
    const subject = { type: "iam-role", id: role.id } as const;
    const taken = use.assumed(account, role.name);
    if (taken) return { subject, ...used(taken, "it was taken, or used for something."), place: role.place };
    const seen = latest(byRole.get(role.id) ?? []);
    if (seen) return { ...seen, subject, place: role.place };
    const cover = use.trailCover(account, role.name);
    const judged = cover.isWhole ? quiet(cover, `nobody took IAM role ${role.name}`) : unknown(`${cover.why}.`);
    return { subject, ...judged, place: role.place };
  });
}
