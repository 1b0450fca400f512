import type { Store } from "./github-store.js";

export type Body = Readonly<Record<string, unknown>>;

export interface Call {
  /** Parts of the path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Body;
  readonly accept: string;
  /** As the client wrote it: links of pages and of records point here. */
  readonly url: URL;
}

/** `text` is sent as it is, `body` as JSON. */
export interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (store: Store, call: Call) => Reply;
/** "GET /issues/{number}", below the repository; `{path+}` takes slashes too. */
export type Routes = Readonly<Record<string, Handler>>;

/** An answer that is an error; thrown from any depth. */
export class Refusal extends Error {
  readonly reply: Reply;
  constructor(status: number, message: string, errors?: readonly unknown[]) {
    super(message);
    const body = { message, ...(errors ? { errors } : {}), documentation_url: "https://docs.github.com/rest", status: String(status) };
    this.reply = { status, body };
  }
}

export const notFound = (): Refusal => new Refusal(404, "Not Found");
export const missing = (key: string): Refusal => new Refusal(422, `Invalid request.\n\n"${key}" wasn't supplied.`);
export const invalid = (resource: string, field: string, code: string, message?: string): Refusal =>
  new Refusal(422, "Validation Failed", [{ resource, code, field, ...(message === undefined ? {} : { message }) }]);

/** The route that answers, with the parts of the path. */
export function findRoute(routes: Routes, method: string, path: string): { handler: Handler; params: Record<string, string> } | null {
  for (const [route, handler] of Object.entries(routes)) {
    const [verb = "", pattern = ""] = route.split(" ");
    const match = verb === method ? regexOf(pattern).exec(path) : null;
    if (match) return { handler, params: decoded(match.groups ?? {}) };
  }
  return null;
}

const regexOf = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replace(/\{(\w+)(\+?)\}/g, (_, name, rest) => `(?<${name}>${rest ? ".+" : "[^/]+"})`)}$`);

const decoded = (groups: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));

/** One page, and the Link header that leads to the others (docs, "Using pagination in the REST API"). */
export function page<T>(call: Call, all: readonly T[], whole = 30): { items: T[]; headers: Record<string, string> } {
  const size = Math.min(positive(call.query.get("per_page"), whole), Math.max(whole, 100));
  const at = positive(call.query.get("page"), 1);
  const last = Math.max(1, Math.ceil(all.length / size));
  const to = (number: number, rel: string): string => {
    const url = new URL(call.url);
    url.searchParams.set("page", String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(at > 1 ? [to(Math.min(at - 1, last), "prev")] : []),
    ...(at < last ? [to(at + 1, "next"), to(last, "last")] : []),
    ...(at > 1 ? [to(1, "first")] : []),
  ];
  return { items: all.slice((at - 1) * size, at * size), headers: links.length > 0 ? { link: links.join(", ") } : {} };
}

/** A list as most endpoints answer it: an array, paged. */
export function listed<T>(call: Call, all: readonly T[], show: (item: T) => unknown): Reply {
  const { items, headers } = page(call, all);
  return { status: 200, body: items.map(show), headers };
}

function positive(text: string | null, otherwise: number): number {
  const value = Number(text ?? Number.NaN);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

/** undefined: not given, or null. */
export function stringOf(body: Body, key: string): string | undefined {
  const value = body[key] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new Refusal(422, `Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not a string.`);
}

export function needed(body: Body, key: string): string {
  const value = stringOf(body, key);
  if (value === undefined) throw missing(key);
  return value;
}

/** One of the words that the manual lists, or a 422. */
export function oneOf<T extends string>(body: Body, key: string, words: readonly T[]): T | undefined {
  const value = stringOf(body, key);
  const word = words.find((w) => w === value);
  if (value === undefined || word !== undefined) return word;
  throw new Refusal(422, `Invalid request.\n\n${value} is not a member of ${JSON.stringify(words)}.`);
}

export const isRecord = (value: unknown): value is Body => typeof value === "object" && value !== null && !Array.isArray(value);

/** A list of objects; an empty one when it is not given. */
export function recordsOf(body: Body, key: string): readonly Body[] {
  const value = body[key] ?? [];
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw new Refusal(422, `Invalid request.\n\nFor 'properties/${key}', ${JSON.stringify(value)} is not an array of objects.`);
}
