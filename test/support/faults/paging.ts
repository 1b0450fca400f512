import type { Call } from "./upstream.js";

/** Lists of an answer that come in pages, in this order, and what says that there is more. */
const PAGED: Readonly<Record<string, { readonly lists: readonly string[]; readonly truncated: boolean }>> = {
  GetAccountAuthorizationDetails: { lists: ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"], truncated: true },
  ListInstanceProfiles: { lists: ["InstanceProfiles"], truncated: true },
  ListPolicyTags: { lists: ["Tags"], truncated: true },
  ListRoles: { lists: ["Roles"], truncated: true },
  DescribeDBClusters: { lists: ["DBClusters"], truncated: false },
  DescribeDBInstances: { lists: ["DBInstances"], truncated: false },
};

/** Pages of so many things, all lists taken together, as AWS may cut them; a marker belongs to what was read when its first page was. */
export interface Pages {
  /** The page that a marker asks for; null: it is a first page. */
  readonly next: (call: Call) => string | null;
  readonly first: (call: Call, text: string) => string;
}

export function createPages(size: number): Pages {
  const texts: string[] = [];
  const page = (action: string, at: number, from: number): string => cut(texts[at] ?? "", PAGED[action] ?? NONE, { at, from, size });
  return {
    next: ({ action, body }) => {
      const marker = body.get("Marker");
      if (marker === null || !(action in PAGED)) return null;
      const [at = 0, from = 0] = marker.split(":").map(Number);
      return page(action, at, from);
    },
    first: ({ action }, text) => (action in PAGED ? page(action, texts.push(text) - 1, 0) : text),
  };
}
const NONE = { lists: [], truncated: false };

function cut(
  text: string,
  { lists, truncated }: { readonly lists: readonly string[]; readonly truncated: boolean },
  { at, from, size }: { readonly at: number; readonly from: number; readonly size: number },
): string {
  let before = 0;
  let result = text;
  for (const list of lists) {
    const found = new RegExp(`<${list}>([\\s\\S]*)</${list}>`).exec(text);
    const things = childrenOf(found?.[1] ?? "");
    const kept = things.filter((_, i) => before + i >= from && before + i < from + size);
    before += things.length;
    if (found) result = result.replace(found[0], () => `<${list}>${kept.join("")}</${list}>`);
  }
  if (before <= from + size) return result;
  const marker = `<Marker>${at}:${from + size}</Marker>`;
  if (truncated) return result.replace("<IsTruncated>false</IsTruncated>", `<IsTruncated>true</IsTruncated>${marker}`);
  return result.replace(/<(\w+Result)>/, `<$1>${marker}`);
}

/** Elements of a list, each with all that is in it. */
export function childrenOf(inner: string): string[] {
  const children: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: tag, 1: close, 2: empty, index } of inner.matchAll(/<(\/?)[\w:]+[^>]*?(\/?)>/g)) {
    if (depth === 0) start = index;
    depth += close ? -1 : empty ? 0 : 1;
    if (depth === 0) children.push(inner.slice(start, index + tag.length));
  }
  return children;
}
