import { EVENT_ID, type Event, getScalarValue, parseEvents, SCALAR_STYLE } from "js-yaml";
import { afterGap, lineEnd, NotEditable } from "./gap.js";

/** A range of the text; `to` is behind its last character. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** A YAML document with the exact range of every node. */
export type Located = LocatedCollection | LocatedScalar;

export interface LocatedCollection extends Range {
  readonly type: "map" | "list";
  /** pair: `[a: b]`, a mapping without braces. */
  readonly style: "block" | "flow" | "pair";
  readonly children: readonly Child[];
}

/** An entry of a mapping, from its key on, or an item of a list: of a block list from its dash on. */
export interface Child extends Range {
  /** Of an item: its number. */
  readonly key: string;
  readonly value: Located;
}

export interface LocatedScalar extends Range {
  readonly type: "scalar";
  readonly text: string;
  /** absent: `key:`, whose range is empty. */
  readonly style: "plain" | "quoted" | "block" | "absent";
}

/** Of a text that the parser accepts, without a byte order mark. Throws NotEditable. */
export const locate = (text: string): Located => new Locator(text).document();

type EventOf<T extends number> = Extract<Event, { type: T }>;

/** One pass over the events of one parse: they tell where nodes begin, and the text between them where they end. */
class Locator {
  readonly #text: string;
  readonly #events: readonly Event[];
  #at = 1;

  constructor(text: string) {
    this.#text = text;
    this.#events = parseEvents(text, {});
  }

  document(): Located {
    return this.#node(0);
  }

  /** `after`: behind the colon, dash or comma in front of it. */
  #node(after: number): Located {
    const event = this.#events[this.#at++];
    if (event?.type === EVENT_ID.SCALAR) return this.#scalar(event, after);
    if (event?.type === EVENT_ID.MAPPING) return this.#map(event);
    if (event?.type === EVENT_ID.SEQUENCE) return this.#list(event);
    throw new NotEditable(after);
  }

  #scalar(event: EventOf<typeof EVENT_ID.SCALAR>, after: number): LocatedScalar {
    if (event.valueStart < 0) return { type: "scalar", style: "absent", text: "", from: after, to: after };
    const text = getScalarValue(this.#text, event);
    const { valueStart: from, valueEnd: to } = event;
    if (event.style === SCALAR_STYLE.PLAIN) return { type: "scalar", style: "plain", text, from, to };
    if (event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED)
      return { type: "scalar", style: "quoted", text, from: from - 1, to: to + 1 };
    const header = afterGap(this.#text, after);
    const end = this.#text.slice(0, to).trimEnd().length;
    return { type: "scalar", style: "block", text, from: header, to: Math.max(end, lineEnd(this.#text, header)) };
  }

  #map({ start }: EventOf<typeof EVENT_ID.MAPPING>): LocatedCollection {
    const style = this.#text[start] === "{" ? "flow" : "block";
    const children: Child[] = [];
    let after = style === "flow" ? start + 1 : start;
    while (!this.#closes()) {
      const entry = this.#entry(this.#behindComma(after, style));
      children.push(entry);
      after = entry.to;
    }
    if (style === "flow") return { type: "map", style, from: start, to: this.#behindClose(after, "}"), children };
    return { type: "map", style, from: start, to: after, children };
  }

  #entry(after: number): Child {
    const key = this.#node(after);
    if (key.type !== "scalar" || key.style === "block" || afterGap(this.#text, after) !== key.from) throw new NotEditable(after);
    const colon = afterGap(this.#text, key.to);
    const value = this.#node(this.#text[colon] === ":" ? colon + 1 : key.to);
    return { key: key.text, from: key.from, to: value.to, value };
  }

  #list({ start }: EventOf<typeof EVENT_ID.SEQUENCE>): LocatedCollection {
    const style = this.#text[start] === "[" ? "flow" : "block";
    const children: Child[] = [];
    let after = style === "flow" ? start + 1 : start;
    while (!this.#closes()) {
      const item = style === "flow" ? this.#flowItem(after, children.length) : this.#blockItem(after, children.length);
      children.push(item);
      after = item.to;
    }
    return { type: "list", style, from: start, to: style === "flow" ? this.#behindClose(after, "]") : after, children };
  }

  #flowItem(after: number, index: number): Child {
    const behind = this.#behindComma(after, "flow");
    const node = this.#node(behind);
    // A mapping that no brace opens: it ends with its only value.
    const value: Located = node.type === "map" && node.style === "block" ? { ...node, style: "pair" } : node;
    if (afterGap(this.#text, behind) !== value.from) throw new NotEditable(behind);
    return { key: String(index), from: value.from, to: value.to, value };
  }

  #blockItem(after: number, index: number): Child {
    const dash = afterGap(this.#text, after);
    if (this.#text[dash] !== "-") throw new NotEditable(dash);
    const value = this.#node(dash + 1);
    return { key: String(index), from: dash, to: value.to, value };
  }

  #behindComma(after: number, style: LocatedCollection["style"]): number {
    const next = afterGap(this.#text, after);
    return style === "flow" && this.#text[next] === "," ? next + 1 : after;
  }

  #behindClose(after: number, bracket: string): number {
    const close = afterGap(this.#text, this.#behindComma(after, "flow"));
    if (this.#text[close] !== bracket) throw new NotEditable(close);
    return close + 1;
  }

  #closes(): boolean {
    if (this.#events[this.#at]?.type !== EVENT_ID.POP) return false;
    this.#at++;
    return true;
  }
}

export const childrenOf = (node: Located | undefined): readonly Child[] => (node?.type === "scalar" ? [] : (node?.children ?? []));

export const childAt = (node: Located | undefined, ...path: readonly string[]): Child | undefined => {
  const [first = "", ...rest] = path;
  const found = childrenOf(node).find(({ key }) => key === first);
  return rest.length === 0 ? found : childAt(found?.value, ...rest);
};

export const scalarAt = (node: Located | undefined, key: string): LocatedScalar | null => {
  const value = childAt(node, key)?.value;
  return value?.type === "scalar" ? value : null;
};
