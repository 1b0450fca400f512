import type { Principal } from "./principal.js";
import type { Problem } from "./problem.js";
import type { Key, Target } from "./resource.js";
import type { Effect } from "./right.js";
import type { Thing } from "./thing.js";

/**
 * How far somebody who logs in gets: 0 not at all; 1 it can give it to itself (ADMIN OPTION, CREATEROLE before 16, ownership); 2 after SET ROLE;
 * 3 at once.
 */
export type Level = 0 | 1 | 2 | 3;

/** Things that somebody reaches alike: of one type, at one place. */
export interface Reached {
  /** The first few, in the order of their names. */
  readonly examples: readonly [Thing, ...Thing[]];
  readonly count: number;
}

/** `from` < `to`: a gain; else a loss. */
export interface NetItem extends Reached {
  /** Privileges, or `login`. */
  readonly verbs: readonly string[];
  readonly from: Level;
  readonly to: Level;
  /** Whose right it is where it is not its own: after a gain, before a loss. */
  readonly through: readonly Principal[];
}

/** What the whole plan means for one who logs in (a user of a cluster, PUBLIC for all of them) or comes through a door (an IAM role). */
export interface Net {
  readonly who: Principal;
  /** Empty: it reaches what it reached, on another way. */
  readonly items: readonly NetItem[];
  /** The roles by which it has now what it had otherwise before: "unchanged, now through analyst". */
  readonly nowThrough: readonly Principal[];
  /** What it was called before. */
  readonly was?: string;
}

/** Roles by which nobody logs in yet, or any more, and that gain or lose something all the same. */
export interface Unheld {
  readonly gains: readonly Principal[];
  readonly loses: readonly Principal[];
}

/** Somebody who has it before and after is without it between the commits of two units. */
export interface Gap extends Reached {
  readonly who: Principal;
  readonly verbs: readonly string[];
  /** Ids of the unit that takes it, and of the one that gives it back. */
  readonly from: string;
  readonly to: string;
}

/** A difference that stays, because nobody who may do it is at hand: the rest of the plan goes on without it. */
export interface Residue {
  readonly target: Target;
  readonly key: Key;
  /** What should go and stays, or should come and does not. */
  readonly effects: readonly Effect[];
  /** Who gave it, or would have to, where that is why it stays. */
  readonly grantor: string | null;
  /** What whoever may do it runs. */
  readonly statements: readonly string[];
  /** Why it stays, and what to do. */
  readonly problem: Problem;
  /** safety.accept_residue, while it holds. */
  readonly accepted: { readonly until: string; readonly reason: string } | null;
}

/** What nobody has accepted. */
export const openOf = (residue: readonly Residue[]): Residue[] => residue.filter(({ accepted }) => accepted === null);

/** Tells what stays before an apply from what stays after it. */
export const residueId = ({ key, grantor, effects }: Residue): string =>
  JSON.stringify([key, grantor, effects.map(({ sources: _, ...right }) => right)]);
