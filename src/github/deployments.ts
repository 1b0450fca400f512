import type { Github } from "./client.js";
import type { Subject } from "./mark.js";

const taskOf = ({ file }: Subject): string => `pgaccord ${file}`;
const environmentOf = ({ environment }: Subject): string => (environment === "" ? "pgaccord" : environment);

/** Deployments that are looked at, newest first. */
const LOOK_BACK = 50;

/**
 * The commit after which approvals count: that of the last apply that succeeded. Without one, where the first apply began. Applies are
 * kept as deployments: GitHub lists them, and nobody without write access can make one. null: there was no apply.
 */
export async function lastApplied({ octokit, at }: Github, subject: Subject): Promise<string | null> {
  const query = { ...at, environment: environmentOf(subject), task: taskOf(subject), per_page: LOOK_BACK };
  const { data } = await octokit.rest.repos.listDeployments(query);
  for (const { id, sha } of data) {
    const statuses = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: id, per_page: 1 });
    if (statuses.data[0]?.state === "success") return sha;
  }
  return sinceOf(data.at(-1)?.payload);
}

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
