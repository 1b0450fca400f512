/** What is known of a request. null: it surely has no such key; not there at all: nobody here can say. */
export type IamContext = Readonly<Record<string, string | null>>;

/** The answer of a judge who may not know. */
export type Truth = boolean | "unknown";

interface Piece {
  readonly text: string;
  readonly wild: boolean;
}

/** Policy variables are of this version of the policy language only; in older documents they are plain text. */
const WITH_VARIABLES = "2012-10-17";

/** Whether a text fits a pattern with `*`, `?` and policy variables (IAM user guide, "Policy variables"). */
export function fits(text: string, pattern: string, version: string, context: IamContext): Truth {
  const pieces = piecesOf(pattern, version, context);
  return pieces === null ? "unknown" : new RegExp(`^${pieces.map(anything).join("")}$`, "s").test(text);
}

/** The same without wildcards: `*` and `?` stand for themselves. */
export function equals(text: string, pattern: string, version: string, context: IamContext): Truth {
  const pieces = piecesOf(pattern, version, context);
  return pieces === null ? "unknown" : pieces.map((p) => p.text).join("") === text;
}

/**
 * An ARN against a Resource element: wildcards stay within a segment, but a `*` at a segment's end goes on over colons
 * (IAM user guide, "IAM JSON policy elements: Resource").
 */
export function fitsResource(arn: string, pattern: string, version: string, context: IamContext): Truth {
  const pieces = piecesOf(pattern, version, context);
  if (pieces === null) return "unknown";
  let colons = 0;
  const source = pieces.map((piece, i) => {
    colons += piece.wild ? 0 : piece.text.split(":").length - 1;
    const next = pieces[i + 1]?.text ?? ":";
    const overColons = colons >= 5 || (piece.text === "*" && next.startsWith(":"));
    return overColons ? anything(piece) : anything(piece).replace(/^\./, "[^:]");
  });
  return new RegExp(`^${source.join("")}$`, "s").test(arn);
}

/** ArnLike checks each of the six parts by itself. */
export function fitsArn(arn: string, pattern: string, version: string, context: IamContext): Truth {
  if (pattern.includes("${")) return "unknown";
  const [parts, wanted] = [sixParts(arn), sixParts(pattern)];
  return parts.length === wanted.length && parts.every((part, i) => fits(part, wanted[i] ?? "", version, context) === true);
}

const sixParts = (arn: string): readonly string[] => {
  const parts = arn.split(":");
  return parts.length <= 6 ? parts : [...parts.slice(0, 5), parts.slice(5).join(":")];
};

function piecesOf(pattern: string, version: string, context: IamContext): readonly Piece[] | null {
  const pieces = pattern.split(/(\$\{[^}]*\}|[*?])/).map((text, i): Piece | null => {
    if (i % 2 === 0 || (text.length > 1 && version !== WITH_VARIABLES)) return { text, wild: false };
    if (text.length === 1) return { text, wild: true };
    const value = variableValue(text.slice(2, -1), context);
    return value === undefined ? null : { text: value, wild: false };
  });
  const known = pieces.filter((piece) => piece !== null && (piece.wild || piece.text !== "")).filter((piece) => piece !== null);
  return pieces.includes(null) ? null : known;
}

/** `${key}` and `${key, 'default'}`; `${*}`, `${?}` and `${$}` are those characters. A key without a value fits nothing: unknown. */
function variableValue(variable: string, context: IamContext): string | undefined {
  if (["*", "?", "$"].includes(variable)) return variable;
  const [key = "", fallback] = variable.split(/\s*,\s*'/);
  const value = contextValue(key, context);
  return value ?? (value === null ? fallback?.replace(/'$/, "") : undefined);
}

/** Names of context keys know no case. */
export function contextValue(key: string, context: IamContext): string | null | undefined {
  const name = Object.keys(context).find((k) => k.toLowerCase() === key.toLowerCase());
  return name === undefined ? undefined : context[name];
}

function anything({ text, wild }: Piece): string {
  if (wild) return text === "*" ? ".*" : ".";
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
