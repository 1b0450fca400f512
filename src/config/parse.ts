import { EVENT_ID, type Event, getScalarValue, parseEvents, YAMLException } from "js-yaml";
import { type Place, placeText } from "../model/place.js";
import { errorProblem, type Problem } from "../model/problem.js";
import { isPlain, scalarValue } from "./scalar.js";
import { type PlaceOf, placesOf } from "./text-place.js";
import type { YamlEntry, YamlMap, YamlNode } from "./yaml-node.js";
import { conflictProblem, quoteHint, syntaxProblem } from "./yaml-syntax.js";

export interface ParsedYaml {
  /** null: the file is empty or is no YAML at all. */
  readonly root: YamlNode | null;
  readonly problems: readonly Problem[];
}

/** Deeper than any file that is meant: a flood of brackets must not exhaust the stack. */
const MAX_DEPTH = 50;

/** YAML with the place of every key and value. Aliases, anchors, tags, merge keys and second documents are refused. */
export function parseYaml(source: string, file: string): ParsedYaml {
  const text = source.replace(/^\uFEFF/, "");
  const placeOf = placesOf(text, file);
  const conflict = conflictProblem(text, placeOf);
  if (conflict) return { root: null, problems: [conflict] };
  try {
    return new TreeBuilder(text, placeOf, parseEvents(text, { maxDepth: MAX_DEPTH })).build();
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return { root: null, problems: [syntaxProblem(error, text, placeOf)] };
  }
}

/** "\\ud800": on its way to the server it would become another character. */
const LONE_SURROGATE = /\p{Surrogate}/u;

type EventOf<T extends number> = Extract<Event, { type: T }>;
type ScalarEvent = EventOf<typeof EVENT_ID.SCALAR>;
type Properties = { readonly anchorStart: number; readonly tagStart: number };

/** One pass over the events of one parse. */
class TreeBuilder {
  readonly #text: string;
  readonly #placeOf: PlaceOf;
  readonly #events: readonly Event[];
  readonly #problems: Problem[] = [];
  #at = 0;

  constructor(text: string, placeOf: PlaceOf, events: readonly Event[]) {
    this.#text = text;
    this.#placeOf = placeOf;
    this.#events = events;
  }

  build(): ParsedYaml {
    const documents = this.#events.filter((event) => event.type === EVENT_ID.DOCUMENT).length;
    const start = this.#placeOf(0);
    if (documents === 0) return { root: null, problems: [emptyProblem(start)] };
    this.#at = 1;
    const root = this.#node(start);
    if (documents > 1) this.#problems.push(this.#documentsProblem());
    if (root.type === "scalar" && root.text === "") return { root: null, problems: [...this.#problems, emptyProblem(start)] };
    return { root, problems: this.#problems };
  }

  /** `fallback` is the place of a value that is not written down: `key:`. */
  #node(fallback: Place): YamlNode {
    const event = this.#next();
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event.anchorStart, event.anchorEnd);
    if (event.type === EVENT_ID.SCALAR) return this.#scalar(event, fallback);
    if (event.type === EVENT_ID.SEQUENCE) return this.#list(event);
    if (event.type === EVENT_ID.MAPPING) return this.#map(event);
    throw new Error("The YAML parser sent an event that no node begins with.");
  }

  #scalar(event: ScalarEvent, fallback: Place): YamlNode {
    this.#refuseProperties(event);
    const text = event.valueStart < 0 ? "" : getScalarValue(this.#text, event);
    const place = event.valueStart < 0 ? fallback : this.#placeOf(event.valueStart - (isQuoted(event, this.#text) ? 1 : 0));
    if (LONE_SURROGATE.test(text))
      this.#error(
        "lone-surrogate",
        `${JSON.stringify(text)} holds one half of a character, which nothing can be called.`,
        place,
        "Write the character itself, or both of its halves.",
      );
    return { type: "scalar", place, value: scalarValue(text, isPlain(event)), text };
  }

  #list(event: EventOf<typeof EVENT_ID.SEQUENCE>): YamlNode {
    this.#refuseProperties(event);
    const place = this.#placeOf(event.start);
    const items: YamlNode[] = [];
    while (!this.#closes()) items.push(this.#node(place));
    return { type: "list", place, items };
  }

