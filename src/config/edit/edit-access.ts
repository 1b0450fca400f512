import { errorProblem, isError, type Problem } from "../../model/problem.js";
import type { EditTarget, FileEdit } from "../../model/review.js";
import { parseYaml } from "../parse.js";
import { parseAccess } from "../parse-access.js";
import { placesOf } from "../text-place.js";
import { NotEditable } from "./gap.js";
import { intended } from "./intended.js";
import { leftBehind } from "./left.js";
import { type Located, locate } from "./located.js";
import { isSame, type Plain, toPlain } from "./plain.js";
import { spliced } from "./splice.js";
import { type Refusal, treeEdit } from "./targets.js";
import { treeSplices } from "./tree-edit.js";

export interface EditedAccess {
  /** The file; as it was where no edit could be made. */
  readonly text: string;
  readonly done: readonly FileEdit[];
  /** What the edits leave without a purpose: sentences. */
  readonly left: readonly string[];
  /** Of every edit that was not made. */
  readonly problems: readonly Problem[];
}

/**
 * access.yaml, changed where the edits act and nowhere else. What comes out is parsed again and must say what was meant, and nothing
 * that the file's rules refuse; an edit that does not come to that is not made, the others are. `file`: as messages name it.
 */
export function editAccess(text: string, file: string, edits: readonly FileEdit[]): EditedAccess {
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const start = stateOf(text.slice(mark.length), file);
  if (start === null) return { text, done: [], left: [], problems: parseYaml(text, file).problems };
  const end = edited(start, file, edits);
  const left = end.done.length === 0 ? [] : leftBehind(start.value, end.state.value, end.done);
  return { text: mark + end.state.text, done: end.done, left, problems: end.problems };
}

interface State {
  readonly text: string;
  readonly root: Located | null;
  readonly value: Plain;
  /** Of the errors that the file has: what is there already is no edit's fault. */
  readonly errors: ReadonlyMap<string, Problem>;
}

interface Edited {
  readonly state: State;
  readonly done: readonly FileEdit[];
  readonly problems: readonly Problem[];
}

/** All at once if that goes; else by halves, so that the one that does not go is found. */
function edited(state: State, file: string, edits: readonly FileEdit[]): Edited {
  if (edits.length === 0) return { state, done: [], problems: [] };
  const next = tried(state, file, edits);
  if ("text" in next) return { state: next, done: edits, problems: [] };
  const [only] = edits;
  if (edits.length === 1 && only) return { state, done: [], problems: [refusedProblem(only, next, state.text, file)] };
  const half = edits.length >> 1;
  const first = edited(state, file, edits.slice(0, half));
  const second = edited(first.state, file, edits.slice(half));
  return { state: second.state, done: [...first.done, ...second.done], problems: [...first.problems, ...second.problems] };
}

function tried(state: State, file: string, edits: readonly FileEdit[]): State | Refusal {
  const text = newText(state, edits);
  if (typeof text !== "string") return text;
  const next = stateOf(text, file);
  const meant = edits.reduce(intended, state.value);
  if (next === null || !isSame(next.value, meant)) return { why: "what comes out would not say what is meant", at: null };
  const fault = [...next.errors].find(([key]) => !state.errors.has(key))?.[1];
  return fault ? { why: `then the file would be wrong: ${fault.message}`, at: null } : next;
}

function newText({ text, root }: State, edits: readonly FileEdit[]): string | Refusal {
  try {
    if (root === null) throw new NotEditable(0);
    const changes = edits.map((edit) => treeEdit(text, root, edit));
    const refusal = changes.find((change) => "why" in change);
    if (refusal) return refusal;
    const fine = changes.flatMap((change) => ("why" in change ? [] : [change]));
    return spliced(text, treeSplices(text, root, fine)) ?? { why: "two changes of it want the same place", at: null };
  } catch (error) {
    if (!(error instanceof NotEditable)) throw error;
    return { why: "the file is written there in a form that is not changed by itself", at: error.at };
  }
}

/** null: it is no YAML that is accepted. */
function stateOf(text: string, file: string): State | null {
  const { root, problems } = parseYaml(text, file);
  if (root === null || problems.length > 0) return null;
  const errors = parseAccess(text, file).problems.filter(
    (problem) => isError(problem) && !problem.message.endsWith(`Key "expires" is not supported yet.`),
  );
  return {
    text,
    root: locatedOrNull(text),
    value: toPlain(root),
    errors: new Map(errors.map((one) => [`${one.code} ${one.message}`, one])),
  };
}

function locatedOrNull(text: string): Located | null {
  try {
    return locate(text);
  } catch (error) {
    if (error instanceof NotEditable) return null;
    throw error;
  }
}

function refusedProblem(edit: FileEdit, { why, at }: Refusal, text: string, file: string): Problem {
  const name = targetName(edit.what);
  const message = `${name} is not ${edit.action === "remove" ? "removed" : "given an end"}: ${why.replace(/\.$/, "")}.`;
  const hint = edit.action === "remove" ? "Remove it by hand, with what names it." : `Write expires: ${edit.until} into its entry by hand.`;
  return errorProblem("edit-refused", message, { place: at === null ? null : placesOf(text, file)(at), hint });
}

const NOUNS = { "iam-role": "IAM role", "iam-user": "IAM user", "iam-policy": "IAM policy" } as const;

function targetName(what: EditTarget): string {
  if (what.type === "connect") {
    const where = what.clusters === null ? "" : ` on ${what.clusters.join(", ")}`;
    return `The door of ${NOUNS[what.holder]} "${what.door}" to "${what.user}"${where}`;
  }
  if (what.type === "membership") return `The membership of "${what.member}" in "${what.role}"`;
  if (what.type === "iam-role") return `IAM role "${what.id}"`;
  return `${what.type === "user" ? "User" : "Role"} "${what.name}"`;
}
