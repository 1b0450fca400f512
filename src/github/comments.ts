import type { Github } from "./client.js";
import type { Marks } from "./mark.js";

interface Comment {
  readonly id: number;
  readonly body: string;
}

/**
 * Makes the comments with these marks be these texts: what is there is changed in place, what is missing is added, what is surplus is
 * deleted. Comments of other people are left alone, whatever they begin with.
 */
export async function syncComments(github: Github, issue: number, marks: Marks, texts: readonly string[]): Promise<void> {
  const { octokit, at } = github;
  const ours = await ourComments(github, issue, marks);
  for (const [i, body] of texts.entries()) {
    const [first, ...again] = ours.get(i + 1) ?? [];
    if (!first) await octokit.rest.issues.createComment({ ...at, issue_number: issue, body });
    else if (first.body !== body) await octokit.rest.issues.updateComment({ ...at, comment_id: first.id, body });
    for (const { id } of again) await octokit.rest.issues.deleteComment({ ...at, comment_id: id });
  }
  for (const [part, list] of ours) {
    if (part <= texts.length) continue;
    for (const { id } of list) await octokit.rest.issues.deleteComment({ ...at, comment_id: id });
  }
}

/** By part, oldest first. */
async function ourComments(github: Github, issue: number, marks: Marks): Promise<Map<number, Comment[]>> {
  const { octokit, at } = github;
  const own = await ownLogin(github);
  const found = new Map<number, Comment[]>();
  for await (const page of octokit.paginate.iterator(octokit.rest.issues.listComments, { ...at, issue_number: issue, per_page: 100 })) {
    for (const { id, body = "", user } of page.data) {
      const part = partOf(body, marks);
      const isOurs = own === null ? user?.type === "Bot" : user?.login === own;
      if (part !== null && isOurs) found.set(part, [...(found.get(part) ?? []), { id, body }]);
    }
  }
  return found;
}

/** The mark is the first line, to the letter. */
function partOf(body: string, marks: Marks): number | null {
  const [line = ""] = body.split(/\r?\n/, 1);
  const part = Number(/ part (\d{1,4}) -->$/.exec(line)?.[1] ?? 0);
  return part > 0 && line === marks(part) ? part : null;
}

/** null: the token is a bot's, as that of every workflow run, which may not ask who it is. */
async function ownLogin({ octokit }: Github): Promise<string | null> {
  try {
    const { data } = await octokit.rest.users.getAuthenticated();
    return data.type === "Bot" ? null : data.login;
  } catch {
    return null;
  }
}
