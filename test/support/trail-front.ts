import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { lookUp } from "../../src/sandbox/event-history.js";
import { watch } from "./secrets/watch.js";

/** A record of CloudTrail, as JSON. */
export type TrailRecord = Readonly<Record<string, unknown>> & { readonly eventTime: string; readonly eventName: string };

/** What the emulator lacks of CloudTrail and of IAM's last use, in front of it; all else goes on as it is. */
export interface TrailFront {
  readonly endpoint: string;
  /** A record in the history of an account and Region; in another order than that of time, too. */
  readonly seed: (account: string, region: string, record: TrailRecord) => void;
  /** `throttled`: more than the rate of an account and Region. */
  readonly calls: { readonly action: string; readonly account: string; readonly region: string; readonly throttled: boolean }[];
  /** RoleLastUsed, by the role's name; of every account. */
  readonly lastUsed: (role: string, at: string, region: string) => void;
  /** The advisor's dates by ARN and service. */
  readonly advise: (arn: string, services: Readonly<Record<string, string | null>>) => void;
  readonly deny: (account: string, action: string) => void;
  readonly stop: () => Promise<void>;
}

export interface FrontOptions {
  /** null: nothing else is answered. */
  readonly upstream: string | null;
  /** Accounts by access key; others are those that AssumeRole gave. */
  readonly keys: ReadonlyMap<string, string>;
  readonly perSecond?: number;
  /** Whether the history finds events by the ARN of the role that was taken. */
  readonly findsByArn?: boolean;
}

const isByArn = (body: Record<string, unknown>): boolean => JSON.stringify(body["LookupAttributes"] ?? []).includes('"ResourceName"');

