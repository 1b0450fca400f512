import type { DeclaredLogin } from "../model/declared.js";

/** The last net: by construction nothing that holds a secret is handed to the log. */

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that hold one by their name; of those that a file names see `hiding`. */
const SECRET_NAME = /TOKEN|SECRET|PASSW|PASSPHRASE|PGPASS|PRIVATE_?KEY|API_?KEY|CREDENTIAL/i;

/** A shorter value would be found everywhere; of variables that only sound secret many hold a word. */
const MIN_LENGTH = 4;
const MIN_GUESSED = 8;

export const secretsIn = (env: Env): string[] =>
  Object.entries(env).flatMap(([name, value = ""]) => (SECRET_NAME.test(name) && value.length >= MIN_GUESSED ? [value] : []));

/** Shapes of secrets that no variable holds: verifiers of passwords, signed URLs, headers, tokens of GitHub, keys. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/SCRAM-SHA-256(?:\$|%24)[\w+/=:$%]+/gi, "***"],
  [/\bmd5[0-9a-f]{32}\b/g, "***"],
  [/(X-Amz-(?:Signature|Security-Token|Credential)=)[^&\s"']+/gi, "$1***"],
  [/(\bauthorization\b["']?\s*[:=]\s*["']?)[^"'\r\n]+/gi, "$1***"],
  [/\b(?:gh[a-z]_\w{16,}|github_pat_\w{16,})/g, "***"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "***"],
  [/(\b\w+:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g, "$1***"],
  [/-----BEGIN[\w %+]*PRIVATE(?:[ +]|%20)KEY-----[\s\S]*?(?:-----END[\w %+]*KEY-----|$)/g, "***"],
];

export function maskerOf(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= MIN_LENGTH);
  // As they are, and as they stand in a URL; the longest first, or a shorter one leaves a part of it.
  const values = [...new Set([...long, ...long.map(encodeURIComponent)])].sort((a, b) => b.length - a.length);
  return (text) => {
    const plain = values.reduce((masked, value) => masked.replaceAll(value, "***"), text);
    return SHAPES.reduce((masked, [shape, by]) => masked.replace(shape, by), plain);
  };
}

interface Logins {
  readonly clusters: ReadonlyMap<
    string,
    { readonly admin: Pick<DeclaredLogin, "auth">; readonly reader: Pick<DeclaredLogin, "auth"> | null }
  >;
}

/** What stands in the variables that the file names. */
export function passwordsOf({ clusters }: Logins, env: Env): string[] {
  const logins = [...clusters.values()].flatMap(({ admin, reader }) => [admin, reader]);
  return logins.flatMap((login) => (login?.auth.type === "password" ? (env[login.auth.env] ?? []) : []));
}
