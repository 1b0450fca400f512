import { createHash } from "node:crypto";
import { type Call, listed, notFound, page, Refusal, type Reply, type Routes } from "./github-http.js";
import { issueOf, sorted } from "./github-routes.js";
import { commitOf, commitsBetween, filesOf, type Issue, isKnown, OWNER, type PullInput, REPO, type Store } from "./github-store.js";

/** One page of commits when no page is asked for (docs, "Compare two commits"). */
const COMPARED = 250;
const MAX_INLINE = 1024 * 1024;

/** The repository, its branches, files, commits and pull requests. */
export const CODE_ROUTES: Routes = {
  "GET ": (store, call) => ({ status: 200, body: showRepo(store, call) }),
  "GET /branches/{branch+}": (store, { params }) => {
    const sha = store.branches.get(params["branch"] ?? "");
    if (sha === undefined) throw new Refusal(404, "Branch not found");
    return { status: 200, body: { name: params["branch"], commit: showCommit(sha), protected: false } };
  },
  "GET /contents": (store, call) => contents(store, call, ""),
  "GET /contents/{path+}": (store, call) => contents(store, call, (call.params["path"] ?? "").replace(/\/+$/, "")),
  "GET /compare/{basehead+}": compare,
  "GET /commits/{sha+}/pulls": (store, call) =>
    listed(call, pullsOf(store, commitOf(store, call.params["sha"] ?? "")), (pull) => showPull(store, pull, call)),
  "GET /pulls": (store, call) => listed(call, wantedPulls(store, call.query), (pull) => showPull(store, pull, call)),
  "GET /pulls/{number}": (store, call) => {
    const pull = pullOf(store, call);
    const { merged = false } = pull.pull;
    return {
      status: 200,
      body: { ...showPull(store, pull, call), merged, mergeable: merged ? null : true, comments: pull.comments.length },
    };
  },
  "GET /pulls/{number}/files": (store, call) => {
    const { pull } = pullOf(store, call);
    return listed(call, changedFiles(store, pull.base_sha, pull.head_sha), (file) => file);
  },
};

type PullIssue = Issue & { readonly pull: PullInput };
const isPull = (issue: Issue): issue is PullIssue => issue.pull !== null;

function pullOf(store: Store, call: Call): PullIssue {
  const issue = issueOf(store, call);
  if (!isPull(issue)) throw notFound();
  return issue;
}

function wantedPulls(store: Store, query: URLSearchParams): PullIssue[] {
  const state = query.get("state") ?? "open";
  const fits = (issue: PullIssue): boolean =>
    (state === "all" || issue.state === state) &&
    (query.get("base") ?? "main") === "main" &&
    (query.get("head") ?? headLabel(issue)) === headLabel(issue);
  // The default direction is desc only where the sort is by creation (docs, "List pull requests").
  const byCreation = (query.get("sort") ?? "created") === "created";
  return sorted([...store.issues.values()].filter(isPull).filter(fits), query, byCreation ? "desc" : "asc").filter(isPull);
}

/** The merged one that brought the commit to the default branch; else those that hold the commit. */
function pullsOf(store: Store, sha: string): PullIssue[] {
  const all = [...store.issues.values()].filter(isPull);
  const merged = all.filter(({ pull }) => pull.merged && pull.merge_commit_sha === sha);
  const holds = ({ pull }: PullIssue): boolean =>
    pull.head_sha === sha || (commitsBetween(store, pull.base_sha, pull.head_sha) ?? []).includes(sha);
  return merged.length > 0 ? merged : all.filter(holds);
}

function contents(store: Store, { query, accept, url }: Call, path: string): Reply {
  const ref = query.get("ref") ?? "main";
  if (!isKnown(store, ref)) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const files = filesOf(store, ref);
  const text = files.get(path);
  if (text === undefined) return folder(files, path, url);
  if (/\braw\b/.test(accept)) return { status: 200, text, headers: { "content-type": "application/vnd.github.raw+json; charset=utf-8" } };
  const inline = Buffer.byteLength(text) <= MAX_INLINE;
  const content = inline ? Buffer.from(text).toString("base64").replace(/.{60}/g, "$&\n") : "";
  return { status: 200, body: { ...showFile(path, text, url), encoding: inline ? "base64" : "none", content } };
}

