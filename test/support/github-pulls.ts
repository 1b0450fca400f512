import type { Reply } from "./github-deployments.js";
import type { Call } from "./github-proxy.js";

/** The emulator behind the proxy. */
interface Api {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface Row {
  readonly number: number;
  readonly head: { readonly ref: string };
  readonly base: { readonly ref: string };
}

const json = (status: number, message: string): Reply => ({ status, body: JSON.stringify({ message }), headers: {} });
const BRANCH = /^(\/repos\/[^/]+\/[^/]+)\/git\/refs\/heads\/(.+)$/;

/** What GitHub refuses of a pull request, and the emulator does not: a second one of a branch, and one without a commit. */
export async function pullsGap({ method, path, body }: Call, api: Api): Promise<Reply | undefined> {
  const repo = /^(\/repos\/[^/]+\/[^/]+)\/pulls$/.exec(path)?.[1];
  if (method !== "POST" || repo === undefined) return undefined;
  const { head, base } = JSON.parse(body);
  const open = await openPulls(api, repo);
  if (open.some((pull) => pull.head.ref === head && pull.base.ref === base))
    return json(422, `Validation Failed: "A pull request already exists for ${repo.split("/")[2]}:${head}."`);
  const [from, to] = [await tip(api, repo, head), await tip(api, repo, base)];
  return from === to ? json(422, `Validation Failed: "No commits between ${base} and ${head}"`) : undefined;
}

/** A branch that goes, or comes to be no more than the base, takes its open pull requests with it: GitHub closes them. */
export async function afterwards({ method, path }: Call, api: Api): Promise<void> {
  const [, repo = "", name = ""] = BRANCH.exec(decodeURIComponent(path)) ?? [];
  if (repo === "" || !["PATCH", "DELETE"].includes(method)) return;
  const now = await tip(api, repo, name);
  for (const { number, head, base } of await openPulls(api, repo)) {
    if (head.ref === name && (now === null || now === (await tip(api, repo, base.ref)))) {
      await fetch(`${api.url}${repo}/pulls/${number}`, { method: "PATCH", headers: api.headers, body: '{"state":"closed"}' });
    }
  }
}

async function openPulls({ url, headers }: Api, repo: string): Promise<Row[]> {
  return (await (await fetch(`${url}${repo}/pulls?state=open&per_page=100`, { headers })).json()) as Row[];
}

/** null: there is no such branch. */
async function tip({ url, headers }: Api, repo: string, branch: string): Promise<string | null> {
  const answer = await fetch(`${url}${repo}/git/ref/heads/${branch}`, { headers });
  return answer.ok ? ((await answer.json()) as { readonly object: { readonly sha: string } }).object.sha : null;
}
