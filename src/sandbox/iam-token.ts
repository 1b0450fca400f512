import { createHash, createHmac } from "node:crypto";
import type { IssuedKey } from "./key-ring.js";

/** What an IAM token says, and whether RDS would take it. A token is a presigned URL without its scheme (RDS user guide). */
export interface TokenRules {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  /** Known access keys. */
  readonly keys: ReadonlyMap<string, IssuedKey>;
  readonly now: () => Date;
}

/** Whose key signed it, or the reason why it is refused. What that principal may is another question. */
export function readToken(token: string, user: string, rules: TokenRules): { readonly accessKeyId: string } | { readonly fault: string } {
  const url = URL.canParse(`https://${token}`) ? new URL(`https://${token}`) : null;
  if (url?.searchParams.get("Action") !== "connect") return { fault: "it is not a token" };
  const [accessKeyId = "", , region = ""] = (url.searchParams.get("X-Amz-Credential") ?? "").split("/");
  const fault = addressFault(url, user, region, rules) ?? keyFault(url, region, rules.keys.get(accessKeyId), rules.now());
  return fault === null ? { accessKeyId } : { fault };
}

function addressFault({ hostname, port, host, searchParams }: URL, user: string, region: string, rules: TokenRules): string | null {
  if (hostname !== rules.host || port !== String(rules.port)) return `it is for ${host}, not for ${rules.host}:${rules.port}`;
  if (searchParams.get("DBUser") !== user) return `it is for user ${searchParams.get("DBUser")}`;
  return region === rules.region ? null : `it is for region ${region}`;
}

function keyFault(url: URL, region: string, key: IssuedKey | undefined, now: Date): string | null {
  const query = url.searchParams;
  if (key === undefined) return "its access key is unknown";
  if (query.get("X-Amz-Security-Token") !== key.sessionToken) return "its session token is wrong";
  const signed = parseAmzDate(query.get("X-Amz-Date") ?? "");
  const age = (now.getTime() - signed.getTime()) / 1000;
  if (!(age > -300 && age <= Number(query.get("X-Amz-Expires") ?? "0"))) return "it has expired";
  // A token dies with the credentials that signed it.
  if (key.expires !== null && now > key.expires) return "its credentials have expired";
  return signatureOf(url, region, key.secret) === query.get("X-Amz-Signature") ? null : "its signature is wrong";
}

/** 20260102T030405Z */
const parseAmzDate = (text: string): Date => new Date(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));

/** Signature version 4 of a presigned URL (IAM user guide, "Create a signed AWS API request"). */
function signatureOf(url: URL, region: string, secret: string): string {
  const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  const date = url.searchParams.get("X-Amz-Date") ?? "";
  const scope = `${date.slice(0, 8)}/${region}/rds-db/aws4_request`;
  const signed = url.search
    .slice(1)
    .split("&")
    .filter((pair) => !pair.startsWith("X-Amz-Signature="))
    .sort()
    .join("&");
  const request = ["GET", "/", signed, `host:${url.host}`, "", "host", hash("")].join("\n");
  const key = ["aws4_request", "rds-db", region, date.slice(0, 8)].reduceRight<string | Buffer>(
    (k, part) => hmac(k, part),
    `AWS4${secret}`,
  );
  return hmac(key, ["AWS4-HMAC-SHA256", date, scope, hash(request)].join("\n")).toString("hex");
}
