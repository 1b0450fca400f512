import { afterGap, commaAfter, endsLine, hasBreak, indentOf, lineBreak, lineEnd, lineStart, NotEditable, nextLine } from "./gap.js";
import { type Child, childAt, type Located, type LocatedCollection, type LocatedScalar } from "./located.js";
import type { Splice } from "./splice.js";

const put = (at: number, text: string): Splice => ({ from: at, to: at, text });

/** `key: value` becomes an entry of the mapping that a child's value is or, where nothing stands, will be. */
export function setKey(text: string, child: Child, key: string, value: string): Splice[] {
  const { value: node } = child;
  if (node.type === "scalar") return [becomes(node, isBare(text, child) ? ":" : "", `{ ${key}: ${value} }`)];
  if (node.type === "list") throw new NotEditable(node.from);
  const existing = childAt(node, key)?.value;
  if (existing?.type === "scalar") return [becomes(existing, "", value)];
  if (existing) throw new NotEditable(existing.from);
  const entry = `${key}: ${value}`;
  if (node.style === "pair") return [put(node.from, "{ "), put(node.to, `, ${entry} }`)];
  return node.style === "block" ? [intoBlock(text, node, entry)] : intoFlow(text, node, entry);
}

/** `{ key }`, without a colon. */
const isBare = (text: string, { from, value }: Child): boolean =>
  value.from === value.to && text[value.from - 1] !== ":" && text.slice(from, value.from) !== "-";

function becomes(node: LocatedScalar, colon: string, text: string): Splice {
  if (node.style === "absent") return put(node.from, `${colon} ${text}`);
  if (node.style === "block") throw new NotEditable(node.from);
  return { from: node.from, to: node.to, text };
}

/** Behind the last entry; never behind a block scalar, whose end depends on what follows. */
function intoBlock(text: string, { children }: LocatedCollection, entry: string): Splice {
  const first = children[0];
  const last = children.findLast(({ value }) => !endsInBlockScalar(value));
  if (!first) throw new NotEditable(0);
  const indent = children.map((child) => indentOf(text, child.from)).find((one) => one !== null) ?? spaces(text, first.from);
  if (!last) return put(first.from, `${entry}${lineBreak(text, first.from)}${indent}`);
  if (!endsLine(text, last.to)) throw new NotEditable(last.to);
  return lineBehind(text, last.to, `${indent}${entry}`);
}

/** At the start of the next line, so that the line itself may go. */
function lineBehind(text: string, at: number, line: string): Splice {
  const next = nextLine(text, at);
  return put(next, next === lineEnd(text, at) ? `${lineBreak(text, at)}${line}` : `${line}${lineBreak(text, at)}`);
}

const spaces = (text: string, at: number): string => " ".repeat(at - lineStart(text, at));

const endsInBlockScalar = (node: Located): boolean => {
  if (node.type === "scalar") return node.style === "block";
  const last = node.style === "block" ? node.children.at(-1) : undefined;
  return last !== undefined && endsInBlockScalar(last.value);
};

function intoFlow(text: string, collection: LocatedCollection, entry: string): Splice[] {
  const last = collection.children.at(-1);
  if (last) return behindInFlow(text, last, entry);
  const isEmpty = afterGap(text, collection.from + 1) === collection.to - 1 && !text.slice(collection.from, collection.to).includes("#");
  return [isEmpty ? { from: collection.from + 1, to: collection.to - 1, text: ` ${entry} ` } : put(collection.from + 1, ` ${entry}`)];
}

/** A sibling behind a child: on a line of its own where the child has one. */
export function behindInFlow(text: string, child: Child, sibling: string): Splice[] {
  const comma = commaAfter(text, child.to);
  const end = comma !== null && !hasBreak(text, child.to, comma) ? comma + 1 : child.to;
  const indent = indentOf(text, child.from);
  if (indent === null || !endsLine(text, end) || (comma !== null && end === child.to)) return [put(child.to, `, ${sibling}`)];
  const line = lineBehind(text, end, `${indent}${sibling}${comma === null ? "" : ","}`);
  return comma === null ? [put(child.to, ","), line] : [line];
}

/** An item behind an item of a list. */
export function itemBehind(text: string, list: LocatedCollection, item: Child, sibling: string): Splice[] {
  if (list.style !== "block") return behindInFlow(text, item, sibling);
  if (!endsLine(text, item.to) || endsInBlockScalar(item.value)) throw new NotEditable(item.to);
  const indent = indentOf(text, item.from) ?? spaces(text, item.from);
  return [lineBehind(text, item.to, `${indent}- ${sibling}`)];
}

/** A scalar as it may stand between braces: as it is written, if it may. */
export function flowText(text: string, node: LocatedScalar): string {
  const raw = text.slice(node.from, node.to);
  const isFine = node.style === "quoted" ? !hasBreak(text, node.from, node.to) : node.style === "plain" && !/[,[\]{}\r\n]/.test(raw);
  return isFine ? raw : JSON.stringify(node.text);
}
