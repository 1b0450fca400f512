import type { Body } from "./github-http.js";

export const OWNER = "acme";
export const REPO = "access";
export const APP = { id: 15368, slug: "github-actions", name: "GitHub Actions" } as const;
export const BOT: User = { login: "github-actions[bot]", type: "Bot" };

export interface User {
  readonly login: string;
  readonly type: "User" | "Bot";
}

export interface Comment {
  readonly id: number;
  body: string;
  readonly user: User;
  readonly created_at: string;
  updated_at: string;
}

export interface PullInput {
  readonly number: number;
  readonly head_sha: string;
  readonly base_sha: string;
  readonly merged?: boolean;
  readonly merge_commit_sha?: string;
  readonly fork?: boolean;
  readonly title?: string;
}

/** An issue or a pull request: GitHub numbers them together, and comments of both are comments of issues. */
export interface Issue {
  readonly number: number;
  title: string;
  body: string;
  state: "open" | "closed";
  labels: readonly string[];
  readonly user: User;
  readonly created_at: string;
  updated_at: string;
  /** Order of the last change; times have whole seconds only. */
  touched: number;
  comments: Comment[];
  pull: PullInput | null;
}

export interface CheckRun {
  readonly id: number;
  name: string;
  readonly head_sha: string;
  status: string;
  conclusion: string | null;
  external_id: string | null;
  details_url: string | null;
  readonly started_at: string;
  completed_at: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations: Body[] };
}

export interface DeploymentStatus {
  readonly id: number;
  readonly state: string;
  readonly description: string;
  readonly log_url: string;
  readonly created_at: string;
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly description: string | null;
  readonly payload: unknown;
  readonly transient: boolean;
  readonly production: boolean;
  readonly created_at: string;
  /** Oldest first. */
  readonly statuses: DeploymentStatus[];
}

/** All that the repository holds. Lists are in order of creation. */
export interface Store {
  isPrivate: boolean;
  readonly issues: Map<number, Issue>;
  readonly checks: CheckRun[];
  readonly deployments: Deployment[];
  readonly branches: Map<string, string>;
  /** Of a ref as it was given, the texts by path; null: not there. */
  readonly files: Map<string, Map<string, string | null>>;
  /** "base...head", as given: commits, oldest first. */
  readonly compares: Map<string, readonly string[]>;
  /** A number never given before. */
  readonly nextId: () => number;
}

export function createStore(): Store {
  let last = 1000;
  return {
    isPrivate: true,
    issues: new Map(),
    checks: [],
    deployments: [],
    branches: new Map([["main", "1".repeat(40)]]),
    files: new Map(),
    compares: new Map(),
    nextId: () => ++last,
  };
}

/** "2026-01-31T12:00:00Z": GitHub's times have no fraction. */
export const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

export function createIssue(store: Store, made: Pick<Issue, "title" | "body" | "labels" | "user">, at?: number): Issue {
  const number = at ?? Math.max(0, ...store.issues.keys()) + 1;
  const time = now();
  const issue: Issue = {
    ...made,
    number,
    state: "open",
    created_at: time,
    updated_at: time,
    touched: store.nextId(),
    comments: [],
    pull: null,
  };
  store.issues.set(number, issue);
  return issue;
}

/** Again with the same number: the pull request as it is then, with the comments it had. */
export function putPull(store: Store, pull: PullInput): void {
  const title = pull.title ?? `Pull request ${pull.number}`;
  const user: User = { login: pull.fork ? "stranger" : "a-person", type: "User" };
  const issue = store.issues.get(pull.number) ?? createIssue(store, { title, body: "", labels: [], user }, pull.number);
  Object.assign(issue, { pull, title, state: pull.merged ? "closed" : "open" });
  touch(store, issue);
}

export function createComment(store: Store, issue: Issue, body: string, user: User): Comment {
  const time = now();
  const comment: Comment = { id: store.nextId(), body, user, created_at: time, updated_at: time };
  issue.comments.push(comment);
  touch(store, issue);
  return comment;
}

export function touch(store: Store, issue: Issue): void {
  issue.touched = store.nextId();
  issue.updated_at = now();
}

const branchName = (ref: string): string => ref.replace(/^(refs\/)?heads\//, "");

/** The commit of a branch; a sha stays as it is. */
export const commitOf = (store: Store, ref: string): string => store.branches.get(branchName(ref)) ?? ref;

/** A commit that something in the store names, or that looks like one. */
export function isKnown(store: Store, ref: string): boolean {
  const pulls = [...store.issues.values()].flatMap(({ pull }) => (pull ? [pull.head_sha, pull.base_sha, pull.merge_commit_sha] : []));
  const names = [...store.files.keys(), ...store.branches.keys(), ...store.branches.values(), ...pulls];
  return /^[0-9a-f]{40}$/.test(ref) || names.includes(branchName(ref));
}

/** The files of a ref: what was set for it, then what was set for the same commit under another name. */
export function filesOf(store: Store, ref: string): ReadonlyMap<string, string> {
  const name = branchName(ref);
  const sha = commitOf(store, ref);
  const others = [...store.branches].filter(([, commit]) => commit === sha).map(([branch]) => branch);
  const layers = [...others, sha, name].map((key) => store.files.get(key) ?? new Map<string, string | null>());
  const all = new Map(layers.flatMap((layer) => [...layer]));
  return new Map([...all].flatMap(([path, text]) => (text === null ? [] : [[path, text] as const])));
}

/** The commits of base...head under the names given, or under their commits. */
export function commitsBetween(store: Store, base: string, head: string): readonly string[] | null {
  for (const [key, shas] of store.compares) {
    const [from = "", to = ""] = key.split("...");
    if (commitOf(store, from) === commitOf(store, base) && commitOf(store, to) === commitOf(store, head)) return shas;
  }
  return commitOf(store, base) === commitOf(store, head) ? [] : null;
}
