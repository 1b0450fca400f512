export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** An app acts as `SLUG[bot]`. */
export interface Creator {
  readonly login: string;
  readonly type: "Bot" | "User";
}

export interface Deployment {
  readonly id: number;
  readonly sha: string;
  readonly ref: string;
  readonly task: string;
  readonly environment: string;
  readonly payload: unknown;
  readonly creator: Creator;
  readonly statuses: { readonly state: string; readonly description: string; readonly creator: Creator }[];
}

export interface DeploymentStore {
  /** Oldest first. */
  readonly all: readonly Deployment[];
  readonly answer: (method: string, path: string, query: URLSearchParams, body: string, login: string) => Reply;
}

const json = (status: number, body: unknown): Reply => ({ status, body: JSON.stringify(body), headers: {} });

/** Newest first, with the link that leads to what is older. */
function paged(list: readonly unknown[], path: string, query: URLSearchParams): Reply {
  const size = Number(query.get("per_page") ?? 30);
  const page = Number(query.get("page") ?? 1);
  const reply = json(200, [...list].reverse().slice((page - 1) * size, page * size));
  if (page * size >= list.length) return reply;
  const next = new URLSearchParams([...query].filter(([name]) => name !== "page").concat([["page", String(page + 1)]]));
  return { ...reply, headers: { link: `<${path}?${next}>; rel="next"` } };
}

const creatorOf = (login: string): Creator => ({ login, type: login.endsWith("[bot]") ? "Bot" : "User" });

/** Deployments and their statuses as GitHub keeps them: newest first (docs, "REST API endpoints for deployments"). */
export function createDeploymentStore(): DeploymentStore {
  const all: Deployment[] = [];
  return {
    all,
    answer: (method, path, query, text, login) => {
      const creator = creatorOf(login);
      const body = text === "" ? {} : JSON.parse(text);
      const id = Number(/\/deployments\/(\d+)/.exec(path)?.[1] ?? 0);
      if (id === 0 && method === "GET") {
        const fits = (d: Deployment): boolean =>
          (["environment", "task", "sha"] as const).every((key) => (query.get(key) ?? d[key]) === d[key]);
        return paged(all.filter(fits), path, query);
      }
      if (id === 0) {
        const made = {
          id: all.length + 1,
          sha: body.ref,
          ref: body.ref,
          task: body.task ?? "deploy",
          environment: body.environment,
          payload: body.payload ?? {},
          creator,
          statuses: [],
        };
        all.push(made);
        return json(201, made);
      }
      const deployment = all.find((d) => d.id === id);
      if (!deployment) return json(404, { message: "Not Found" });
      if (method === "GET") return paged(deployment.statuses, path, query);
      deployment.statuses.push({ state: body.state, description: body.description ?? "", creator });
      return json(201, deployment.statuses.at(-1));
    },
  };
}
