import type { Github } from "./client.js";
import type { Subject } from "./mark.js";

/** Where no environment is named. */
const NO_NAME = "pgaccord";
const environmentOf = ({ environment }: Subject): string => (environment === "" ? NO_NAME : environment);
/** One that is called so has tasks of its own. */
const taskOf = ({ file, environment }: Subject): string => `pgaccord${environment === NO_NAME ? "-named" : ""} ${file}`;

/** Deployments of ours that are looked at, newest first. */
const LOOK_BACK = 50;

/** Where to count approvals from. */
export interface Start {
  readonly sha: string;
  /** An apply of this commit succeeded; else it is where the first apply began. */
  readonly applied: boolean;
}

/**
 * The commit after which approvals count: that of the last apply that succeeded. Without one, where the first apply began. Applies are
 * kept as deployments. Everybody with write access can make some: only what our app made and called a success counts. null: no apply.
 */
export async function lastApplied(github: Github, subject: Subject, app: string): Promise<Start | null> {
  const failed: unknown[] = [];
  for await (const { id, sha, payload } of deploymentsOf(github, subject, app)) {
    if (await succeeded(github, id, app)) return { sha, applied: true };
    failed.push(payload);
    if (failed.length === LOOK_BACK) break;
  }
  const sha = sinceOf(failed.at(-1));
  return sha === null ? null : { sha, applied: false };
}

interface Kept {
  readonly id: number;
  readonly sha: string;
  readonly payload: unknown;
}

/** Newest first; pages are asked for one by one, so that no number of others' deployments hides ours. */
async function* deploymentsOf({ octokit, at }: Github, subject: Subject, app: string): AsyncGenerator<Kept> {
  const query = { ...at, environment: environmentOf(subject), task: taskOf(subject), per_page: 100 };
  for await (const { data } of octokit.paginate.iterator(octokit.rest.repos.listDeployments, query)) {
    yield* data.filter(({ creator }) => isApp(creator, app));
  }
}

/** Others may add a status to our deployment, and GitHub adds `inactive` when a later one succeeds: any success of ours is one. */
async function succeeded({ octokit, at }: Github, id: number, app: string): Promise<boolean> {
  const query = { ...at, deployment_id: id, per_page: 100 };
  const statuses = await octokit.paginate(octokit.rest.repos.listDeploymentStatuses, query);
  return statuses.some(({ state, creator }) => state === "success" && isApp(creator, app));
}

interface Creator {
  readonly login: string;
  readonly type: string;
}

/**
 * By its token as an installation: no person's login can end in `[bot]`. Not by `performed_via_github_app`, which an app's name has, too,
 * when a person acts through it.
 */
const isApp = (creator: Creator | null, app: string): boolean => creator?.type === "Bot" && creator.login === `${app}[bot]`;

/** GitHub gives a payload back as it was, or as text. */
function sinceOf(payload: unknown): string | null {
  const text = typeof payload === "string" ? payload : JSON.stringify(payload ?? null);
  return /"since":"([0-9a-f]{40,64})"/.exec(text)?.[1] ?? null;
}

export interface Deployment {
  readonly end: (state: "success" | "failure", description: string) => Promise<void>;
}

export interface Begun {
  readonly sha: string;
  /** The commit after which approvals were counted. */
  readonly since: string | null;
  readonly runUrl: string;
}

export async function beginDeployment({ octokit, at }: Github, subject: Subject, { sha, since, runUrl }: Begun): Promise<Deployment> {
  const { data } = await octokit.rest.repos.createDeployment({
    ...at,
    ref: sha,
    task: taskOf(subject),
    environment: environmentOf(subject),
    auto_merge: false,
    required_contexts: [],
    description: "pgaccord apply",
    payload: since === null ? {} : { since },
  });
  // 202 with a message instead of a deployment: GitHub wants to merge first, which auto_merge forbids.
  if (!("id" in data)) throw new Error(data.message ?? "GitHub made no deployment.");
  const status = async (state: "in_progress" | "success" | "failure", description: string): Promise<void> => {
    const fields = { ...at, deployment_id: data.id, state, description: description.slice(0, 140), log_url: runUrl };
    await octokit.rest.repos.createDeploymentStatus({ ...fields, auto_inactive: false });
  };
  await status("in_progress", "applying");
  return { end: status };
}
