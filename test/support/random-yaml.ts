import type { Tree } from "./random-access.js";
import type { Tape } from "./tape.js";

// A tree as people write YAML: blocks, braces, quotes, comments and empty lines anywhere. Each line and comment knows what it belongs to.

/** Keys; of an item `=NAME`. */
export type Path = readonly string[];

export interface Line {
  readonly text: string;
  /** value: as it is while the value at the path is; header: while there is one; other: no matter. */
  readonly kind: "value" | "header" | "other";
  readonly path: Path;
}

export interface Comment {
  readonly text: string;
  /** own: goes with the path; free: stays while the path does; inside: of flow, as free, but may go. */
  readonly kind: "own" | "free";
  readonly path: Path;
  readonly flow: boolean;
}

export interface Written {
  readonly text: string;
  readonly lines: readonly Line[];
  readonly comments: readonly Comment[];
}

export function randomYaml(tape: Tape, tree: Tree): Written {
  const writer = new Writer(tape);
  const start = tape.rarely(5) ? [other("---")] : [];
  const root = tape.rarely(12) ? flowLines(writer.flow(tree, [], 0)) : writer.block(tree, []);
  const lines = [...start, ...root];
  const lineBreak = tape.pick("\n", "\n", "\r\n", "\r");
  const text = `${tape.rarely(8) ? "\uFEFF" : ""}${lines.map((line) => line.text).join(lineBreak)}${tape.rarely(4) ? "" : lineBreak}`;
  return { text, lines, comments: writer.comments };
}

const other = (text: string): Line => ({ text, kind: "other", path: [] });
const flowLines = (text: string): Line[] => text.split("\n").map(other);
const isObject = (tree: Tree): tree is { readonly [key: string]: Tree } =>
  typeof tree === "object" && tree !== null && !Array.isArray(tree);
const isList = (tree: Tree): tree is readonly Tree[] => Array.isArray(tree);

/** What an item is called, so that it is known again after others went. */
export function itemName(item: Tree): string {
  const name = isObject(item) ? (item["user"] ?? item["role"] ?? item["service"] ?? "") : item;
  return `=${String(name)}`;
}

