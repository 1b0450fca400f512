import { type Call, invalid, isRecord, listed, missing, needed, notFound, oneOf, Refusal, type Routes, stringOf } from "./github-http.js";
import { BOT, commitOf, type Deployment, type DeploymentStatus, isKnown, now, OWNER, REPO, type Store } from "./github-store.js";

const STATES = ["error", "failure", "inactive", "in_progress", "queued", "pending", "success"] as const;
const MAX_DESCRIPTION = 140;
const PASSED = ["success", "neutral", "skipped"];

/** Deployments and their statuses, newest first (docs, "REST API endpoints for deployments", "... for deployment statuses"). */
export const DEPLOYMENT_ROUTES: Routes = {
  "GET /deployments": (store, call) => {
    const fits = (deployment: Deployment): boolean =>
      (["sha", "ref", "task", "environment"] as const).every((key) => (call.query.get(key) ?? deployment[key]) === deployment[key]);
    return listed(call, store.deployments.filter(fits).reverse(), (deployment) => showDeployment(deployment, call));
  },
  "POST /deployments": (store, call) => {
    const deployment = create(store, call);
    store.deployments.push(deployment);
    return { status: 201, body: showDeployment(deployment, call) };
  },
  "GET /deployments/{id}": (store, call) => ({ status: 200, body: showDeployment(deploymentOf(store, call), call) }),
  "GET /deployments/{id}/statuses": (store, call) => {
    const deployment = deploymentOf(store, call);
    return listed(call, [...deployment.statuses].reverse(), (status) => showStatus(status, deployment, call));
  },
  "POST /deployments/{id}/statuses": (store, call) => {
    const deployment = deploymentOf(store, call);
    const state = oneOf(call.body, "state", STATES);
    if (state === undefined) throw missing("state");
    const description = stringOf(call.body, "description") ?? "";
    if ([...description].length > MAX_DESCRIPTION)
      throw invalid("DeploymentStatus", "description", "custom", `description is too long (maximum is ${MAX_DESCRIPTION} characters)`);
    const status = statusOf(store, state, description, stringOf(call.body, "log_url"));
    deployment.statuses.push(status);
    if (state === "success" && call.body["auto_inactive"] !== false) retireOthers(store, deployment);
    return { status: 201, body: showStatus(status, deployment, call) };
  },
};

function create(store: Store, { body }: Call): Deployment {
  const ref = needed(body, "ref");
  if (!isKnown(store, ref)) throw new Refusal(422, `No ref found for: ${ref}`);
  const sha = commitOf(store, ref);
  checkContexts(store, ref, sha, body["required_contexts"] ?? undefined);
  const environment = stringOf(body, "environment") ?? "production";
  return {
    id: store.nextId(),
    sha,
    ref,
    task: stringOf(body, "task") ?? "deploy",
    environment,
    description: stringOf(body, "description") ?? null,
    payload: isRecord(body["payload"]) || typeof body["payload"] === "string" ? body["payload"] : {},
    transient: body["transient_environment"] === true,
    production: body["production_environment"] === undefined ? environment === "production" : body["production_environment"] === true,
    created_at: now(),
    statuses: [],
  };
}

/** Unless told which contexts to ask for ([]: none), every check of the commit must have passed; the run's own has not yet. */
function checkContexts(store: Store, ref: string, sha: string, required: unknown): void {
  const asked = Array.isArray(required) ? required.map(String) : null;
  const runs = store.checks.filter(({ head_sha }) => head_sha === sha);
  const passed = (name: string): boolean => PASSED.includes(runs.findLast((run) => run.name === name)?.conclusion ?? "");
  const contexts = (asked ?? [...new Set(runs.map(({ name }) => name))]).filter((name) => !passed(name));
  if (contexts.length === 0) return;
  const error = { contexts, resource: "Deployment", field: "required_contexts", code: "invalid" };
  throw new Refusal(409, `Conflict: Commit status checks failed for ${ref}.`, [error]);
}

/** auto_inactive: earlier successes of the environment end, where it is neither transient nor production. */
function retireOthers(store: Store, { id, environment }: Deployment): void {
  const earlier = store.deployments.filter((other) => other.id < id && other.environment === environment);
  const ends = earlier.filter((other) => !other.transient && !other.production && other.statuses.at(-1)?.state === "success");
  for (const other of ends) other.statuses.push(statusOf(store, "inactive", "", undefined));
}

const statusOf = (store: Store, state: string, description: string, log_url = ""): DeploymentStatus => ({
  ...{ id: store.nextId(), state, description, log_url, created_at: now() },
});

function deploymentOf(store: Store, { params }: Call): Deployment {
  const deployment = store.deployments.find(({ id }) => id === Number(params["id"]));
  if (!deployment) throw notFound();
  return deployment;
}

const urlOf = ({ id }: Deployment, { url }: Call): string => `${url.origin}/repos/${OWNER}/${REPO}/deployments/${id}`;

function showDeployment(deployment: Deployment, call: Call): unknown {
  const { statuses, transient, production, ...fields } = deployment;
  return {
    ...fields,
    original_environment: deployment.environment,
    transient_environment: transient,
    production_environment: production,
    creator: BOT,
    updated_at: statuses.at(-1)?.created_at ?? deployment.created_at,
    url: urlOf(deployment, call),
    statuses_url: `${urlOf(deployment, call)}/statuses`,
  };
}

const showStatus = (status: DeploymentStatus, deployment: Deployment, call: Call): unknown => ({
  ...status,
  environment: deployment.environment,
  creator: BOT,
  updated_at: status.created_at,
  deployment_url: urlOf(deployment, call),
});
