import { errorProblem, ProblemsError } from "../model/problem.js";

/** The parts of GitHub's event payloads that count here (docs, "Webhook events and payloads"). Texts in them are hostile. */
export type GithubEvent =
  | {
      readonly type: "pull_request";
      readonly number: number;
      readonly headSha: string;
      readonly baseSha: string;
      /** Name of the branch that it is to be merged into. */
      readonly base: string;
      /** From another repository: no credentials, nothing is posted. */
      readonly fork: boolean;
    }
  | { readonly type: "merge_group"; readonly headSha: string; readonly baseSha: string }
  | { readonly type: "push"; readonly before: string; readonly after: string; readonly branch: string }
  | { readonly type: "workflow_run"; readonly headSha: string; readonly headOwner: string; readonly headBranch: string }
  | { readonly type: "other"; readonly name: string };

/** Whether everybody can read the repository, as the event says; what it does not say counts as public. */
export const isPublicEvent = (text: string): boolean => at(parse(text), ["repository", "private"]) !== true;

export function parseEvent(name: string, text: string): GithubEvent {
  const event = parse(text);
  const sha = (...path: readonly string[]): string => matching(at(event, path), /^[0-9a-f]{40,64}$/, path);
  const branch = (...path: readonly string[]): string => matching(at(event, path), /^[^\0-\x20]+$/, path);
  if (name === "pull_request" || name === "pull_request_target") {
    const number = at(event, ["pull_request", "number"]);
    if (typeof number !== "number" || !Number.isSafeInteger(number)) throw broken(["pull_request", "number"]);
    const [head, base] = ["head", "base"].map((side) => at(event, ["pull_request", side, "repo", "id"]));
    return {
      type: "pull_request",
      number,
      headSha: sha("pull_request", "head", "sha"),
      baseSha: sha("pull_request", "base", "sha"),
      base: branch("pull_request", "base", "ref"),
      // A deleted fork has no repo.
      fork: head === undefined || head !== base,
    };
  }
  if (name === "merge_group")
    return { type: "merge_group", headSha: sha("merge_group", "head_sha"), baseSha: sha("merge_group", "base_sha") };
  if (name === "push") {
    const ref = matching(at(event, ["ref"]), /^refs\//, ["ref"]);
    return { type: "push", before: sha("before"), after: sha("after"), branch: ref.replace(/^refs\/heads\//, "") };
  }
  if (name === "workflow_run")
    return {
      type: "workflow_run",
      headSha: sha("workflow_run", "head_sha"),
      headOwner: matching(at(event, ["workflow_run", "head_repository", "owner", "login"]), /^[\w.-]+$/, ["head_repository"]),
      headBranch: branch("workflow_run", "head_branch"),
    };
  return { type: "other", name };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw broken([]);
  }
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((node, key) => (typeof node === "object" && node !== null ? Object(node)[key] : undefined), value);

function matching(value: unknown, pattern: RegExp, path: readonly string[]): string {
  if (typeof value === "string" && pattern.test(value)) return value;
  throw broken(path);
}

const broken = (path: readonly string[]): ProblemsError =>
  new ProblemsError([
    errorProblem(
      "github-event",
      `The event file that GITHUB_EVENT_PATH names is not what GitHub sends${path.length > 0 ? ` (${path.join(".")})` : ""}.`,
      {
        hint: "Run the command inside GitHub Actions, on one of the events that the documentation names.",
      },
    ),
  ]);
