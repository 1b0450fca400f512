import {
  type Body,
  type Call,
  invalid,
  listed,
  needed,
  notFound,
  oneOf,
  Refusal,
  type Reply,
  type Routes,
  stringOf,
} from "./github-http.js";
import { BOT, type Comment, createComment, createIssue, type Issue, OWNER, REPO, type Store, touch } from "./github-store.js";

const MAX_BODY = 65_536;
const MAX_TITLE = 256;

/** Issues and comments (docs, "REST API endpoints for issues", "... for issue comments"). */
export const ISSUE_ROUTES: Routes = {
  "GET /issues": (store, call) => listed(call, wanted(store, call), (issue) => showIssue(issue, call)),
  "POST /issues": (store, { body, ...call }) => {
    const title = titleOf(needed(body, "title"));
    const text = bodyOf(stringOf(body, "body") ?? "", "Issue");
    const issue = createIssue(store, { title, body: text, labels: labelsOf(body) ?? [], user: BOT });
    return { status: 201, body: showIssue(issue, { ...call, body }) };
  },
  "GET /issues/{number}": (store, call) => ({ status: 200, body: showIssue(issueOf(store, call), call) }),
  "PATCH /issues/{number}": (store, call) => {
    const issue = issueOf(store, call);
    const { body } = call;
    Object.assign(issue, {
      title: titleOf(stringOf(body, "title") ?? issue.title),
      body: bodyOf(stringOf(body, "body") ?? issue.body, "Issue"),
      state: oneOf(body, "state", ["open", "closed"]) ?? issue.state,
      labels: labelsOf(body) ?? issue.labels,
    });
    touch(store, issue);
    return { status: 200, body: showIssue(issue, call) };
  },
  "GET /issues/{number}/comments": (store, call) => {
    const issue = issueOf(store, call);
    return listed(call, issue.comments.filter(isSince(call)), (comment) => showComment(comment, issue, call));
  },
  "POST /issues/{number}/comments": (store, call) => {
    const issue = issueOf(store, call);
    const comment = createComment(store, issue, commentBody(call.body), BOT);
    return { status: 201, body: showComment(comment, issue, call) };
  },
  "GET /issues/comments/{id}": (store, call) => {
    const { comment, issue } = commentOf(store, call);
    return { status: 200, body: showComment(comment, issue, call) };
  },
  "PATCH /issues/comments/{id}": (store, call) => {
    const { comment, issue } = commentOf(store, call);
    comment.body = commentBody(call.body);
    touch(store, issue);
    comment.updated_at = issue.updated_at;
    return { status: 200, body: showComment(comment, issue, call) };
  },
  "DELETE /issues/comments/{id}": (store, call): Reply => {
    const { comment, issue } = commentOf(store, call);
    issue.comments = issue.comments.filter((other) => other !== comment);
    return { status: 204 };
  },
};

/** Pull requests among them, as GitHub lists them. */
function wanted(store: Store, call: Call): Issue[] {
  const { query } = call;
  const state = query.get("state") ?? "open";
  const labels = (query.get("labels") ?? "").split(",").filter((label) => label !== "");
  const fits = (issue: Issue): boolean =>
    (state === "all" || issue.state === state) &&
    labels.every((label) => issue.labels.some((own) => own.toLowerCase() === label.toLowerCase()));
  return sorted([...store.issues.values()].filter(fits).filter(isSince(call)), query, "desc");
}

/** By creation unless asked otherwise; numbers follow creation. */
export function sorted(issues: readonly Issue[], query: URLSearchParams, otherwise: "asc" | "desc"): Issue[] {
  const keys: Readonly<Record<string, (issue: Issue) => number>> = {
    updated: (issue) => issue.touched,
    comments: (issue) => issue.comments.length,
    popularity: (issue) => issue.comments.length,
  };
  const key = keys[query.get("sort") ?? ""] ?? ((issue: Issue) => issue.number);
  const sign = (query.get("direction") ?? otherwise) === "asc" ? 1 : -1;
  return [...issues].sort((a, b) => sign * (key(a) - key(b) || a.number - b.number));
}

function isSince({ query }: Call): (item: { readonly updated_at: string }) => boolean {
  const since = Date.parse(query.get("since") ?? "1970-01-01");
  return (item) => Date.parse(item.updated_at) >= since;
}

export function issueOf(store: Store, { params }: Call): Issue {
  const issue = store.issues.get(Number(params["number"]));
  if (!issue) throw notFound();
  return issue;
}

function commentOf(store: Store, { params }: Call): { comment: Comment; issue: Issue } {
  for (const issue of store.issues.values()) {
    const comment = issue.comments.find(({ id }) => id === Number(params["id"]));
    if (comment) return { comment, issue };
  }
  throw notFound();
}

function commentBody(body: Body): string {
  const text = needed(body, "body");
  if (text.trim() === "") throw invalid("IssueComment", "data", "unprocessable", "Body cannot be blank");
  return bodyOf(text, "IssueComment");
}

function bodyOf(text: string, resource: "Issue" | "IssueComment"): string {
  if ([...text].length <= MAX_BODY) return text;
  const [field, code] = resource === "Issue" ? ["body", "custom"] : ["data", "unprocessable"];
  throw invalid(resource, field, code, `Body is too long (maximum is ${MAX_BODY} characters)`);
}

function titleOf(text: string): string {
  if (text.trim() === "") throw invalid("Issue", "title", "missing_field");
  if ([...text].length > MAX_TITLE) throw invalid("Issue", "title", "custom", `title is too long (maximum is ${MAX_TITLE} characters)`);
  return text;
}

/** Names, or objects with a name; a label that is not there is made. */
function labelsOf(body: Body): string[] | undefined {
  const labels: unknown = body["labels"] ?? undefined;
  if (labels === undefined) return undefined;
  if (!Array.isArray(labels)) throw new Refusal(422, "Invalid request.\n\nFor 'properties/labels', not an array.");
  const names = labels.map((label: unknown) => (typeof label === "object" && label && "name" in label ? label.name : label));
  return [...new Set(names.map(String))];
}

const webPage = ({ number, pull }: Issue): string => `https://github.com/${OWNER}/${REPO}/${pull ? "pull" : "issues"}/${number}`;

function showIssue(issue: Issue, { url }: Call): unknown {
  const { number, title, body, state, user, created_at, updated_at, pull } = issue;
  const api = `${url.origin}/repos/${OWNER}/${REPO}`;
  return {
    ...{ id: number, number, title, body, state, user, created_at, updated_at },
    labels: issue.labels.map((name) => ({ name, color: "ededed", default: false })),
    comments: issue.comments.length,
    closed_at: state === "closed" ? updated_at : null,
    url: `${api}/issues/${number}`,
    html_url: webPage(issue),
    ...(pull ? { pull_request: { url: `${api}/pulls/${number}`, html_url: webPage(issue) } } : {}),
  };
}

const showComment = (comment: Comment, issue: Issue, { url }: Call): unknown => ({
  ...comment,
  url: `${url.origin}/repos/${OWNER}/${REPO}/issues/comments/${comment.id}`,
  issue_url: `${url.origin}/repos/${OWNER}/${REPO}/issues/${issue.number}`,
  html_url: `${webPage(issue)}#issuecomment-${comment.id}`,
});
