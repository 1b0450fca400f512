import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type IamRequest, judge } from "../../src/sandbox/naive-iam.js";
import { bodyOf, forward, sendError } from "./aws-proxy.js";

/** The emulator behind somebody who asks a policy before each call: what it does not allow is refused, as AWS would. */
export interface JudgedAws {
  readonly endpoint: string;
  /** JSON text; null: everything is allowed. */
  readonly allow: (document: string | null) => void;
  /** Actions that were asked for since it was last emptied. */
  readonly asked: Set<string>;
  readonly stop: () => Promise<void>;
}

interface Asked {
  readonly service: string;
  readonly region: string;
  readonly action: string;
  readonly body: URLSearchParams;
}

/** @param roleOf the IAM role that a profile holds: to put the profile on an instance passes it. */
export async function startJudgedAws(upstream: string, account: string, roleOf: (profile: string) => string): Promise<JudgedAws> {
  let document: string | null = null;
  const asked = new Set<string>();
  const arnOf = createArns(account);

  /** One call may need several permissions: tags that come with it, the IAM role that it passes. */
  const requestsOf = (call: Asked): IamRequest[] => {
    const { service, action, body } = call;
    const resource = arnOf(call);
    const policy = body.get("PolicyArn");
    const context = /^(Attach|Detach)/.test(action) && policy ? { "iam:PolicyARN": policy } : {};
    const tagged = /^Create(Role|Policy|InstanceProfile)$/.exec(action)?.[1];
    const passes =
      action === "AddRoleToInstanceProfile"
        ? body.get("RoleName")
        : /^(Associate|Replace)Iam/.test(action) && roleOf((body.get("IamInstanceProfile.Arn") ?? "").replace(/.*\//, ""));
    return [
      { action: `${service}:${action}`, resource, context },
      ...(tagged && body.has("Tags.member.1.Key") ? [{ action: `iam:Tag${tagged}`, resource }] : []),
      ...(passes ? [{ action: "iam:PassRole", resource: `arn:aws:iam::${account}:role/${passes}` }] : []),
    ];
  };
  const refusalOf = (call: Asked): string | null => {
    for (const request of requestsOf(call)) {
      asked.add(request.action);
      if (document !== null && judge([document], request) !== "allow")
        return `User: arn:aws:iam::${account}:user/runner is not authorized to perform: ${request.action} on resource: ${request.resource}`;
    }
    return null;
  };
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const call = { ...scopeOf(request), action: body.get("Action") ?? "", body };
    const refusal = call.service === "sts" ? null : refusalOf(call);
    if (refusal !== null) {
      const code = call.service === "ec2" ? "UnauthorizedOperation" : "AccessDenied";
      return sendError(response, { status: 403, code, message: refusal }, body);
    }
    const { status, text, id } = await forward(upstream, request, body);
    response.writeHead(status, { "content-type": "text/xml", "x-amzn-requestid": id });
    response.end(text);
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`,
    asked,
    allow: (text) => {
      document = text;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What the signature is for. */
function scopeOf({ headers }: IncomingMessage): { readonly service: string; readonly region: string } {
  const [, region = "", service = ""] = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(headers.authorization ?? "") ?? [];
  return { service, region };
}

/** What a call is about (Service Authorization Reference, "Resource types"); what has none is `*`. */
const createArns =
  (account: string) =>
  ({ service, region, action, body }: Asked): string => {
    if (service === "ec2" && !/^Describe/.test(action))
      return `arn:aws:ec2:${region}:${account}:instance/${body.get("InstanceId") ?? "i-0"}`;
    if (service !== "iam" || /^(GetAccount|ListInstanceProfiles)/.test(action)) return "*";
    const type = TYPES.find((one) => body.has(one.field));
    if (!type) return body.get("PolicyArn") ?? "*";
    return `arn:aws:iam::${account}:${type.type}${body.get("Path") ?? "/"}${body.get(type.field)}`;
  };

/** The first that is named: an IAM role put into a profile is a matter of the profile, one that gets a policy is one of its own. */
const TYPES = [
  { field: "InstanceProfileName", type: "instance-profile" },
  { field: "RoleName", type: "role" },
  { field: "UserName", type: "user" },
  { field: "GroupName", type: "group" },
  { field: "PolicyName", type: "policy" },
];
