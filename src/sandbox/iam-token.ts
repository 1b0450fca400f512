import { createHash, createHmac } from "node:crypto";

/** What an IAM token says, and whether RDS would take it. A token is a presigned URL without its scheme (RDS user guide). */
export interface TokenRules {
  readonly host: string;
  readonly port: number;
  /** Known access keys with their secrets. */
  readonly credentials: ReadonlyMap<string, string>;
  readonly now: () => Date;
}

/** The reason why the token is refused; null: it is good. */
export function tokenFault(token: string, user: string, rules: TokenRules): string | null {
  let url: URL;
  try {
    url = new URL(`https://${token}`);
  } catch {
    return "it is not a token";
  }
  const query = url.searchParams;
  if (query.get("Action") !== "connect") return "it is not a token";
  if (url.hostname !== rules.host || url.port !== String(rules.port)) return `it is for ${url.host}, not for ${rules.host}:${rules.port}`;
  if (query.get("DBUser") !== user) return `it is for user ${query.get("DBUser")}`;
  const [key = "", , region = ""] = (query.get("X-Amz-Credential") ?? "").split("/");
  const secret = rules.credentials.get(key);
  if (secret === undefined) return "its access key is unknown";
  const signed = parseAmzDate(query.get("X-Amz-Date") ?? "");
  const age = (rules.now().getTime() - signed.getTime()) / 1000;
  if (!(age > -300 && age <= Number(query.get("X-Amz-Expires") ?? "0"))) return "it has expired";
  return signatureOf(url, region, secret) === query.get("X-Amz-Signature") ? null : "its signature is wrong";
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
