import { commaAfter, endsLine, hasBreak, hasComment, indentOf, NotEditable, nextLine, withComments } from "./gap.js";
import type { Child, LocatedCollection } from "./located.js";
import type { Splice } from "./splice.js";

/** Takes children out of their collection, which stays: an emptied one is `{}`, or nothing behind its key. */
export function removeChildren(text: string, collection: LocatedCollection, isGone: (child: Child) => boolean): Splice[] {
  const gone = collection.children.filter(isGone);
  if (gone.length === 0) return [];
  if (collection.style === "pair") throw new NotEditable(collection.from);
  if (collection.style === "block") return removeLines(text, collection, gone);
  if (gone.length === collection.children.length) return emptyFlow(text, collection);
  return runsOf(collection.children, isGone).flatMap((run) => removeRun(text, run));
}

const cut = (from: number, to: number): Splice => ({ from, to, text: "" });

/** Each with its own comment lines above it, and the comment behind it. */
function removeLines(text: string, { children }: LocatedCollection, gone: readonly Child[]): Splice[] {
  return gone.flatMap((child) => {
    if (!endsLine(text, child.to)) throw new NotEditable(child.to);
    if (indentOf(text, child.from) !== null) return [cut(withComments(text, child.from), nextLine(text, child.to))];
    // `- first: 1`: the next key takes its place behind the dash.
    const next = children[children.indexOf(child) + 1];
    if (!next || gone.includes(next) || hasComment(text, nextLine(text, child.to), next.from)) throw new NotEditable(child.from);
    return [cut(child.from, next.from)];
  });
}

/** Comments inside stay. */
function emptyFlow(text: string, { from, to, children }: LocatedCollection): Splice[] {
  const gaps = [...children, null].map((child, i) => [children[i - 1]?.to ?? from + 1, child?.from ?? to - 1] as const);
  if (gaps.every(([start, end]) => !hasComment(text, start, end))) return [cut(from + 1, to - 1)];
  return children.flatMap((child) => aroundComments(text, { before: null, first: child, last: child, after: null }));
}

/** Neighbours that go, and who stays on either side of them. */
interface Run {
  readonly before: Child | null;
  readonly first: Child;
  readonly last: Child;
  readonly after: Child | null;
}

function runsOf(children: readonly Child[], isGone: (child: Child) => boolean): Run[] {
  return children.flatMap((first, start) => {
    const before = children[start - 1] ?? null;
    if (!isGone(first) || (before && isGone(before))) return [];
    const length = children.slice(start).findIndex((child) => !isGone(child));
    const end = length < 0 ? children.length : start + length;
    return [{ before, first, last: children[end - 1] ?? first, after: children[end] ?? null }];
  });
}

function removeRun(text: string, run: Run): Splice[] {
  return ownLines(text, run) ?? withinLine(text, run) ?? aroundComments(text, run);
}

/** Where the run has its lines to itself, they go as those of a block do. */
function ownLines(text: string, { before, first, last }: Run): Splice[] | null {
  const comma = commaAfter(text, last.to);
  const end = comma !== null && !hasBreak(text, last.to, comma) ? comma + 1 : last.to;
  if (indentOf(text, first.from) === null || !endsLine(text, end) || (comma !== null && end === last.to)) return null;
  const lines = cut(withComments(text, first.from), nextLine(text, end));
  const commaBefore = before && commaAfter(text, before.to);
  return comma === null && commaBefore !== null ? [cut(commaBefore, commaBefore + 1), lines] : [lines];
}

/** `[a, b, c]`: with the comma on one side, where no comment stands between. */
function withinLine(text: string, { before, first, last, after }: Run): Splice[] | null {
  if (after && !hasComment(text, last.to, after.from) && !(before && hasBreak(text, last.to, after.from)))
    return [cut(first.from, after.from)];
  const comma = before && commaAfter(text, before.to);
  if (comma === null || hasComment(text, comma, first.from)) return null;
  // Commas that begin their lines take the line break along.
  const start = before && indentOf(text, comma) !== null && !hasComment(text, before.to, comma) ? before.to : comma;
  return [cut(start, last.to)];
}

/** Nothing but the nodes and one comma. */
function aroundComments(text: string, { before, first, last }: Run): Splice[] {
  const comma = commaAfter(text, last.to);
  const within = hasComment(text, last.to, comma ?? last.to);
  if (comma !== null) return within ? [cut(first.from, last.to), cut(comma, comma + 1)] : [cut(first.from, comma + 1)];
  const commaBefore = before && commaAfter(text, before.to);
  return [...(commaBefore === null ? [] : [cut(commaBefore, commaBefore + 1)]), cut(first.from, last.to)];
}
