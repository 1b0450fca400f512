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
import { NOT_THERE, type Refusal, treeEdit } from "./targets.js";
import { type TreeEdit, treeSplices } from "./tree-edit.js";

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

/** What cannot be placed in the text is refused at once; the rest is made together, if that goes. */
function edited(state: State, file: string, edits: readonly FileEdit[]): Edited {
  const placed = edits.map((edit) => ({ edit, change: placedEdit(state, edit) }));
  const refused = placed.flatMap(({ edit, change }) => ("why" in change ? [refusedProblem(edit, change, state.text, file)] : []));
  const rest = placed.flatMap(({ edit, change }) => ("why" in change ? [] : [{ edit, change }]));
  const made = together(state, file, rest);
  return { ...made, problems: [...refused, ...made.problems] };
}

interface Placed {
  readonly edit: FileEdit;
  readonly change: TreeEdit;
}

/** All at once if that goes; else by halves, so that the one that does not go is found. */
function together(state: State, file: string, placed: readonly Placed[]): Edited {
  const [only] = placed;
  if (!only) return { state, done: [], problems: [] };
  const edits = placed.map(({ edit }) => edit);
  const next = tried(state, file, placed);
  if ("text" in next) return { state: next, done: edits, problems: [] };
  if (placed.length === 1) return { state, done: [], problems: [refusedProblem(only.edit, next, state.text, file)] };
  const half = edits.length >> 1;
  const first = edited(state, file, edits.slice(0, half));
  // It was there: what went before took it along. Of what others name that is not enough.
  const isGone = (edit: FileEdit): boolean =>
    (edit.action === "expire" || edit.what.type === "connect" || edit.what.type === "membership") &&
    placedEdit(first.state, edit) === NOT_THERE;
  const second = edited(
    first.state,
    file,
    edits.slice(half).filter((edit) => !isGone(edit)),
  );
  return {
    state: second.state,
    done: [...first.done, ...edits.slice(half).filter((edit) => isGone(edit) || second.done.includes(edit))],
    problems: [...first.problems, ...second.problems],
  };
}

function tried(state: State, file: string, placed: readonly Placed[]): State | Refusal {
  const text = newText(state, placed);
  if (typeof text !== "string") return text;
  const next = stateOf(text, file);
  const meant = placed.reduce((value, { edit }) => intended(value, edit), state.value);
  if (next === null || !isSame(next.value, meant)) return { why: "what comes out would not say what is meant", at: null };
  const fault = [...next.errors].find(([key]) => !state.errors.has(key))?.[1];
  if (!fault) return next;
  return { why: `then the file would be wrong: ${fault.message}`, at: null, ...(fault.hint ? { hint: fault.hint } : {}) };
}

function newText({ text, root }: State, placed: readonly Placed[]): string | Refusal {
  const changes = placed.map(({ change }) => change);
  const splices = ifEditable(() => (root === null ? UNKNOWN_FORM : treeSplices(text, root, changes)));
  if ("why" in splices) return splices;
  return spliced(text, splices) ?? { why: "two changes of it want the same place", at: null };
}

const placedEdit = ({ text, root }: State, edit: FileEdit): TreeEdit | Refusal =>
  ifEditable(() => (root === null ? UNKNOWN_FORM : treeEdit(text, root, edit)));

const UNKNOWN_FORM: Refusal = { why: "the file is written there in a form that is not changed by itself", at: null };

function ifEditable<T>(make: () => T): T | Refusal {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof NotEditable)) throw error;
    return { ...UNKNOWN_FORM, at: error.at };
  }
}

/** null: it is no YAML that is accepted. */
function stateOf(text: string, file: string): State | null {
  const { root, problems } = parseYaml(text, file);
  if (root === null || problems.length > 0) return null;
  const errors = parseAccess(text, file).problems.filter(isError);
  return {
    text,
    root: locatedOrNull(text),
    value: toPlain(root),
    errors: new Map(errors.map((one) => [`${one.code} ${one.message}`, one])),
  };
}

function locatedOrNull(text: string): Located | null {
  const root = ifEditable(() => locate(text));
  return "why" in root ? null : root;
}

function refusedProblem(edit: FileEdit, { why, at, hint: before }: Refusal, text: string, file: string): Problem {
  const name = targetName(edit.what);
  const message = `${name} is not ${edit.action === "remove" ? "removed" : "given an end"}: ${why.replace(/\.$/, "")}.`;
  const byHand =
    edit.action === "remove" ? "Remove it by hand, with what names it." : `Write expires: ${edit.until} into its entry by hand.`;
  const hint = before === undefined ? byHand : `${before} ${byHand}`;
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
