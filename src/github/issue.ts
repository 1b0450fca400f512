import type { Github } from "./client.js";
import type { Marks } from "./mark.js";

export interface DriftIssue {
  readonly title: string;
  /** Begins with the mark. */
  readonly body: string;
}

const LABEL = "pgaccord-drift";

interface Open {
  readonly number: number;
  readonly body: string;
}

/** One issue through its life: opened, changed, closed with a note. `wanted: null`: there is no drift. */
export async function syncIssue(github: Github, marks: Marks, wanted: DriftIssue | null, note: string): Promise<number | null> {
  const { octokit, at } = github;
  const [first, ...others] = await openIssues(github, marks);
  for (const { number } of others) await octokit.rest.issues.update({ ...at, issue_number: number, state: "closed" });
  if (wanted === null) {
    if (!first) return null;
    await octokit.rest.issues.createComment({ ...at, issue_number: first.number, body: note });
    await octokit.rest.issues.update({ ...at, issue_number: first.number, state: "closed", state_reason: "completed" });
    return first.number;
  }
  if (!first) {
    const { data } = await octokit.rest.issues.create({ ...at, ...wanted, labels: [LABEL] });
    return data.number;
  }
  if (first.body.trim() !== wanted.body.trim()) await octokit.rest.issues.update({ ...at, issue_number: first.number, ...wanted });
  return first.number;
}

/** Oldest first. Anybody can open an issue with the mark in it, only those with triage rights can label it. */
async function openIssues({ octokit, at }: Github, marks: Marks): Promise<Open[]> {
  const list = await octokit.paginate(octokit.rest.issues.listForRepo, { ...at, state: "open", labels: LABEL, per_page: 100 });
  return list
    .map(({ number, body }) => ({ number, body: body ?? "" }))
    .filter(({ body }) => body.split(/\r?\n/, 1)[0] === marks(1))
    .sort((a, b) => a.number - b.number);
}