function folder(files: ReadonlyMap<string, string>, path: string, url: URL): Reply {
  const prefix = path === "" ? "" : `${path}/`;
  const below = [...files].filter(([file]) => file.startsWith(prefix));
  if (below.length === 0) throw notFound();
  const names = new Set(below.map(([file]) => file.slice(prefix.length).split("/")[0] ?? ""));
  const show = (name: string): unknown => {
    const text = files.get(prefix + name);
    return text === undefined ? { type: "dir", name, path: prefix + name, size: 0 } : showFile(prefix + name, text, url);
  };
  return { status: 200, body: [...names].sort().map(show) };
}

const showFile = (path: string, text: string, url: URL) => ({
  type: "file",
  name: path.split("/").at(-1),
  path,
  size: Buffer.byteLength(text),
  sha: blobOf(text),
  url: url.href,
});

const blobOf = (text: string): string =>
  createHash("sha1")
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");

function compare(store: Store, call: Call): Reply {
  const ends = (call.params["basehead"] ?? "").split("...").map((end) => end.replace(/^[^/:]+:/, ""));
  const [base = "", head = ""] = ends;
  if (ends.length !== 2 || base === "" || head === "") throw notFound();
  const ahead = commitsBetween(store, base, head);
  const behind = ahead === null ? commitsBetween(store, head, base) : [];
  if (behind === null) throw notFound();
  const shas = ahead ?? [];
  const { items, headers } = page(call, shas, COMPARED);
  const isFirst = (call.query.get("page") ?? "1") === "1";
  const body = {
    status: shas.length > 0 ? "ahead" : behind.length > 0 ? "behind" : "identical",
    ahead_by: shas.length,
    behind_by: behind.length,
    total_commits: shas.length,
    base_commit: showCommit(commitOf(store, base)),
    merge_base_commit: showCommit(commitOf(store, ahead === null ? head : base)),
    commits: items.map(showCommit),
    files: isFirst && ahead !== null ? changedFiles(store, base, head) : [],
  };
  return { status: 200, body, headers };
}

const showCommit = (sha: string) => ({ sha, html_url: `https://github.com/${OWNER}/${REPO}/commit/${sha}` });

/** By path. Without `patch`, as for files that are large or not text. */
function changedFiles(store: Store, base: string, head: string): unknown[] {
  const before = filesOf(store, base);
  const after = filesOf(store, head);
  const paths = [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path));
  return paths.sort().map((filename) => {
    const [old, text] = [before.get(filename), after.get(filename)];
    const additions = linesOnlyIn(text, old);
    const deletions = linesOnlyIn(old, text);
    const status = old === undefined ? "added" : text === undefined ? "removed" : "modified";
    return { filename, status, sha: blobOf(text ?? old ?? ""), additions, deletions, changes: additions + deletions };
  });
}

function linesOnlyIn(text = "", other = ""): number {
  const lines = new Set(other.split("\n"));
  return text.split("\n").filter((line) => !lines.has(line)).length;
}

function showRepo(store: Store, { url }: Call) {
  const full_name = `${OWNER}/${REPO}`;
  const visibility = store.isPrivate ? "private" : "public";
  return {
    ...{ id: 1, name: REPO, full_name, owner: { login: OWNER, type: "Organization" }, private: store.isPrivate, visibility, fork: false },
    default_branch: "main",
    url: `${url.origin}/repos/${full_name}`,
    html_url: `https://github.com/${full_name}`,
  };
}

const headLabel = ({ number, pull }: PullIssue): string => `${pull.fork ? "stranger" : OWNER}:topic-${number}`;

/** As in lists: `merged` stands only in the answer for one. */
function showPull(store: Store, issue: PullIssue, call: Call) {
  const { number, title, body, state, user, created_at, updated_at, pull } = issue;
  const repo = showRepo(store, call);
  const fork = { ...repo, id: 2, full_name: `stranger/${REPO}`, owner: { login: "stranger", type: "User" }, fork: true };
  return {
    ...{ id: number, number, title, body, state, user, created_at, updated_at, draft: false },
    labels: issue.labels.map((name) => ({ name })),
    closed_at: state === "closed" ? updated_at : null,
    merged_at: pull.merged ? updated_at : null,
    merge_commit_sha: pull.merge_commit_sha ?? null,
    head: { label: headLabel(issue), ref: `topic-${number}`, sha: pull.head_sha, repo: pull.fork ? fork : repo },
    base: { label: `${OWNER}:main`, ref: "main", sha: pull.base_sha, repo },
    url: `${repo.url}/pulls/${number}`,
    html_url: `${repo.html_url}/pull/${number}`,
  };
}
