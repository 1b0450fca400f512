import type { Attributes, Change } from "./change.js";
import type { Effect } from "./right.js";

/**
 * What a reviewer has seen, as hashes: one for each right with all its terms, one for each thing that comes or goes, one for each attribute
 * that becomes something. A privilege that a wildcard itself gives is one for all objects under it, so that a table made after the review
 * stands under what was reviewed; a loss is one for a whole schema when nothing of it is kept there. A part of what was approved is approved.
 */
export interface Approval {
  /** 24 hexadecimal digits: 96 bits of a SHA-256. */
  readonly id: string;
  /** A loss needs one only where the base file still gives what goes: repairing drift needs none. A thing of IAM never goes as drift. */
  readonly needs: "always" | "if-base-gives";
  readonly about: ApprovalAbout;
}
export type ApprovalAbout =
  /** `folded`: it stands for all objects of that type in the schema. */
  | { readonly type: "right"; readonly effect: Effect; readonly folded: boolean }
  | { readonly type: "thing"; readonly change: Pick<Change, "op" | "subject">; readonly creation?: Attributes["creation"] }
  | { readonly type: "attribute"; readonly change: Pick<Change, "op" | "subject">; readonly name: string };
