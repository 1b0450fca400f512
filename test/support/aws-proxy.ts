import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { watch } from "./secrets/watch.js";

/**
 * What AWS answers instead of the emulator. `lost`: the call is carried out, its answer is not delivered; `page`: a proxy answers, with 200.
 */
export type Fault = { readonly status: number; readonly code: string; readonly message: string } | "lost" | "page";

export interface AwsProxy {
  readonly endpoint: string;
  /** Names of the API's actions, in order of arrival. */
  readonly calls: string[];
  /** The next `times` calls of that action end so. */
  readonly fail: (action: string, fault: Fault, times?: number) => void;
  /** GetAccountAuthorizationDetails comes in pages, one type of thing each, as AWS may split it. */
  readonly paged: (on: boolean) => void;
  readonly stop: () => Promise<void>;
}

const TYPES = ["Role", "User", "Group", "LocalManagedPolicy"] as const;

/** What the emulator says, as AWS would. */
export type Fill = (request: URLSearchParams, answer: string) => string;

/** What the emulator does not do, in front of it. */
export async function startAwsProxy(upstream: string, fill: Fill = (_request, answer) => answer): Promise<AwsProxy> {
  const calls: string[] = [];
  const faults = new Map<string, { fault: Fault; left: number }>();
  let paging = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const action = body.get("Action") ?? "";
    calls.push(action);
    watch("calls to AWS", body.toString());
    const planned = faults.get(action);
    if (planned && planned.left > 0) {
      planned.left--;
      if (planned.fault === "page") return sendPage(response);
      if (planned.fault !== "lost") return sendError(response, planned.fault, body);
      await forward(upstream, request, body);
      response.destroy();
      return;
    }
    const page = paging && action === "GetAccountAuthorizationDetails" ? onePage(body) : null;
    const { status, text, id } = await forward(upstream, request, body);
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": id });
    response.end(page === null ? fill(body, text) : markTruncated(text, page));
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    fail: (action, fault, times = 1) => void faults.set(action, { fault, left: times }),
    paged: (on) => {
      paging = on;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

export async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly id: string;
}

export async function forward(upstream: string, request: IncomingMessage, body: URLSearchParams): Promise<Answer> {
  const headers = {
    authorization: request.headers.authorization ?? "",
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  };
  const answer = await fetch(upstream + (request.url ?? "/"), { method: "POST", headers, body: body.toString() });
  return { status: answer.status, text: await answer.text(), id: answer.headers.get("x-amzn-requestid") ?? "" };
}

/** Version of the API: EC2 has errors of a form of its own. */
const EC2 = "2016-11-15";

export function sendError(response: ServerResponse, { status, code, message }: Exclude<Fault, string>, body: URLSearchParams): void {
  const around = body.get("Version") === EC2 ? ["Response", "Errors"] : ["ErrorResponse"];
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  response.writeHead(status, { "content-type": "text/xml" });
  response.end(around.reduceRight((inner, name) => `<${name}>${inner}</${name}>`, error));
}

function sendPage(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/html" });
  response.end("<html><head></head><body><p>Sign in</p></body></html>");
}

/** Narrows the request to the types of its page; gives the marker of the next one. */
function onePage(body: URLSearchParams): string | null {
  const at = Number(body.get("Marker") ?? 0);
  for (const name of [...body.keys()]) if (/^(Filter|Marker|MaxItems)/.test(name)) body.delete(name);
  body.set("Filter.member.1", TYPES[at] ?? "Role");
  return at + 1 < TYPES.length ? String(at + 1) : null;
}

const markTruncated = (text: string, marker: string): string =>
  text.replace(/<IsTruncated>false<\/IsTruncated>/, `<IsTruncated>true</IsTruncated><Marker>${marker}</Marker>`);