  #map(event: EventOf<typeof EVENT_ID.MAPPING>): YamlMap {
    this.#refuseProperties(event);
    const place = this.#placeOf(event.start);
    const entries = new Map<string, YamlEntry>();
    while (!this.#closes()) this.#entry(entries, place);
    return { type: "map", place, entries };
  }

  #entry(entries: Map<string, YamlEntry>, mapPlace: Place): void {
    const keyEvent = this.#events[this.#at];
    const keyNode = this.#node(mapPlace);
    const value = this.#node(keyNode.place);
    const isMerge = keyEvent?.type === EVENT_ID.SCALAR && isPlain(keyEvent) && keyNode.type === "scalar" && keyNode.text === "<<";
    if (isMerge) this.#error("yaml-merge", "Merge keys (<<) are not accepted.", keyNode.place, "Write the entries out.");
    else if (keyNode.type !== "scalar" || keyNode.text === "")
      this.#error(
        "yaml-key",
        "A key must be a name.",
        keyNode.type === "scalar" ? value.place : keyNode.place,
        'Write the key as text in front of the colon: "name: value".',
      );
    else this.#add(entries, { key: keyNode.text, place: keyNode.place, value });
  }

  #add(entries: Map<string, YamlEntry>, entry: YamlEntry): void {
    const first = entries.get(entry.key);
    if (!first) entries.set(entry.key, entry);
    else
      this.#error(
        "duplicate-key",
        `Key "${entry.key}" stands twice in one mapping; the first is at ${placeText(first.place)}.`,
        entry.place,
        "Merge the two, or rename one of them.",
      );
  }

  #alias(start: number, end: number): YamlNode {
    const place = this.#placeOf(start - 1);
    const text = `*${this.#text.slice(start, end)}`;
    this.#error("yaml-alias", `Aliases are not accepted, and ${text} is one for YAML.`, place, quoteHint(text));
    return { type: "scalar", place, value: text, text };
  }

  #refuseProperties(event: Properties): void {
    if (event.anchorStart >= 0)
      this.#error(
        "yaml-alias",
        "Anchors (&) and aliases (*) are not accepted.",
        this.#placeOf(event.anchorStart - 1),
        "Write the value out where it is needed.",
      );
    if (event.tagStart >= 0)
      this.#error(
        "yaml-tag",
        "Tags (!) are not accepted.",
        this.#placeOf(event.tagStart),
        "Leave the tag out; to make a value text, put it in quotes.",
      );
  }

  #documentsProblem(): Problem {
    const second = this.#events.findIndex((event, index) => index > 0 && event.type === EVENT_ID.DOCUMENT);
    const offset = startOf(this.#events[second + 1]) ?? this.#text.length;
    return errorProblem("yaml-documents", "The file holds more than one YAML document.", {
      place: this.#placeOf(offset),
      hint: "Keep one, and remove the lines of three dashes (---) between them.",
    });
  }

  #closes(): boolean {
    if (this.#events[this.#at]?.type !== EVENT_ID.POP) return false;
    this.#at++;
    return true;
  }

  #next(): Event {
    const event = this.#events[this.#at++];
    if (!event) throw new Error("The YAML parser's events end too early.");
    return event;
  }

  #error(code: string, message: string, place: Place, hint: string): void {
    this.#problems.push(errorProblem(code, message, { place, hint }));
  }
}

const emptyProblem = (place: Place): Problem =>
  errorProblem("empty-file", "The file is empty.", {
    place,
    hint: "It needs at least version, owner and clusters.",
  });

function startOf(event: Event | undefined): number | null {
  if (!event) return null;
  if (event.type === EVENT_ID.SCALAR) return event.valueStart < 0 ? null : event.valueStart;
  return "start" in event ? event.start : null;
}

/** Offsets of a quoted scalar leave the quotes out. */
const isQuoted = (event: ScalarEvent, text: string): boolean => !isPlain(event) && /["']/.test(text[event.valueStart - 1] ?? "");
