import { DAY_MS, dayOf } from "../../model/day.js";
import type { Declared } from "../../model/declared.js";
import type { Evidence, Interval } from "../../model/evidence.js";
import { type Problem, warningProblem } from "../../model/problem.js";
import type { EditTarget, Review, Subject } from "../../model/review.js";
import { displayName } from "../../privileges/sql.js";
import { isSystemRole } from "../../privileges/system-roles.js";
import { doorsOfFile } from "./door-list.js";
import { keptBy } from "./kept.js";
import { proposalsOf } from "./proposals.js";
import { indexUse, type UseIndex } from "./use-index.js";
import { verdictsOf } from "./verdicts.js";

export interface ReviewInput {
  readonly file: Declared;
  /** The file as it was when the window began: what it did not have is too young to be judged. null: not known. */
  readonly was: Declared | null;
  readonly evidence: Evidence;
  readonly window: Interval;
  /** Whether what is quiet goes at once, and not first by an end. */
  readonly remove: boolean;
  /** Whether somebody said that it is needed: by closing a pull request, for example. */
  readonly isKept?: (subject: Subject) => boolean;
}

/** Long enough for whatever runs once a month to be noticed. */
const NOTICE = 30 * DAY_MS;

/** What of the file was used in the window, what was not, and what nobody can say; and what may therefore end. Pure. */
export function reviewOf(input: ReviewInput): Review {
  const { file, was, window } = input;
  const use = indexUse(input.evidence, window);
  const verdicts = verdictsOf(file, use);
  const isKept = keptBy({ file, was, today: dayOf(window.to), isAsked: input.isKept ?? (() => false) });
  const proposals =
    was === null
      ? []
      : proposalsOf(file, verdicts, {
          isKept,
          until: dayOf(window.to + NOTICE),
          today: dayOf(window.to),
          remove: input.remove,
          endOf: (what) => endIn(file, what),
        });
  return {
    since: window.from,
    now: window.to,
    verdicts,
    proposals,
    problems: [...ageProblems(input), ...gapProblems(file, use), ...wideDoors(file, use), ...strangers(input)],
  };
}

/** Of a door the day on which the last of its entries ends. */
function endIn(file: Declared, what: EditTarget): string | null {
  if (what.type === "user" || what.type === "role") return file.roles.get(what.name)?.until ?? null;
  if (what.type === "iam-role") return file.iamRoles.get(what.id)?.until ?? null;
  if (what.type === "membership") return file.roles.get(what.member)?.memberOf.find(({ role }) => role === what.role)?.until ?? null;
  const ends = doorsOfFile(file)
    .filter(({ subject }) => subject.holder === what.holder && subject.door === what.door && subject.user === what.user)
    .filter(({ subject }) => what.clusters === null || (subject.cluster !== null && what.clusters.includes(subject.cluster)))
    .map(({ connect }) => connect.until);
  return ends.includes(null) ? null : ([...ends].sort().at(-1) ?? null);
}

const ageProblems = ({ was, window }: ReviewInput): Problem[] =>
  was !== null
    ? []
    : [
        warningProblem("age-not-known", `What of the file was there on ${dayOf(window.from)} is not known, so nothing is proposed.`, {
          hint: "Run it where the file's history in git reaches back to then, or name the file of then with --was.",
        }),
      ];

/** Once for a cluster, whoever is on it. */
const gapProblems = (file: Declared, use: UseIndex): Problem[] =>
  [...file.clusters.values()].flatMap(({ name, place }) => {
    const cover = use.logCover(name);
    if (cover.isWhole) return [];
    return [
      warningProblem(
        "evidence-gap",
        `Not all logins to cluster ${name} are known: ${cover.why}. What was not seen there is unknown, and not unused.`,
        {
          place,
          hint: "pgaccord evidence collect, on a schedule, keeps what the logs say; pgaccord doctor says what else is missing.",
        },
      ),
    ];
  });

/** Who logged in to a cluster of the file, and is in no line of it. One of the file's former names is one of it. */
function strangers({ file, evidence, window }: ReviewInput): Problem[] {
  const seen = new Map<string, { readonly user: string; readonly cluster: string; count: number; last: number }>();
  const names = new Set([...file.roles.values()].flatMap(({ name, was }) => [name, ...(was ? [was.name] : [])]));
  for (const { user, cluster, outcome, count, last } of evidence.logins) {
    if (outcome !== "ok" || last < window.from || names.has(user) || isNoStranger(file, cluster, user)) continue;
    const key = JSON.stringify([cluster, user]);
    const known = seen.get(key) ?? { user, cluster, count: 0, last: 0 };
    seen.set(key, { ...known, count: known.count + count, last: Math.max(known.last, last) });
  }
  return [...seen.values()].map(({ user, cluster, count, last }) =>
    warningProblem(
      "login-not-declared",
      `${displayName(user)} logged in to cluster ${cluster} ${count} ${count === 1 ? "time" : "times"}, last on ${dayOf(last)}, and is not in the file.`,
      {
        place: file.clusters.get(cluster)?.place ?? null,
        hint: "Declare it under users, or take its LOGIN: pgaccord plan lists what is unmanaged.",
      },
    ),
  );
}

/** Of another cluster, or one of those that no file declares. */
function isNoStranger(file: Declared, name: string, user: string): boolean {
  const cluster = file.clusters.get(name);
  return !cluster || isSystemRole(user) || user === cluster.admin.user || user === cluster.reader?.user;
}

/** A door to every cluster whose user was on one of several, while all is known of the others. */
const wideDoors = (file: Declared, use: UseIndex): Problem[] =>
  doorsOfFile(file).flatMap(({ subject, connect }) => {
    if (subject.cluster !== null) return [];
    const clusters = file.roles.get(subject.user)?.clusters ?? [];
    const seen = clusters.filter((cluster) => use.login(cluster, subject.user) !== null);
    const isKnown = clusters.every((cluster) => seen.includes(cluster) || use.logCover(cluster).isWhole);
    if (seen.length === 0 || !isKnown || seen.length === clusters.length) return [];
    return [
      warningProblem(
        "door-wider-than-use",
        `${subject.door} opens every cluster to ${subject.user}, who logged in to ${seen.join(", ")} alone.`,
        {
          place: connect.place,
          hint: `Name the clusters: clusters: [${seen.join(", ")}].`,
        },
      ),
    ];
  });
