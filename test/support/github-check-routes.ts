import {
  type Body,
  type Call,
  invalid,
  isRecord,
  listed,
  missing,
  needed,
  notFound,
  oneOf,
  page,
  Refusal,
  type Routes,
  recordsOf,
  stringOf,
} from "./github-http.js";
import { APP, type CheckRun, commitOf, now, OWNER, REPO, type Store } from "./github-store.js";

const STATES = ["queued", "in_progress", "completed"] as const;
const ENDS = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"] as const;
const LEVELS = ["notice", "warning", "failure"] as const;
const MAX_BYTES = 65_535;
const MAX_ANNOTATIONS = 50;

/** Check runs (docs, "REST API endpoints for check runs"). */
export const CHECK_ROUTES: Routes = {
  "POST /check-runs": (store, call) => {
    const { body } = call;
    const run: CheckRun = {
      id: store.nextId(),
      name: needed(body, "name"),
      head_sha: needed(body, "head_sha"),
      status: "queued",
      conclusion: null,
      external_id: null,
      details_url: null,
      started_at: stringOf(body, "started_at") ?? now(),
      completed_at: null,
      output: { title: null, summary: null, text: null, annotations: [] },
    };
    change(run, body, ["title", "summary"]);
    store.checks.push(run);
    return { status: 201, body: showRun(run, call) };
  },
  "GET /check-runs/{id}": (store, call) => ({ status: 200, body: showRun(runOf(store, call), call) }),
  "PATCH /check-runs/{id}": (store, call) => {
    const run = runOf(store, call);
    change(run, call.body, ["summary"]);
    return { status: 200, body: showRun(run, call) };
  },
  "GET /check-runs/{id}/annotations": (store, call) => listed(call, runOf(store, call).output.annotations, (annotation) => annotation),
  "GET /commits/{ref+}/check-runs": (store, call) => {
    const runs = wanted(store, call);
    const { items, headers } = page(call, runs);
    return { status: 200, body: { total_count: runs.length, check_runs: items.map((run) => showRun(run, call)) }, headers };
  },
};

function runOf(store: Store, { params }: Call): CheckRun {
  const run = store.checks.find(({ id }) => id === Number(params["id"]));
  if (!run) throw notFound();
  return run;
}

/** Newest first; of each name the latest only, unless all are asked for. */
function wanted(store: Store, { params, query }: Call): CheckRun[] {
  const sha = commitOf(store, params["ref"] ?? "");
  const ofCommit = store.checks.filter(({ head_sha }) => head_sha === sha).reverse();
  const latest = ofCommit.filter((run, at) => ofCommit.findIndex(({ name }) => name === run.name) === at);
  const fits = (run: CheckRun): boolean =>
    (query.get("check_name") ?? run.name) === run.name &&
    (query.get("status") ?? run.status) === run.status &&
    (query.get("app_id") ?? String(APP.id)) === String(APP.id);
  return (query.get("filter") === "all" ? ofCommit : latest).filter(fits);
}

/** Checks everything first: a refused request changes nothing. */
function change(run: CheckRun, body: Body, required: readonly string[]): void {
  const output = outputOf(run, body["output"] ?? undefined, required);
  const end = oneOf(body, "conclusion", ENDS);
  const status = end === undefined ? oneOf(body, "status", STATES) : "completed";
  if (status === "completed" && end === undefined && run.conclusion === null) throw missing("conclusion");
  const running = (status ?? run.status) !== "completed";
  Object.assign(run, {
    name: stringOf(body, "name") ?? run.name,
    status: status ?? run.status,
    conclusion: running ? null : (end ?? run.conclusion),
    completed_at: running ? null : (stringOf(body, "completed_at") ?? run.completed_at ?? now()),
    external_id: stringOf(body, "external_id") ?? run.external_id,
    details_url: stringOf(body, "details_url") ?? run.details_url,
    output,
  });
}

/** Annotations add up over requests; the texts are replaced. */
function outputOf({ output }: CheckRun, given: unknown, required: readonly string[]): CheckRun["output"] {
  if (given === undefined) return output;
  if (!isRecord(given)) throw new Refusal(422, "Invalid request.\n\nFor 'properties/output', not an object.");
  for (const key of required) needed(given, key);
  const annotations = recordsOf(given, "annotations");
  if (annotations.length > MAX_ANNOTATIONS)
    throw new Refusal(422, `Invalid request.\n\nNo more than ${MAX_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`);
  for (const annotation of annotations) checkAnnotation(annotation);
  return {
    title: stringOf(given, "title") ?? output.title,
    summary: limited(given, "summary") ?? output.summary,
    text: limited(given, "text") ?? output.text,
    annotations: [...output.annotations, ...annotations],
  };
}

function checkAnnotation(annotation: Body): void {
  for (const key of ["path", "message"]) needed(annotation, key);
  for (const key of ["start_line", "end_line"]) if (!Number.isInteger(annotation[key])) throw invalid("CheckRun", key, "invalid");
  if (oneOf(annotation, "annotation_level", LEVELS) === undefined) throw missing("annotation_level");
}

/** GitHub says characters and counts bytes (github/rest-api-description#5399). */
function limited(output: Body, key: string): string | undefined {
  const text = stringOf(output, key);
  const size = Buffer.byteLength(text ?? "");
  if (size > MAX_BYTES) throw new Refusal(422, `Invalid request.\n\nOnly ${MAX_BYTES} characters are allowed; ${size} were supplied.`);
  return text;
}

function showRun(run: CheckRun, { url }: Call): unknown {
  const api = `${url.origin}/repos/${OWNER}/${REPO}/check-runs/${run.id}`;
  const { annotations, ...texts } = run.output;
  return {
    ...run,
    url: api,
    html_url: `https://github.com/${OWNER}/${REPO}/runs/${run.id}`,
    output: { ...texts, annotations_count: annotations.length, annotations_url: `${api}/annotations` },
    app: APP,
    pull_requests: [],
  };
}
