import { pick } from "./domain.js";
import { editFile } from "./edit-file.js";
import { editWorld, WORLD_EDITS } from "./edit-world.js";
import type { AccessModel, World } from "./model.js";
import type { Scene } from "./planner.js";
import type { Edit } from "./sketch.js";

/** One pull request: what it does to the base file, one edit after the other. */
export type Pull = readonly Edit[];

export const pullOf = (base: AccessModel, pull: Pull, world: World): AccessModel =>
  pull.reduce((file, edit) => editFile(file, edit, world), base);

export const mergedOf = (base: AccessModel, pulls: readonly Pull[], world: World): AccessModel =>
  pulls.reduce((file, pull) => pullOf(file, pull, world), base);

/** Edits of a state that change one field of one thing: what an approval must not be taken for. */
const NEAR = [
  "toggleGrantable",
  "changePrivilege",
  "toggleOption",
  "changeIdentity",
  "editTrust",
  "editTrust",
  "editPolicy",
  "editPolicy",
  "editAttachment",
  "editProfile",
  "editRole",
  "dropAtom",
  "addAtom",
] as const satisfies readonly (keyof typeof WORLD_EDITS)[];
const WORLD_EDIT_NAMES = Object.keys(WORLD_EDITS);

/**
 * What differs in one field from what was reviewed: a pull request that says almost the same, one more edit of the merged file, or
 * a server or an account that holds almost the same.
 */
export function nearMiss(base: Scene, pulls: readonly Pull[], [how, a, b, c]: Edit): Scene {
  const { file, world } = base;
  if (how % 4 === 0) return { file: mergedOf(file, almost(pulls, a, b, c), world), world };
  const merged = mergedOf(file, pulls, world);
  if (how % 4 === 1) return { file: editFile(merged, [how >> 2, a, b, c], world), world };
  // The very place that the pull request changed, changed again.
  const [, x, y, z] = pulls[0]?.[0] ?? [how, a, b, c];
  if (how % 4 === 2) return { file: editFile(merged, [how >> 2, x, y, z], world), world };
  return { file: merged, world: editWorld(world, [WORLD_EDIT_NAMES.indexOf(pick(NEAR, how >> 2)), a, b, c]) };
}

/** One number of one edit of one pull request is another. */
function almost(pulls: readonly Pull[], which: number, field: number, by: number): Pull[] {
  return pulls.map((pull, p) =>
    p !== which % pulls.length
      ? pull
      : pull.map((edit, e) => (e === (which >> 1) % pull.length ? moved(edit, field % 4, 1 + (by % 7)) : edit)),
  );
}

const moved = ([kind, a, b, c]: Edit, field: number, by: number): Edit => [
  field === 0 ? kind + by : kind,
  field === 1 ? a + by : a,
  field === 2 ? b + by : b,
  field === 3 ? c + by : c,
];
