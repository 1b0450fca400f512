import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { watch } from "./secrets/watch.js";

/** Bytes at which RDS cuts a portion, and lines that it gives at most. */
const CUT_AT = 1_048_576;
const MOST_LINES = 10_000;

export interface HostFile {
  bytes: Buffer;
  lastWritten: number;
}

/**
 * Logs on the hosts of RDS instances, as DescribeDBLogFiles and DownloadDBLogFilePortion give them: a portion has at most 10,000 lines;
 * beyond a mebibyte it is cut within a line, and the marker still moves behind all of its lines. Without the marker "0" the end comes.
 */
export interface LogHost {
  readonly files: Map<string, Map<string, HostFile>>;
  readonly put: (instance: string, name: string, text: string | Buffer, lastWritten?: number) => void;
  /** Before each portion is given: a file may be rotated away. */
  beforePortion: (instance: string, name: string, offset: number) => void;
  /** The next portions hold nothing, and say that there is more. */
  empty: number;
  /** Every action, in order. */
  readonly calls: string[];
  readonly portions: { readonly file: string; readonly marker: string | null; readonly lines: number }[];
  /** null: none of its calls. */
  readonly answer: (request: URLSearchParams) => { readonly status: number; readonly text: string } | null;
}

export function createLogHost(): LogHost {
  const host: LogHost = {
    files: new Map(),
    put: (instance, name, text, lastWritten = Date.now()) => {
      const files = host.files.get(instance) ?? new Map<string, HostFile>();
      files.set(name, { bytes: Buffer.from(text), lastWritten });
      host.files.set(instance, files);
    },
    beforePortion: () => undefined,
    empty: 0,
    calls: [],
    portions: [],
    answer: (request) => {
      const action = request.get("Action");
      if (action === "DescribeDBLogFiles") return listed(host, request);
      return action === "DownloadDBLogFilePortion" ? portion(host, request) : null;
    },
  };
  return host;
}

type Answer = { readonly status: number; readonly text: string };

const missing = (code: string): Answer => ({
  status: 404,
  text: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${code}: not found</Message></Error></ErrorResponse>`,
});

/** Filters are not supported by RDS; these two parameters are. Pages of two. */
function listed({ files }: LogHost, request: URLSearchParams): Answer {
  const of = files.get(request.get("DBInstanceIdentifier") ?? "");
  if (!of) return missing("DBInstanceNotFound");
  const since = Number(request.get("FileLastWritten") ?? 0);
  const part = request.get("FilenameContains") ?? "";
  const all = [...of].filter(([name, { lastWritten }]) => name.includes(part) && lastWritten >= since);
  const at = Number(request.get("Marker") ?? 0);
  const shown = all.slice(at, at + 2).map(([name, { bytes, lastWritten }]) => {
    const fields = `<LogFileName>${name}</LogFileName><LastWritten>${lastWritten}</LastWritten><Size>${bytes.length}</Size>`;
    return `<DescribeDBLogFilesDetails>${fields}</DescribeDBLogFilesDetails>`;
  });
  const marker = at + 2 < all.length ? `<Marker>${at + 2}</Marker>` : "";
  return result("DescribeDBLogFiles", `<DescribeDBLogFiles>${shown.join("")}</DescribeDBLogFiles>${marker}`);
}

function portion(host: LogHost, request: URLSearchParams): Answer {
  const field = (name: string): string => request.get(name) ?? "";
  const [instance, name, marker] = [field("DBInstanceIdentifier"), field("LogFileName"), request.get("Marker")];
  const lines = Math.min(MOST_LINES, Number(request.get("NumberOfLines") ?? MOST_LINES));
  host.portions.push({ file: name, marker, lines });
  const offset = Number(field("Marker").split(":").at(-1));
  host.beforePortion(instance, name, offset);
  if (!host.files.has(instance)) return missing("DBInstanceNotFound");
  const file = host.files.get(instance)?.get(name);
  if (!file) return missing("DBLogFileNotFoundFault");
  if (host.empty > 0) {
    host.empty--;
    return portionOf("", marker ?? "0", true);
  }
  return cutOf(file.bytes, marker === null ? startOfLast(file.bytes, lines) : offset, lines, marker !== null);
}

/** Asked without a marker it says nothing of what is left. */
function cutOf(bytes: Buffer, from: number, lines: number, saysMore: boolean): Answer {
  const to = endOf(bytes, from, lines);
  const whole = bytes.subarray(from, to);
  const isLong = whole.length > CUT_AT;
  const data = isLong ? `${whole.subarray(0, CUT_AT).toString("utf8")}\n [Your log message was truncated]\n` : whole.toString("utf8");
  return portionOf(data, `15:${to}`, saysMore && to < bytes.length);
}

function endOf(bytes: Buffer, from: number, lines: number): number {
  let at = from;
  for (let left = lines; left > 0 && at < bytes.length; left--) {
    const end = bytes.indexOf(10, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  return at;
}

function startOfLast(bytes: Buffer, lines: number): number {
  let at = bytes.length - 1;
  for (let left = lines; left > 0 && at > 0; left--) at = bytes.lastIndexOf(10, at - 1);
  return Math.max(0, at + 1);
}

const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/\r/g, "&#xD;");

const portionOf = (data: string, marker: string, more: boolean): Answer =>
  result(
    "DownloadDBLogFilePortion",
    `<LogFileData>${escaped(data)}</LogFileData><Marker>${marker}</Marker><AdditionalDataPending>${more}</AdditionalDataPending>`,
  );

const result = (action: string, body: string): Answer => ({
  status: 200,
  text: `<${action}Response xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><${action}Result>${body}</${action}Result></${action}Response>`,
});

export interface LogProxy {
  readonly endpoint: string;
  /** Actions that are denied from now on. */
  readonly deny: Set<string>;
  /** What DescribeDBClusters and DescribeDBInstances say that is exported, by id. */
  readonly exports: Map<string, readonly string[]>;
  /** When an instance was made, by id. */
  readonly created: Map<string, number>;
  /** Actions in order of arrival. */
  readonly calls: string[];
  readonly stop: () => Promise<void>;
}

/** In front of the emulator: the hosts' logs, the exports, and filter patterns as CloudWatch understands them, with pages that are empty. */
export async function startLogProxy(upstream: string, host: LogHost): Promise<LogProxy> {
  const proxy = {
    deny: new Set<string>(),
    exports: new Map<string, readonly string[]>(),
    created: new Map<string, number>(),
    calls: [] as string[],
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const { action, isJson } = actionOf(request, body);
    proxy.calls.push(action);
    if (proxy.deny.has(action)) return denied(response, action, isJson);
    const own = isJson ? null : host.answer(new URLSearchParams(body.toString("utf8")));
    if (own !== null) {
      response.writeHead(own.status, { "content-type": "text/xml" });
      return void response.end(own.text);
    }
    if (action === "FilterLogEvents") return filtered(upstream, request, body, response);
    return passed(upstream, request, body, response, (text) =>
      /^DescribeDB(Clusters|Instances)$/.test(action) ? described(text, proxy) : text,
    );
  };
  const server: Server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  return { ...proxy, endpoint: `http://127.0.0.1:${port}`, stop };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  watch("calls to AWS", body.toString());
  return body;
}

/** RDS, IAM and STS name it in the form that they send, CloudWatch in a header. */
function actionOf(request: IncomingMessage, body: Buffer): { readonly action: string; readonly isJson: boolean } {
  const target =
    String(request.headers["x-amz-target"] ?? "")
      .split(".")
      .at(-1) ?? "";
  const action = target === "" ? (new URLSearchParams(body.toString("utf8")).get("Action") ?? "") : target;
  return { action, isJson: target !== "" };
}

const NOT_PASSED = ["host", "connection", "content-length", "transfer-encoding", "expect"];

async function passed(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  fill: (text: string) => string,
): Promise<void> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (!NOT_PASSED.includes(name)) headers.set(name, String(value));
  const answer = await fetch(upstream + (request.url ?? "/"), { method: request.method ?? "POST", headers, body: new Uint8Array(body) });
  const text = await answer.text();
  response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/xml" });
  response.end(fill(text));
}

