import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { type Authority, INSTANCE } from "./authority.js";
import { type KeyRing, keepKey } from "./key-ring.js";
import { recordsOf, type Taker, type TrailRecord } from "./trail-records.js";
import { leaveNote } from "./watched.js";

/**
 * In front of the emulator: decides sts:AssumeRole, learns the keys that are issued, and passes everything else on as it is. Besides, it
 * stands in for the metadata of instances, in the form that AWS_CONTAINER_CREDENTIALS_FULL_URI is for: `GET /instance/ACCOUNT/PROFILE`.
 */
export interface AwsFront {
  readonly endpoint: string;
  readonly stop: () => Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** A call as the emulator would get it. */
export interface FrontCall {
  /** `AssumeRole` of the query protocol, `CloudTrail_20131101.LookupEvents` of the JSON one. */
  readonly action: string;
  readonly body: string;
  readonly parameters: URLSearchParams;
  /** Of its signature. */
  readonly accessKeyId: string;
  readonly region: string;
}

export interface FrontOptions {
  /** Told of every IAM role that is taken. */
  readonly record?: (records: readonly TrailRecord[]) => void;
  /** What the emulator does not do; null: it is the emulator's. */
  readonly answer?: (call: FrontCall) => Promise<Answer | null>;
}

/** On 127.0.0.1 and a free port. */
export async function startAwsFront(upstream: string, authority: Authority, ring: KeyRing, options: FrontOptions = {}): Promise<AwsFront> {
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await all(request);
    const { status, headers, body: text } = await judged(upstream, request, body, authority, ring, options);
    response.writeHead(status, headers);
    response.end(text);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the front of the AWS emulator has no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

const METADATA = "/instance/";

/** What an instance with that profile finds in its metadata. */
async function credentials(path: string, authority: Authority): Promise<Answer> {
  const [account = "", profile = ""] = path.split("/");
  const headers = { "content-type": "application/json" };
  const body = (value: object): Buffer => Buffer.from(JSON.stringify(value));
  return authority.credentialsOfInstance(profile, account).then(
    ({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token, roleArn: RoleArn }) => {
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      return { status: 200, headers, body: body({ AccessKeyId, SecretAccessKey, Token, RoleArn, Expiration }) };
    },
    (error: Error) => ({ status: 404, headers, body: body({ message: error.message }) }),
  );
}

async function judged(
  upstream: string,
  request: IncomingMessage,
  body: Buffer,
  authority: Authority,
  ring: KeyRing,
  options: FrontOptions,
): Promise<Answer> {
  if (request.method === "GET" && request.url?.startsWith(METADATA)) return credentials(request.url.slice(METADATA.length), authority);
  leaveNote("aws-calls", `${request.method} ${request.url} ${body.toString("utf8")}`);
  const call = callOf(request, body);
  const { action, parameters } = call;
  if (action === "AssumeRole") {
    const refusal = await refusalOf(call, authority);
    if (refusal !== null) return accessDenied(refusal);
  }
  const own = await options.answer?.(call);
  if (own) return own;
  const answer = await forward(upstream, request, body);
  if (action === "AssumeRole" && answer.status === 200) options.record?.(await recordsOfCall(call, request, authority));
  const issues = action === "AssumeRole" || action === "CreateAccessKey";
  if (issues && answer.status === 200) keepKey(ring, answer.body.toString("utf8"), parameters.get("Policy"));
  return answer;
}

/** The one that assumes is asked for a second time only when it was let in. */
async function recordsOfCall(call: FrontCall, request: IncomingMessage, authority: Authority): Promise<TrailRecord[]> {
  const caller = await authority.callerOf(call.accessKeyId);
  if (caller === null) return [];
  return recordsOf({
    taker: { type: "principal", ...caller },
    roleArn: call.parameters.get("RoleArn") ?? "",
    session: call.parameters.get("RoleSessionName") ?? "",
    address: request.socket.remoteAddress ?? "",
    region: call.region,
    at: new Date(),
  });
}

/** As CloudTrail has it when EC2 takes an IAM role for an instance. */
export const recordsOfService = (service: string, roleArn: string, region: string): TrailRecord[] => {
  const taker: Taker = { type: "service", service };
  return recordsOf({ taker, roleArn, session: INSTANCE, address: service, region, at: new Date() });
};

async function refusalOf({ accessKeyId, parameters: call }: FrontCall, authority: Authority): Promise<string | null> {
  if (call.has("PolicyArns.member.1.arn")) return "The sandbox does not judge PolicyArns of a session: give it a Policy.";
  return authority.assumeRefusal(accessKeyId, {
    roleArn: call.get("RoleArn") ?? "",
    session: call.get("RoleSessionName") ?? "",
    externalId: call.get("ExternalId"),
  });
}

/** STS, IAM and RDS speak AWS's query protocol, CloudTrail the JSON one. */
function callOf(request: IncomingMessage, bytes: Buffer): FrontCall {
  const body = bytes.toString("utf8");
  const [, query = ""] = (request.url ?? "").split("?");
  const parameters = new URLSearchParams(`${query}&${body}`);
  const [, accessKeyId = "", region = ""] = /Credential=([^/]+)\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? "") ?? [];
  const target = request.headers["x-amz-target"];
  return { action: typeof target === "string" ? target : (parameters.get("Action") ?? ""), body, parameters, accessKeyId, region };
}

async function forward(upstream: string, { method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
  // What is kept must be readable.
  const passed = { ...headers, "accept-encoding": "identity" };
  const sent = httpRequest(new URL(url ?? "/", upstream), { method: method ?? "POST", headers: passed });
  sent.end(body);
  const [response]: IncomingMessage[] = await once(sent, "response");
  if (response === undefined) throw new Error("the emulator did not answer");
  return { status: response.statusCode ?? 502, headers: response.headers, body: await all(response) };
}

async function all(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function accessDenied(message: string): Answer {
  const text = message.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  const error = `<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>${text}</Message></Error><RequestId>sandbox</RequestId>`;
  const body = Buffer.from(`<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${error}</ErrorResponse>`);
  return { status: 403, headers: { "content-type": "text/xml" }, body };
}
