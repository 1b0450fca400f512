export interface Needle {
  readonly kind: Kind;
  readonly value: string;
}

export type Kind = "password" | "IAM token" | "AWS secret key" | "AWS session token" | "GitHub token" | "variable of the CI";
export interface Hit {
  readonly kind: Kind;
  readonly where: string;
  /** The line around it; the secret itself is left out. */
  readonly line: string;
}

/** What nobody may print: shorter values are words of tests, as in `wrong`. */
const SHORTEST = 12;
/** Of any token, whoever made it. */
const SIGNATURE = Buffer.from("X-Amz-Signature=");

/** The secrets among the variables that a command is given. */
export function needlesIn(env: Readonly<Record<string, string | undefined>>): Needle[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    const kind = kindOf(name);
    return kind === null || value.length < SHORTEST ? [] : [{ kind, value }];
  });
}

function kindOf(name: string): Kind | null {
  if (name === "AWS_SECRET_ACCESS_KEY") return "AWS secret key";
  if (name === "AWS_SESSION_TOKEN") return "AWS session token";
  if (name === "GITHUB_TOKEN") return "GitHub token";
  return /PASSWORD|SECRET/.test(name) ? "password" : null;
}

/** As it is, in a URL, in base64. */
const spellingsOf = ({ value }: Needle): Set<string> =>
  new Set([value, encodeURIComponent(value), Buffer.from(value).toString("base64").replace(/=+$/, "")]);

/** The first place of each needle in a text, and of any token. */
export function findIn(where: string, text: Buffer, needles: readonly Needle[]): Hit[] {
  const hits = needles.flatMap((needle) => {
    const spelling = [...spellingsOf(needle)].find((one) => text.includes(one));
    return spelling === undefined ? [] : [{ kind: needle.kind, where, line: lineAt(text, text.indexOf(spelling), spelling.length) }];
  });
  const at = text.indexOf(SIGNATURE);
  return at < 0 ? hits : [...hits, { kind: "IAM token", where, line: lineAt(text, at, SIGNATURE.length + 64) }];
}

const AROUND = 80;

function lineAt(text: Buffer, at: number, length: number): string {
  const before = text.subarray(Math.max(0, at - AROUND), at).toString("utf8");
  const after = text.subarray(at + length, at + length + AROUND).toString("utf8");
  return `${before.split("\n").at(-1)}[here]${after.split("\n")[0]}`;
}
