import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createDeploymentStore, type DeploymentStore, type Reply } from "./github-deployments.js";
import { afterwards, pullsGap } from "./github-pulls.js";
import { watch } from "./secrets/watch.js";

export interface GithubProxy {
  readonly url: string;
  /** `POST /repos/acme/access/issues/1/comments`, in order of arrival, without queries. */
  readonly calls: string[];
  /** After `skip` calls that match, the next `times` are answered so, and not carried out. */
  readonly fail: (call: RegExp, reply: Partial<Reply> & { readonly status: number }, times?: number, skip?: number) => void;
  readonly deployments: DeploymentStore;
  /** Merge commits of pull requests that were not merged through the API. */
  readonly merged: Map<number, string>;
  readonly stop: () => Promise<void>;
}

/** Login of the app or person behind each token that is good: an app is `SLUG[bot]`. */
type Tokens = ReadonlyMap<string, string>;

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly who: string;
}

/** What the emulator leaves out of GitHub's API: limits of size, bad tokens, deployments, apps of checks, pull requests of commits, who a token is. */
export async function startGithubProxy(upstream: string, tokens: Tokens): Promise<GithubProxy> {
  const calls: string[] = [];
  const faults: { readonly call: RegExp; readonly reply: Reply; left: number; skip: number }[] = [];
  const deployments = createDeploymentStore();
  const appOfCheck = new Map<number, string>();
  const merged = new Map<number, string>();
  const answer = async (request: IncomingMessage): Promise<Reply> => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const name = `${request.method} ${url.pathname}`;
    calls.push(name);
    const fault = faults.find((f) => f.left > 0 && f.call.test(name));
    if (fault && fault.skip > 0) fault.skip--;
    else if (fault) {
      fault.left--;
      return fault.reply;
    }
    const who = tokens.get(/^(?:token|bearer) (.*)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "");
    if (who === undefined) return json(401, { message: "Bad credentials" });
    const call: Call = { method: request.method ?? "GET", path: url.pathname, query: url.searchParams, body: await textOf(request), who };
    watch("call to GitHub", `${name}${url.search} ${call.body}`);
    const api = { url: upstream, headers: headersOf(request) };
    const reply =
      own(call, { deployments, merged, upstream }, request) ??
      (await pullsGap(call, api)) ??
      (await forward(call, upstream, request, url, { apps: appOfCheck, merged }));
    if (reply instanceof Promise || reply.status < 300) await afterwards(call, api);
    return reply;
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (reply) => send(response, reply),
      (error: Error) => send(response, json(500, { message: error.message })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    calls,
    fail: (call, reply, times = 1, skip = 0) => void faults.push({ call, reply: { body: "{}", headers: {}, ...reply }, left: times, skip }),
    deployments,
    merged,
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body), headers: {} });

interface Gaps {
  readonly deployments: DeploymentStore;
  readonly merged: ReadonlyMap<number, string>;
  readonly upstream: string;
}

/** Answers of our own; undefined: the emulator's turn. */
function own(call: Call, { deployments, merged, upstream }: Gaps, request: IncomingMessage): Reply | Promise<Reply> | undefined {
  const { method, path, body, who } = call;
  if (path === "/graphql") return json(200, { data: { viewer: { login: who } } });
  if (path === "/user" && who.endsWith("[bot]")) return json(403, { message: "Resource not accessible by integration" });
  if (/\/deployments(\/|$)/.test(path)) return deployments.answer(method, path, call.query, body, who);
  const commit = /^(\/repos\/[^/]+\/[^/]+)\/commits\/([0-9a-f]+)\/pulls$/.exec(path);
  if (commit) return pullsOf(`${upstream}${commit[1]}`, commit[2] ?? "", merged, request);
  return tooLong(call) ?? undefined;
}

/** Limits as GitHub says them. */
function tooLong({ method, path, body }: Call): Reply | null {
  if (method !== "POST" && method !== "PATCH") return null;
  const value = body === "" ? {} : JSON.parse(body);
  if (/\/(comments|issues|pulls)(\/\d+)?(\/comments)?$/.test(path) && (value.body ?? "").length > 65_536)
    return json(422, { message: "Validation Failed: Body is too long (maximum is 65536 characters)" });
  if (!/\/check-runs/.test(path)) return null;
  const { summary = "", text = "", annotations = [] } = value.output ?? {};
  if (Math.max(Buffer.byteLength(summary), Buffer.byteLength(text)) > 65_535)
    return json(422, { message: "Only 65535 characters are allowed" });
  return annotations.length > 50 ? json(422, { message: "No more than 50 annotations" }) : null;
}

interface PullRow {
  readonly number: number;
  readonly merge_commit_sha: string | null;
  readonly merged_at: string | null;
  readonly head: { readonly sha: string };
}

async function pullsOf(repo: string, sha: string, merged: ReadonlyMap<number, string>, request: IncomingMessage): Promise<Reply> {
  const answer = await fetch(`${repo}/pulls?state=all&per_page=100`, { headers: headersOf(request) });
  const rows = (await answer.json()) as readonly PullRow[];
  return json(
    200,
    withMerges(rows, merged).filter((pull) => pull.merge_commit_sha === sha || pull.head.sha === sha),
  );
}

function withMerges(rows: readonly PullRow[], merged: ReadonlyMap<number, string>): PullRow[] {
  return rows.map((pull) => {
    const commit = merged.get(pull.number);
    return commit === undefined ? pull : { ...pull, merge_commit_sha: commit, merged_at: "2026-12-01T00:00:00Z" };
  });
}

interface Known {
  readonly apps: Map<number, string>;
  readonly merged: ReadonlyMap<number, string>;
}

async function forward(call: Call, upstream: string, request: IncomingMessage, url: URL, { apps, merged }: Known): Promise<Reply> {
  const { method, body, path, who } = call;
  const answer = await fetch(`${upstream}${url.pathname}${url.search}`, {
    method,
    headers: headersOf(request),
    ...(body === "" ? {} : { body }),
  });
  const text = await answer.text();
  const link = answer.headers.get("link");
  const headers = {
    "content-type": answer.headers.get("content-type") ?? "application/json",
    ...(link ? { link: link.replaceAll(upstream, `http://${request.headers.host}`) } : {}),
  };
  if (method === "GET" && /\/pulls$/.test(path) && answer.status < 300)
    return { status: answer.status, body: JSON.stringify(withMerges(JSON.parse(text), merged)), headers };
  if (!/\/check-runs/.test(path) || answer.status >= 300) return { status: answer.status, body: text, headers };
  return { status: answer.status, body: JSON.stringify(withApps(JSON.parse(text), method, who, apps)), headers };
}

interface CheckRun {
  readonly id: number;
}

/** A check belongs to the app whose token made it. */
function withApps(
  value: CheckRun | { readonly check_runs: readonly CheckRun[] },
  method: string,
  who: string,
  apps: Map<number, string>,
): unknown {
  const withApp = (run: CheckRun) => ({ ...run, app: { slug: apps.get(run.id) ?? "" } });
  if ("check_runs" in value) return { ...value, check_runs: value.check_runs.map(withApp) };
  if (method === "POST") apps.set(value.id, who.replace(/\[bot\]$/, ""));
  return withApp(value);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const names = ["authorization", "accept", "content-type"] as const;
  return Object.fromEntries(names.flatMap((name) => (request.headers[name] ? [[name, request.headers[name] ?? ""]] : [])));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, body, headers }: Reply): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(status === 204 ? undefined : body);
}
