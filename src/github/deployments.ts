import type { Github } from "./client.js";
import type { Subject } from "./mark.js";

/** An apply of one file and environment, kept as a deployment: GitHub lists them, and nobody without write access can make one. */
export interface Applied {
  readonly sha: string;
}

const taskOf = ({ file }: Subject): string => `pgaccord ${file}`;
const environmentOf = ({ environment }: Subject): string => (environment === "" ? "pgaccord" : environment);

/** Deployments that are looked at, newest first. */
const LOOK_BACK = 50;

/** The last apply that succeeded; null: there was none. */
export async function lastApplied({ octokit, at }: Github, subject: Subject): Promise<Applied | null> {
  const query = { ...at, environment: environmentOf(subject), task: taskOf(subject), per_page: LOOK_BACK };
  const { data } = await octokit.rest.repos.listDeployments(query);
  for (const { id, sha } of data) {
    const statuses = await octokit.rest.repos.listDeploymentStatuses({ ...at, deployment_id: id, per_page: 1 });
    if (statuses.data[0]?.state === "success") return { sha };
  }
  return null;
}

export interface Deployment {
  readonly end: (state: "success" | "failure", description: string) => Promise<void>;
}

export async function beginDeployment({ octokit, at }: Github, subject: Subject, sha: string, runUrl: string): Promise<Deployment> {
  const { data } = await octokit.rest.repos.createDeployment({
    ...at,
    ref: sha,
    task: taskOf(subject),
    environment: environmentOf(subject),
    auto_merge: false,
    required_contexts: [],
    description: "pgaccord apply",
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