function denied(response: ServerResponse, action: string, isJson: boolean): void {
  const message = `User: arn:aws:sts::111122223333:assumed-role/reviewer/x is not authorized to perform: ${isJson ? "logs" : "rds"}:${action} on resource: *`;
  if (isJson) {
    response.writeHead(400, { "content-type": "application/x-amz-json-1.1" });
    return void response.end(JSON.stringify({ __type: "AccessDeniedException", message }));
  }
  response.writeHead(403, { "content-type": "text/xml" });
  response.end(`<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${message}</Message></Error></ErrorResponse>`);
}

/** Each element of a description, by its identifier. */
function described(xml: string, { exports, created }: Pick<LogProxy, "exports" | "created">): string {
  return xml.replace(/<(DBCluster|DBInstance)>[\s\S]*?<\/\1>/g, (one, element: string) => {
    const id = new RegExp(`<${element}Identifier>([^<]*)<`).exec(one)?.[1] ?? "";
    const [list, made] = [exports.get(id), created.get(id)];
    const dated = made === undefined ? one : one.replace(/(<InstanceCreateTime>)[^<]*/, `$1${new Date(made).toISOString()}`);
    if (!list) return dated;
    const bare = dated.replace(
      /<EnabledCloudwatchLogsExports>[\s\S]*?<\/EnabledCloudwatchLogsExports>|<EnabledCloudwatchLogsExports\s*\/>/,
      "",
    );
    const members = list.map((name) => `<member>${name}</member>`).join("");
    return bare.replace(
      new RegExp(`</${element}>$`),
      `<EnabledCloudwatchLogsExports>${members}</EnabledCloudwatchLogsExports></${element}>`,
    );
  });
}

/** Events of a page, of which every second one is empty and yet names the next. */
const PAGE = 50;

async function filtered(upstream: string, request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const { nextToken, filterPattern = "", ...input } = JSON.parse(body.toString("utf8"));
  const headers = {
    authorization: request.headers.authorization ?? "",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": String(request.headers["x-amz-target"]),
  };
  const found: { readonly message: string }[] = [];
  let token: string | undefined;
  do {
    const send = JSON.stringify({ ...input, limit: 10_000, ...(token ? { nextToken: token } : {}) });
    const answer = await fetch(upstream, { method: "POST", headers, body: send });
    const page = JSON.parse(await answer.text());
    if (answer.status !== 200) {
      response.writeHead(answer.status, { "content-type": "application/x-amz-json-1.1" });
      return void response.end(JSON.stringify(page));
    }
    found.push(...page.events);
    token = page.nextToken;
  } while (token);
  const terms = [...String(filterPattern).matchAll(/\?"([^"]*)"|\?(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
  const kept = found.filter(({ message }) => terms.length === 0 || terms.some((term) => message.includes(term)));
  const at = Number(nextToken ?? 0);
  const page = Math.floor(at / 2);
  const events = at % 2 === 0 ? [] : kept.slice(page * PAGE, (page + 1) * PAGE);
  const isLast = at % 2 === 1 && (page + 1) * PAGE >= kept.length;
  response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify({ events, ...(isLast ? {} : { nextToken: String(at + 1) }) }));
}
