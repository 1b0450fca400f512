import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { CHECK_ROUTES } from "./github-check-routes.js";
import { CODE_ROUTES } from "./github-code-routes.js";
import { DEPLOYMENT_ROUTES } from "./github-deployment-routes.js";
import { type Body, findRoute, isRecord, notFound, Refusal, type Reply, type Routes } from "./github-http.js";
import { ISSUE_ROUTES } from "./github-routes.js";
import { APP, BOT, createComment, createStore, OWNER, type PullInput, putPull, REPO, type Store, type User } from "./github-store.js";

export interface GithubServer extends StoreAccess {
  /** http://127.0.0.1:PORT: octokit's baseUrl and GITHUB_API_URL. */
  readonly url: string;
  /** The one token that is accepted: the installation token of GitHub Actions. */
  readonly token: string;
  readonly owner: string;
  readonly repo: string;
  /** Every request that arrived: "METHOD /path", without the query. */
  readonly calls: string[];
  /** The next `times` requests whose "METHOD /path" matches are answered so, and not carried out. */
  readonly fail: (when: RegExp, answer: Answer, times?: number) => void;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** Set-up and checks, not through HTTP. Lists are in order of creation. */
export interface StoreAccess {
  readonly comments: (issue: number) => { id: number; body: string; user: { login: string; type: string } }[];
  readonly addComment: (issue: number, body: string, user?: User) => number;
  readonly checkRuns: (sha: string) => {
    id: number;
    name: string;
    head_sha: string;
    status: string;
    conclusion: string | null;
    external_id: string | null;
    output: { title: string | null; summary: string | null; text: string | null; annotations: unknown[] };
    app: { slug: string };
  }[];
  readonly addPull: (pull: PullInput) => void;
  /** What GET contents answers for that ref, a sha or a branch; null: not there. */
  readonly setFile: (ref: string, path: string, text: string | null) => void;
  readonly setBranch: (name: string, sha: string) => void;
  /** Commits of base...head, oldest first. */
  readonly setCompare: (base: string, head: string, shas: readonly string[]) => void;
  readonly deployments: () => {
    id: number;
    sha: string;
    environment: string;
    task: string;
    payload: unknown;
    statuses: { state: string; description: string }[];
  }[];
  /** Without pull requests. */
  readonly issues: () => { number: number; title: string; body: string; state: string; labels: string[]; comments: string[] }[];
  readonly setPrivate: (isPrivate: boolean) => void;
}

const TOKEN = "ghs_000000000000000000000000000000000000";
const ROUTES: Routes = { ...ISSUE_ROUTES, ...CHECK_ROUTES, ...CODE_ROUTES, ...DEPLOYMENT_ROUTES };

/** GitHub's REST API for one repository, with the limits and errors that its documentation gives. */
export async function startGithub(): Promise<GithubServer> {
  const store = createStore();
  const calls: string[] = [];
  const faults: { readonly when: RegExp; readonly answer: Answer; left: number }[] = [];
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    const name = `${request.method} ${url.pathname}`;
    calls.push(name);
    // A global or sticky pattern would remember where it matched last.
    const fault = faults.find(({ when, left }) => left > 0 && name.search(when) >= 0);
    const body = await bodyOf(request);
    if (!fault) return carryOut(store, request, url, body);
    fault.left--;
    return { body: { message: `Injected: ${fault.answer.status}` }, ...fault.answer };
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch(replyTo)
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    ...{ token: TOKEN, owner: OWNER, repo: REPO, calls },
    fail: (when, reply, times = 1) => void faults.push({ when, answer: reply, left: times }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    ...accessTo(store),
  };
}

function carryOut(store: Store, request: IncomingMessage, url: URL, text: string): Reply {
  const token = /^(?:token|bearer) (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token !== TOKEN) throw new Refusal(401, "Bad credentials");
  if (url.pathname === "/user") throw new Refusal(403, "Resource not accessible by integration");
  const [, owner = "", repo = "", path = ""] = /^\/repos\/([^/]+)\/([^/]+)(.*)$/.exec(url.pathname) ?? [];
  if (`${owner}/${repo}`.toLowerCase() !== `${OWNER}/${REPO}`) throw notFound();
  const route = findRoute(ROUTES, request.method ?? "GET", path);
  if (!route) throw notFound();
  const accept = request.headers.accept ?? "";
  return route.handler(store, { params: route.params, query: url.searchParams, body: parsed(text), accept, url });
}

function parsed(text: string): Body {
  if (text === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    if (isRecord(value)) return value;
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
  throw new Refusal(400, "Body should be a JSON object");
}

const replyTo = (error: unknown): Reply =>
  error instanceof Refusal ? error.reply : { status: 500, body: { message: `The stand-in failed: ${String(error)}` } };

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, body, text, headers }: Reply): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(status === 204 ? undefined : (text ?? JSON.stringify(body)));
}

/** Copies: a test that changes them changes nothing here. */
function accessTo(store: Store): StoreAccess {
  return {
    comments: (issue) => structuredClone(store.issues.get(issue)?.comments ?? []),
    addComment: (number, body, user = BOT) => {
      const issue = store.issues.get(number);
      if (!issue) throw new Error(`There is no issue or pull request ${number}: make it first, with addPull or over HTTP.`);
      return createComment(store, issue, body, user).id;
    },
    checkRuns: (sha) => structuredClone(store.checks.filter(({ head_sha }) => head_sha === sha).map((run) => ({ ...run, app: APP }))),
    addPull: (pull) => putPull(store, pull),
    setFile: (ref, path, text) => void store.files.set(ref, new Map(store.files.get(ref)).set(path, text)),
    setBranch: (name, sha) => void store.branches.set(name, sha),
    setCompare: (base, head, shas) => void store.compares.set(`${base}...${head}`, [...shas]),
    deployments: () => structuredClone(store.deployments),
    issues: () =>
      [...store.issues.values()]
        .filter(({ pull }) => pull === null)
        .map(({ number, title, body, state, labels, comments }) => {
          return { number, title, body, state, labels: [...labels], comments: comments.map((comment) => comment.body) };
        }),
    setPrivate: (isPrivate) => {
      store.isPrivate = isPrivate;
    },
  };
}
