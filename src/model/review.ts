import type { EvidenceSource } from "./evidence.js";
import type { Place } from "./place.js";
import type { Problem } from "./problem.js";

/** What of access.yaml is judged, and may be made to end. */
export type Subject =
  /** `connect` of an IAM role or user (`door`: its id in the file) to one user on one cluster; `cluster` null: every cluster. */
  | {
      readonly type: "door";
      readonly holder: "iam-role" | "iam-user" | "iam-policy";
      readonly door: string;
      readonly user: string;
      readonly cluster: string | null;
    }
  | { readonly type: "membership"; readonly member: string; readonly role: string; readonly cluster: string }
  | { readonly type: "login"; readonly user: string; readonly cluster: string }
  /** Its id in the file. */
  | { readonly type: "iam-role"; readonly id: string };

export type UseVerdict = "used" | "quiet" | "unknown";

export interface Verdict {
  readonly subject: Subject;
  readonly verdict: UseVerdict;
  /** When it was last seen; null: never, as far as is known. */
  readonly last: number | null;
  readonly sources: readonly EvidenceSource[];
  /** The proof, or what is missing, in words. */
  readonly why: string;
  readonly place: Place;
}

/** A change of access.yaml: a thing of it ends on a day, or goes. What hangs on it goes with it. */
export type FileEdit =
  | { readonly action: "remove"; readonly what: EditTarget }
  | { readonly action: "expire"; readonly what: EditTarget; readonly until: string };

export type EditTarget =
  /** One entry of `connect`; `clusters` null: the whole entry, else these of its list. */
  | {
      readonly type: "connect";
      readonly holder: "iam-role" | "iam-user" | "iam-policy";
      readonly door: string;
      readonly user: string;
      readonly clusters: readonly string[] | null;
    }
  | { readonly type: "membership"; readonly member: string; readonly role: string }
  | { readonly type: "user"; readonly name: string }
  | { readonly type: "role"; readonly name: string }
  | { readonly type: "iam-role"; readonly id: string };

export interface Proposal {
  readonly edit: FileEdit;
  /** Whose verdicts say so. */
  readonly because: readonly Verdict[];
}

export interface Review {
  /** The window, milliseconds since 1970 UTC. */
  readonly since: number;
  readonly now: number;
  readonly verdicts: readonly Verdict[];
  readonly proposals: readonly Proposal[];
  /** Findings besides, and what the review does not know. */
  readonly problems: readonly Problem[];
}
