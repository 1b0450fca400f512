import { xmlText } from "./sts.js";
import { leaveNote } from "./watched.js";

/** What a program needs to act as somebody in AWS. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** An access key as AWS itself knows it. */
export interface IssuedKey {
  readonly secret: string;
  /** null: a key of an IAM user, which lasts. */
  readonly sessionToken: string | null;
  readonly expires: Date | null;
  /** The policy that AssumeRole was called with. */
  readonly sessionPolicy: string | null;
}

/** All keys that were issued, by their id; kept in memory only. */
export type KeyRing = Map<string, IssuedKey>;

/** Takes the key out of the XML of AssumeRole or CreateAccessKey; null where there is none. */
export function keepKey(ring: KeyRing, xml: string, sessionPolicy: string | null = null): AwsKeys | null {
  const [accessKeyId, secret, token] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map((name) => xmlText(xml, name));
  if (!accessKeyId || !secret) return null;
  const expires = token ? new Date(xmlText(xml, "Expiration")) : null;
  ring.set(accessKeyId, { secret, sessionToken: token || null, expires, sessionPolicy });
  leaveNote("secrets", `AWS secret key\t${secret}`);
  if (token) leaveNote("secrets", `AWS session token\t${token}`);
  return { accessKeyId, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) };
}
