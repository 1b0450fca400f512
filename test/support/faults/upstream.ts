import type { IncomingMessage } from "node:http";

/** One call as it arrives: the query protocol of IAM, STS and RDS. */
export interface Call {
  readonly action: string;
  readonly body: URLSearchParams;
  readonly authorization: string;
  /** The access key: to the emulator that is the account. */
  readonly key: string;
}
export interface Answer {
  readonly status: number;
  readonly text: string;
}
/** Asks the emulator, as whoever called. */
export type Ask = (call: Call, action: string, parameters: Readonly<Record<string, string>>) => Promise<Answer>;

export async function callOf(request: IncomingMessage): Promise<Call> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  const authorization = request.headers.authorization ?? "";
  const [, key = ""] = /Credential=([^/]+)\//.exec(authorization) ?? [];
  return { action: body.get("Action") ?? "", body, authorization, key };
}

export async function forward(upstream: string, { authorization, body }: Pick<Call, "authorization" | "body">): Promise<Answer> {
  const headers = { authorization, "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
  const answer = await fetch(`${upstream}/`, { method: "POST", headers, body: body.toString() });
  return { status: answer.status, text: await answer.text() };
}

export const askOf =
  (upstream: string): Ask =>
  (call, action, parameters) =>
    forward(upstream, { ...call, body: new URLSearchParams({ Action: action, Version: "2010-05-08", ...parameters }) });

export const errorOf = (status: number, code: string, message: string): Answer => ({
  status,
  text: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>fault</RequestId></ErrorResponse>`,
});