export async function startTrailFront({ upstream, keys, perSecond = 2, findsByArn = true }: FrontOptions): Promise<TrailFront> {
  const history = new Map<string, TrailRecord[]>();
  const accounts = new Map(keys);
  const arrivals = new Map<string, number[]>();
  const used = new Map<string, string>();
  const denied = new Set<string>();
  const calls: TrailFront["calls"] = [];
  const advisor = createAdvisor();

  const lookup = (who: Who, body: Record<string, unknown>, response: ServerResponse): void => {
    const lane = `${who.account} ${who.region}`;
    const now = Date.now();
    const recent = (arrivals.get(lane) ?? []).filter((at) => now - at < 1000);
    const throttled = recent.length >= perSecond;
    calls.push({ action: "LookupEvents", ...who, throttled });
    if (throttled) {
      sendJson(response, 400, { __type: "ThrottlingException", message: "Rate exceeded" });
      return;
    }
    arrivals.set(lane, [...recent, now]);
    if (denied.has(`${who.account} LookupEvents`)) {
      const message = `User: arn:aws:iam::${who.account}:user/nobody is not authorized to perform: cloudtrail:LookupEvents because no identity-based policy allows the cloudtrail:LookupEvents action`;
      sendJson(response, 400, { __type: "AccessDeniedException", message });
      return;
    }
    const all = isByArn(body) && !findsByArn ? [] : (history.get(lane) ?? []);
    const { status, body: page } = lookUp(
      all.map((record) => ({ account: who.account, region: who.region, record })),
      who,
      JSON.stringify(body),
      now,
    );
    sendJson(response, status, JSON.parse(page.toString("utf8")));
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    watch("calls to AWS", body.toString("utf8"));
    const who = whoOf(request, accounts);
    const [, target = ""] = String(request.headers["x-amz-target"] ?? "").split(".");
    if (target === "LookupEvents") return lookup(who, JSON.parse(body.toString("utf8")), response);
    const action = new URLSearchParams(body.toString("utf8")).get("Action") ?? target;
    calls.push({ action, ...who, throttled: false });
    const advised = advisor.answer(action, new URLSearchParams(body.toString("utf8")), who.key);
    if (advised) return sendXml(response, advised.status, advised.text);
    if (upstream === null) return sendXml(response, 500, "<html></html>");
    const { status, headers, text } = await forward(upstream, request, body, target);
    if (action === "AssumeRole") learn(accounts, text);
    response.writeHead(status, headers);
    response.end(action === "GetAccountAuthorizationDetails" ? withLastUsed(text, used) : text);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    seed: (account, region, record) => {
      const lane = `${account} ${region}`;
      history.set(lane, [...(history.get(lane) ?? []), record]);
    },
    calls,
    lastUsed: (role, at, region) => void used.set(role, `<LastUsedDate>${at}</LastUsedDate><Region>${region}</Region>`),
    advise: advisor.advise,
    deny: (account, action) => void denied.add(`${account} ${action}`),
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

interface Who {
  readonly key: string;
  readonly account: string;
  readonly region: string;
}

function whoOf(request: IncomingMessage, accounts: ReadonlyMap<string, string>): Who {
  const [, key = "", region = ""] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
  return { key, account: accounts.get(key) ?? "", region };
}

function learn(accounts: Map<string, string>, xml: string): void {
  const [, key] = /<AccessKeyId>([^<]+)</.exec(xml) ?? [];
  const [, account] = /<Arn>arn:[^:]+:sts::(\d+):/.exec(xml) ?? [];
  if (key && account) accounts.set(key, account);
}

/** The emulator says `<RoleLastUsed></RoleLastUsed>` of every IAM role. */
const withLastUsed = (xml: string, used: ReadonlyMap<string, string>): string =>
  xml
    .replace(/<RoleLastUsed\s*\/>|<RoleLastUsed>\s*<\/RoleLastUsed>/g, "")
    .replace(/<RoleName>([^<]+)<\/RoleName>/g, (all, name: string) => {
      const use = used.get(name);
      return use === undefined ? all : `${all}<RoleLastUsed>${use}</RoleLastUsed>`;
    });

/** Jobs of IAM's access advisor: one answer says that it goes on, and only the keys that began it may read it. */
function createAdvisor() {
  const jobs = new Map<string, { readonly key: string; readonly arn: string; asked: number }>();
  const dates = new Map<string, Readonly<Record<string, string | null>>>();
  const result = (action: string, content: string): { status: number; text: string } => ({
    status: 200,
    text: `<${action}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${action}Result>${content}</${action}Result></${action}Response>`,
  });
  const read = (action: string, request: URLSearchParams, key: string): { status: number; text: string } => {
    const job = jobs.get(request.get("JobId") ?? "");
    if (!job || job.key !== key) return { status: 404, text: xmlError("NoSuchEntity", "The job is not there, or of another session.") };
    const head = "<JobCreationDate>2026-11-25T00:00:00Z</JobCreationDate>";
    if (job.asked++ === 0) return result(action, `<JobStatus>IN_PROGRESS</JobStatus>${head}<ServicesLastAccessed/>`);
    const all = Object.entries(dates.get(job.arn) ?? {});
    const start = Number(request.get("Marker") ?? 0);
    const size = Number(request.get("MaxItems") ?? 100);
    const members = all.slice(start, start + size).map(([service, at]) => {
      const date = at === null ? "" : `<LastAuthenticated>${at}</LastAuthenticated>`;
      return `<member><ServiceName>${service}</ServiceName><ServiceNamespace>${service}</ServiceNamespace>${date}</member>`;
    });
    const more = start + size < all.length;
    const paging = `<IsTruncated>${more}</IsTruncated>${more ? `<Marker>${start + size}</Marker>` : ""}`;
    const done = "<JobCompletionDate>2026-11-25T00:00:01Z</JobCompletionDate>";
    return result(
      action,
      `<JobStatus>COMPLETED</JobStatus>${head}${done}<ServicesLastAccessed>${members.join("")}</ServicesLastAccessed>${paging}`,
    );
  };
  return {
    advise: (arn: string, services: Readonly<Record<string, string | null>>) => void dates.set(arn, services),
    answer: (action: string, request: URLSearchParams, key: string): { status: number; text: string } | null => {
      if (action === "GetServiceLastAccessedDetails") return read(action, request, key);
      if (action !== "GenerateServiceLastAccessedDetails") return null;
      const id = `00000000-0000-0000-0000-${String(jobs.size).padStart(12, "0")}`;
      jobs.set(id, { key, arn: request.get("Arn") ?? "", asked: 0 });
      return result(action, `<JobId>${id}</JobId>`);
    },
  };
}

const xmlError = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" });
  response.end(JSON.stringify(body));
}

function sendXml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/xml" });
  response.end(text);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** @param target the action of JSON: the emulator calls its answers a page, which no client of ours reads */
async function forward(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer, target: string) {
  const passed = Object.fromEntries(
    ["authorization", "content-type", "x-amz-target", "x-amz-date", "x-amz-security-token"].flatMap((name) => {
      const value = headers[name];
      return typeof value === "string" ? [[name, value]] : [];
    }),
  );
  const answer = await fetch(upstream + (url ?? "/"), { method: method ?? "POST", headers: passed, body: new Uint8Array(body) });
  const kept = { "content-type": target === "" ? (answer.headers.get("content-type") ?? "text/xml") : "application/x-amz-json-1.1" };
  return { status: answer.status, headers: kept, text: await answer.text() };
}
