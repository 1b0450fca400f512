import type { ClusterFacts } from "../facts/facts.js";
import { type Operation, PHASES, type Phase } from "../model/operation.js";
import type { AwsDraft } from "./aws-units.js";
import { draftOf, type UnitDraft } from "./draft.js";
import type { Lockout } from "./lockout.js";
import { provedAlone } from "./waves.js";

export interface OuterInput {
  readonly cluster: ClusterFacts;
  readonly operations: readonly Operation[];
  /** Calls of AWS that concern doors to it. */
  readonly aws: readonly AwsDraft[];
  /** Of those, apart: what gives doors the new names of users beside the old ones. */
  readonly both: readonly AwsDraft[];
}

export const CORE: readonly Phase[] = ["remove", "change", "add"];
const OUTER = PHASES.filter((phase) => !CORE.includes(phase));

/** Phases of their own, in the admin's database. */
export function outerUnits({ cluster, operations, aws, both }: OuterInput, core: readonly UnitDraft[], lockout: Lockout): UnitDraft[] {
  const site = { cluster: cluster.name, database: cluster.declared.admin.database };
  const all = OUTER.flatMap((phase) => {
    const own = operations.filter((o) => o.phase === phase);
    const { checks, rest } = provedAlone(lockout, own, (some) => draftOf(phase, site, some));
    return [...checks, ...(rest.length > 0 ? [draftOf(phase, site, rest, checks)] : [])];
  });
  const of = (phase: Phase): UnitDraft[] => all.filter((draft) => draft.phase === phase);
  const calls = (phase: Phase): UnitDraft[] => aws.flatMap(({ draft }) => (draft.phase === phase ? [draft] : []));
  for (const prepare of of("prepare"))
    for (const draft of [...core, ...of("leave"), ...of("join")].filter((one) => needs(one, prepare))) draft.after.add(prepare);
  for (const rename of of("rename")) renameFirst(rename, { both, rest: [...core, ...all], aws });
  // A login that goes back to passwords can use them before its door closes; one that comes to IAM has its door first.
  wait(calls("close"), of("leave"));
  // Until then a door to it leads nowhere: none may still be open that is to be closed.
  wait(of("join"), [...calls("close"), ...calls("open"), ...core]);
  // What was replaced goes when those that come in its place are let in.
  wait(calls("replace"), of("join"));
  wait(of("delete"), [...core, ...of("prepare"), ...of("leave"), ...of("join"), ...calls("close")]);
  return all;
}

function wait(drafts: readonly UnitDraft[], before: readonly UnitDraft[]): void {
  for (const draft of drafts) for (const one of before) draft.after.add(one);
}

/** Doors have both names before, and lose the old one after; nothing of PostgreSQL that names the role comes before. */
function renameFirst(
  rename: UnitDraft,
  { both, rest, aws }: { readonly rest: readonly UnitDraft[] } & Pick<OuterInput, "both" | "aws">,
): void {
  for (const { draft } of both) rename.after.add(draft);
  for (const draft of rest) if (draft !== rename) draft.after.add(rename);
  for (const { draft } of aws) if (draft.phase !== "prepare") draft.after.add(rename);
}

/** Whether it says anything of a role that the other one makes. */
function needs({ operations }: UnitDraft, prepare: UnitDraft): boolean {
  const made = new Set(prepare.operations.flatMap((o) => (o.type === "create-role" ? [o.args.role] : [])));
  return made.size > 0 && operations.some((o) => rolesOf(o).some((role) => made.has(role)));
}

export function rolesOf({ args }: Operation): string[] {
  const names = "role" in args ? [args.role, ...("member" in args ? [args.member] : [])] : [];
  const list = "to" in args ? args.to : "from" in args ? args.from : [];
  const grantees = list === "PUBLIC" || "role" in list ? [list] : list;
  return [...names, ...("creator" in args ? [args.creator] : []), ...grantees.flatMap((g) => (g === "PUBLIC" ? [] : [g.role]))];
}
