import fc from "fast-check";
import { editAccess } from "../../src/config/edit/edit-access.js";
import { intended } from "../../src/config/edit/intended.js";
import { isList, isMap, isSame, type Plain, toPlain } from "../../src/config/edit/plain.js";
import { parseYaml } from "../../src/config/parse.js";
import type { FileEdit } from "../../src/model/review.js";
import { type Extent, timeIsOver } from "./generated.js";
import { mutatedText } from "./mutations.js";
import { randomEdits, randomTree, type Tree } from "./random-access.js";
import { itemName, type Path, randomYaml, type Written } from "./random-yaml.js";
import { choices, Tape } from "./tape.js";

export interface EditCount {
  readonly made: number;
  readonly refused: number;
}

/** Throws where an edit says another thing than was meant, or touches what it does not concern. */
export function checkEdit(tape: Tape): EditCount {
  const tree = randomTree(tape);
  const edits = randomEdits(tape, tree);
  const written = randomYaml(tape, tree);
  const before = plainOf(written.text);
  const { text, done, problems } = editAccess(written.text, "access.yaml", edits);
  if (done.length + problems.length !== edits.length) throw new Error(`An edit is neither made nor refused.\n${written.text}`);
  if (done.length === 0 && text !== written.text) throw new Error("Nothing was edited, and the text is another.");
  const after = plainOf(text);
  // A comment that stays would become the end of a text of several lines above it.
  const isFair = written.text.includes(": |") ? /is not in the file|any_cluster|would not say/ : /is not in the file|any_cluster/;
  const odd = problems.find(({ message }) => !isFair.test(message));
  const report = (what: string): Error => new Error([what, JSON.stringify(edits), written.text, "→", text].join("\n"));
  if (odd) throw report(`Refused: ${odd.message}`);
  if (!isSame(after, done.reduce(intended, before))) throw report("It says another thing than was meant.");
  const apart = splitAndRemoved(done);
  const isSure = ({ path }: { readonly path: Path }): boolean => !path.some((name) => apart.has(name));
  const sure = { ...written, lines: written.lines.filter(isSure), comments: written.comments.filter(isSure) };
  const fault = touched(sure, text, before, after);
  if (fault) throw report(fault);
  return { made: done.length, refused: problems.length };
}

/** Of an entry of which a part ends and the rest goes, the part is left: an item of the same name, on a line of its own. */
function splitAndRemoved(edits: readonly FileEdit[]): Set<string> {
  const usersOf = (action: FileEdit["action"]): string[] =>
    edits.flatMap(({ action: is, what }) => (is === action && what.type === "connect" && what.clusters !== null ? [`=${what.user}`] : []));
  const removed = usersOf("remove");
  return new Set(usersOf("expire").filter((user) => removed.includes(user)));
}

/** The same of any text: throws where an edit comes to another thing, or is neither made nor refused. */
export function checkTextEdit(text: string, tape: Tape): EditCount {
  const { root, problems: faults } = parseYaml(text, "access.yaml");
  const tree = root === null || faults.length > 0 ? {} : treeOf(toPlain(root));
  const edits = randomEdits(tape, tree);
  const edited = editAccess(text, "access.yaml", edits);
  if (edited.done.length > 0 && !isSame(plainOf(edited.text), edited.done.reduce(intended, plainOf(text))))
    throw new Error(["It says another thing than was meant.", JSON.stringify(edits), text, "→", edited.text].join("\n"));
  if (edited.done.length === 0 && edited.text !== text) throw new Error("Nothing was edited, and the text is another.");
  return { made: edited.done.length, refused: edited.problems.length };
}

function treeOf(value: Plain): Tree {
  if (isMap(value)) return Object.fromEntries([...value].map(([key, inner]) => [key, treeOf(inner)]));
  if (isList(value)) return value.map(treeOf);
  return typeof value === "boolean" ? String(value) : value;
}

function plainOf(text: string): Plain {
  const { root, problems } = parseYaml(text, "access.yaml");
  if (!root || problems.length > 0) throw new Error(`No YAML: ${problems[0]?.message}\n${text}`);
  return toPlain(root);
}

/** Lines of what is the same are there, byte for byte and in order; comments stay and go with what they belong to. */
function touched(written: Written, text: string, before: Plain, after: Plain): string | null {
  const kept = written.lines.filter(({ kind, path }) => {
    const [was, is] = [lookup(before, path), lookup(after, path)];
    if (was === undefined || is === undefined || kind === "other") return false;
    return kind === "value" ? isSame(was, is) : isContinued(was, is);
  });
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/);
  let at = 0;
  for (const line of kept) {
    at = lines.indexOf(line.text, at) + 1;
    if (at === 0) return `The line is gone, or another: ${line.text}`;
  }
  // It has become the first of the file, since an edit before took what stood above it.
  const opensFile = text.replace(/^\uFEFF|^---\s+/, "").startsWith("#");
  for (const { text: comment, path, kind, flow } of written.comments) {
    const [isThere, stays] = [text.includes(comment), lookup(after, path) !== undefined];
    if (stays && !isThere) return `The comment is gone: ${comment}`;
    if (!stays && isThere && kind === "own" && !flow && !opensFile) return `The comment is left: ${comment}`;
  }
  return null;
}

/** Something of it is there still: else it may be written anew behind its key. */
const isContinued = (was: Plain, is: Plain): boolean => {
  if (isMap(was)) return isMap(is) && [...was.keys()].some((key) => is.has(key));
  return !isList(was) || (isList(is) && was.some((item) => is.some((other) => nameOf(item) === nameOf(other))));
};

function lookup(value: Plain, path: Path): Plain | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  const next = isMap(value) ? value.get(first) : isList(value) ? value.find((item) => nameOf(item) === first) : undefined;
  return next === undefined ? undefined : lookup(next, rest);
}

const nameOf = (item: Plain): string =>
  itemName(isMap(item) ? String(item.get("user") ?? item.get("role") ?? item.get("service") ?? "") : isList(item) ? "" : String(item));

/** Random files in random styles: how many edits were made of them, and how many were refused. */
export function judgeEdits(extent: Extent): EditCount {
  const count = { made: 0, refused: 0 };
  fc.assert(
    fc.property(choices(600), (all) => {
      if (!timeIsOver()) add(count, checkEdit(new Tape(all)));
    }),
    // What fails is said whole; making it smaller takes minutes.
    { ...extent, endOnFailure: true },
  );
  return count;
}

/** The same of files that somebody has made a mess of. */
export function judgeTextEdits(extent: Extent): EditCount {
  const count = { made: 0, refused: 0 };
  fc.assert(
    fc.property(mutatedText, choices(20), (text, all) => {
      if (!timeIsOver()) add(count, checkTextEdit(text, new Tape(all)));
    }),
    { ...extent, endOnFailure: true },
  );
  return count;
}

function add(count: { made: number; refused: number }, { made, refused }: EditCount): void {
  count.made += made;
  count.refused += refused;
}