class Writer {
  readonly #tape: Tape;
  readonly comments: Comment[] = [];

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** Lines from column 0. */
  block(tree: Tree, path: Path): Line[] {
    if (isList(tree)) return tree.flatMap((item) => this.#item(item, [...path, itemName(item)], path));
    return Object.entries(isObject(tree) ? tree : {}).flatMap(([key, value], i) => [
      ...(path.length === 0 && i === 0 ? [] : this.#above([...path, key], path)),
      ...this.#entry(key, value, [...path, key]),
    ]);
  }

  #entry(key: string, value: Tree, path: Path): Line[] {
    const name = this.#scalar(key, true);
    const isFilled = (isList(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
    if (isFilled && this.#tape.next(3) < 2) {
      const dashed = isList(value) && this.#tape.rarely(3) ? 0 : this.#tape.pick(2, 1, 4);
      const inside = this.block(value, path).map((line) => indented(line, dashed));
      const under = endsInText(value) ? [] : this.#under(path, dashed + 1);
      return [{ text: `${name}:${this.#behind(path)}`, kind: "header", path }, ...inside, ...under];
    }
    if (typeof value === "string" && value.includes("\n") && this.#tape.next(2) === 0)
      return [
        `${name}: |`,
        ...value
          .trimEnd()
          .split("\n")
          .map((line) => `  ${line}`),
      ].map((text) => ({ text, kind: "value", path }));
    const text = value === null ? this.#tape.pick("", " {}", " null", " ~") : ` ${this.flow(value, path, 1)}`;
    return this.#asValue(`${name}:${text}${this.#behind(path)}`, path);
  }

  #item(item: Tree, path: Path, list: Path): Line[] {
    const above = this.#above(path, list);
    const isFilled = isObject(item) && this.#tape.next(2) === 0;
    if (!isFilled) return [...above, ...this.#asValue(`- ${this.flow(item, path, 1)}${this.#behind(path)}`, path)];
    const inside = this.block(item, path);
    const [first] = inside;
    if (!first || /^\s*(#|$)/.test(first.text))
      return [...above, { text: `-${this.#behind(path)}`, kind: "header", path }, ...inside.map((line) => indented(line, 2))];
    const gap = this.#tape.pick(1, 3);
    return [
      ...above,
      ...inside.map((line, i) => (i === 0 ? { ...line, text: `-${" ".repeat(gap)}${line.text}` } : indented(line, gap + 1))),
    ];
  }

  /** All its lines stay as they are while the value does. */
  #asValue = (text: string, path: Path): Line[] => text.split("\n").map((line) => ({ text: line, kind: "value", path }));

  #above(path: Path, container: Path): Line[] {
    const tape = this.#tape;
    const free = tape.rarely(9) ? [other(""), other(this.#comment("free", container)), other("")] : [];
    const empty = tape.rarely(7) ? [other("")] : [];
    const own = tape.rarely(4) ? Array.from({ length: 1 + tape.next(2) }, () => other(this.#comment("own", path))) : [];
    return [...free, ...empty, ...own];
  }

  #behind = (path: Path): string => (this.#tape.rarely(4) ? ` ${this.#comment("own", path)}` : "");

  #under(path: Path, column: number): Line[] {
    return this.#tape.rarely(8) ? [indented(other(this.#comment("free", path, true)), column)] : [];
  }

  #comment(kind: Comment["kind"], path: Path, flow = false): string {
    const text = `# c${this.comments.length}.${this.#tape.pick("", " a: b", " [,", " ü")}`;
    this.comments.push({ text, kind, path, flow });
    return text;
  }

  /** Lines behind the first are indented by at least `column`. */
  flow(tree: Tree, path: Path, column: number): string {
    if (!isList(tree) && !isObject(tree)) return this.#scalar(tree, true);
    const [open, close] = isList(tree) ? ["[", "]"] : ["{", "}"];
    const parts = isList(tree)
      ? tree.map((item) => ({ path: [...path, itemName(item)], text: this.flow(item, [...path, itemName(item)], column + 2) }))
      : Object.entries(tree).map(([key, value]) => ({ path: [...path, key], text: this.#pair(key, value, [...path, key], column + 2) }));
    if (parts.length === 0) return `${open}${this.#tape.pick("", " ")}${close}`;
    if (this.#tape.rarely(4)) return this.#flowLines(parts, path, column, open, close);
    const [before, after, end] = [this.#tape.pick("", " "), this.#tape.pick("", " "), this.#tape.pick("", " ", ",", " , ")];
    const between = this.#tape.pick(", ", ",  ", " , ", `,\n${" ".repeat(column + 1)}`);
    return `${open}${before}${parts.map(({ text }) => text).join(between)}${end}${after}${close}`;
  }

  #flowLines(parts: readonly { path: Path; text: string }[], path: Path, column: number, open: string, close: string): string {
    const pad = `\n${" ".repeat(column + this.#tape.next(3))}`;
    const remark = (where: Path): string => (this.#tape.rarely(4) ? ` ${this.#comment("free", where, true)}` : "");
    const first = remark(path);
    const comma = this.#tape.rarely(2);
    const lines = parts.map((part, i) => {
      const above = this.#tape.rarely(6) ? `${this.#comment("free", part.path, true)}${pad}` : "";
      return `${above}${part.text}${comma || i + 1 < parts.length ? this.#tape.pick(",", ",", " ,") : ""}${remark(part.path)}`;
    });
    return `${open}${first}${pad}${lines.join(pad)}${pad}${close}`;
  }

  #pair(key: string, value: Tree, path: Path, column: number): string {
    const name = this.#scalar(key, true);
    if (value === null) return this.#tape.pick(`${name}: {}`, name, `${name}: `, `${name}: null`);
    return `${name}${this.#tape.rarely(8) ? " " : ""}: ${this.flow(value, path, column)}`;
  }

  #scalar(value: string | number | null, isName: boolean): string {
    if (typeof value === "number") return String(value);
    if (value === null) return "null";
    const isPlain =
      isName && /^[\p{L}][\p{L}\d_./ -]*$|^s\.\*$|^\d{4}-/u.test(value) && value !== "null" && !value.endsWith(" ") && value !== "true";
    return isPlain ? this.#tape.pick(value, value, JSON.stringify(value)) : this.#tape.pick(JSON.stringify(value), quoted(value));
  }
}

const quoted = (value: string): string => (value.includes("\n") ? JSON.stringify(value) : `'${value.replaceAll("'", "''")}'`);

const indented = (line: Line, by: number): Line => ({ ...line, text: line.text === "" ? "" : `${" ".repeat(by)}${line.text}` });

function endsInText(tree: Tree): boolean {
  const values = isObject(tree) ? Object.values(tree) : isList(tree) ? tree : [];
  const last = values.at(-1);
  return typeof last === "string" ? last.includes("\n") : last !== undefined && endsInText(last);
}
