import { createEmulator } from "emulate";
import { App, Octokit } from "octokit";
import { type GithubProxy, startGithubProxy } from "./github-proxy.js";

export interface Github {
  /** For GITHUB_API_URL. */
  readonly url: string;
  /** What a workflow run gets: it writes as github-actions[bot]. */
  readonly token: string;
  readonly proxy: GithubProxy;
  /** As the run's token. */
  readonly bot: Octokit;
  /** As the owner of the repository, a person. */
  readonly owner: Octokit;
  /** As another app: deployments only. */
  readonly otherApp: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
  readonly tip: () => Promise<string>;
  /** Commits files to a branch, made from the tip of main when it is not there; its head. */
  readonly commit: (branch: string, files: Readonly<Record<string, string>>) => Promise<string>;
  /** Into main, or another branch. */
  readonly open: (branch: string, base?: string) => Promise<Pull>;
  /** Squashed; the commit on main. */
  readonly merge: (number: number) => Promise<string>;
  /** The same onto a main that moved on since the pull request was opened, with the file as the merge makes it. */
  readonly mergeOnto: (number: number, files: Readonly<Record<string, string>>) => Promise<string>;
  readonly comments: (issue: number) => Promise<{ id: number; body: string; login: string }[]>;
  readonly checks: (sha: string) => Promise<{ id: number; name: string; conclusion: string | null; title: string; text: string }[]>;
  readonly stop: () => Promise<void>;
}

export interface Pull {
  readonly number: number;
  readonly headSha: string;
  readonly baseSha: string;
  /** Name of the base branch. */
  readonly base: string;
}

const AT = { owner: "acme", repo: "access" } as const;
const RIGHTS = { contents: "write", issues: "write", checks: "write", pull_requests: "write", deployments: "write", metadata: "read" };

/** GitHub's API, emulated with real commits and merges, and a proxy for what the emulator lacks. */
export async function startGithub(isPrivate = true): Promise<Github> {
  const emulator = await createEmulator({ service: "github", port: 0, seed: seed(isPrivate) });
  const privateKey = emulator.generatedSecrets.find((s) => s.kind === "github.app_private_key")?.value ?? "";
  const token = await installationToken(emulator.url, privateKey);
  const proxy = await startGithubProxy(
    emulator.url,
    new Map([
      [token, "github-actions[bot]"],
      ["owner-token", "a-person"],
      ["other-token", "other-app[bot]"],
    ]),
  );
  const client = (auth: string): Octokit =>
    new Octokit({ auth, baseUrl: proxy.url, throttle: { enabled: false }, retry: { enabled: false } });
  const owner = client("owner-token");
  const done = actions(owner);
  // The emulator would merge onto the main of the time when the pull request was opened.
  const mergeOnto: Github["mergeOnto"] = async (pull_number, files) => {
    const sha = await done.commit("main", files);
    await owner.rest.pulls.update({ ...AT, pull_number, state: "closed" });
    proxy.merged.set(pull_number, sha);
    return sha;
  };
  return {
    url: proxy.url,
    token,
    proxy,
    bot: client(token),
    owner,
    otherApp: client("other-token"),
    at: AT,
    ...done,
    mergeOnto,
    stop: async () => {
      await proxy.stop();
      await emulator.close();
    },
  };
}

const seed = (isPrivate: boolean) => ({
  tokens: { "owner-token": { login: AT.owner, scopes: ["repo"] } },
  github: {
    users: [{ login: AT.owner }],
    repos: [{ owner: AT.owner, name: AT.repo, private: isPrivate, auto_init: true }],
    apps: [
      {
        app_id: 15368,
        slug: "github-actions",
        name: "GitHub Actions",
        permissions: RIGHTS,
        events: [],
        installations: [{ installation_id: 1, account: AT.owner, repository_selection: "all" }],
      },
    ],
  },
});

async function installationToken(baseUrl: string, privateKey: string): Promise<string> {
  const app = new App({ appId: 15368, privateKey, Octokit: Octokit.defaults({ baseUrl }) });
  const octokit = await app.getInstallationOctokit(1);
  const { token } = (await octokit.auth({ type: "installation" })) as { readonly token: string };
  return token;
}

function actions(owner: Octokit): Pick<Github, "tip" | "commit" | "open" | "merge" | "comments" | "checks"> {
  const tip = async (branch = "main"): Promise<string> => (await owner.rest.repos.getBranch({ ...AT, branch })).data.commit.sha;
  return {
    tip: () => tip(),
    commit: async (branch, files) => {
      const known = await tip(branch).catch(() => null);
      if (known === null) await owner.rest.git.createRef({ ...AT, ref: `refs/heads/${branch}`, sha: await tip() });
      for (const [path, text] of Object.entries(files)) await putFile(owner, branch, path, text);
      return await tip(branch);
    },
    open: async (branch, base = "main") => {
      const { data } = await owner.rest.pulls.create({ ...AT, title: branch, head: branch, base });
      return { number: data.number, headSha: data.head.sha, baseSha: data.base.sha, base };
    },
    merge: async (pull_number) => (await owner.rest.pulls.merge({ ...AT, pull_number, merge_method: "squash" })).data.sha,
    comments: async (issue_number) => {
      const list = await owner.paginate(owner.rest.issues.listComments, { ...AT, issue_number, per_page: 100 });
      return list.map((c) => ({ id: c.id, body: c.body ?? "", login: c.user?.login ?? "" }));
    },
    checks: async (ref) => {
      const { data } = await owner.rest.checks.listForRef({ ...AT, ref, filter: "all", per_page: 100 });
      return data.check_runs.map((c) => ({
        id: c.id,
        name: c.name,
        conclusion: c.conclusion,
        title: c.output.title ?? "",
        text: c.output.text ?? "",
      }));
    },
  };
}

async function putFile(owner: Octokit, branch: string, path: string, text: string): Promise<void> {
  const there = await owner.rest.repos.getContent({ ...AT, path, ref: branch }).catch(() => null);
  const sha = there && "sha" in there.data ? { sha: there.data.sha } : {};
  const content = Buffer.from(text).toString("base64");
  await owner.rest.repos.createOrUpdateFileContents({ ...AT, path, branch, message: `change ${path}`, content, ...sha });
}
