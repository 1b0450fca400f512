import type { Openings } from "../access/chains.js";
import { type Components, componentsOf } from "../access/components.js";
import { doorNet } from "../access/door-net.js";
import { type Door, doorsOf, trustMovesOf } from "../access/doors.js";
import { carrierOf } from "../access/iam-play.js";
import { accountOf, type Facts } from "../facts/facts.js";
import { leadsToRenamed } from "../kinds/renamed-doors.js";
import type { Change } from "../model/change.js";
import { groupBy } from "../model/group-by.js";
import { type Operation, PHASES, type Phase } from "../model/operation.js";
import { type AwsDraft, awsUnits } from "./aws-units.js";
import { orderCluster, takesOf } from "./cluster-order.js";
import type { Ordered, OrderedCluster, UnitDraft } from "./draft.js";
import { ensureUnits, waitForEnsured } from "./ensure-units.js";
import { orderProblems } from "./order-problems.js";

/** Operations that only take, that nothing has to come before, and that leave nobody without what they keep. */
export function safeTakes(operations: readonly Operation[], changes: readonly Draft[], facts: Facts): Operation[] {
  // Documents are cut whatever waits for it: what comes by a door that closes holds up no take.
  const closed = <T extends { readonly open: Openings }>(one: T): T => ({
    ...one,
    open: [one.open[1], one.open[1], one.open[2], one.open[3]],
  });
  const doors = doorsOf(facts, operations).map(({ legs: [first, ...more], ...door }): Door => {
    return closed({ ...door, legs: [closed(first), ...more.map(closed)] });
  });
  const byCluster = groupBy(operations, (o) => ("cluster" in o.site ? o.site.cluster : null));
  const trusts = trustMovesOf(operations);
  const components = componentsOf(facts, changes, doors);
  const aws = awsUnits(operations, changes, components, facts.trustDepth);
  const input = { facts, doors, trusts, componentOf: components.ofRole };
  const closing = aws
    .filter(({ draft }) => draft.phase === "close")
    .flatMap(({ draft }) => draft.operations)
    .filter((operation) => !waitsForRename(operation, operations, facts));
  const taken = [...facts.clusters.values()].flatMap((cluster) => {
    const own = aws.filter((unit) => components.clusters(unit.component).has(cluster.name));
    return takesOf({ ...input, cluster, operations: byCluster.get(cluster.name) ?? [], aws: own });
  });
  return [...closing, ...taken];
}

/** A rename is no take: what closes a door by the former name waits with it, where the door stays by the new one. */
function waitsForRename({ change, site }: Operation, operations: readonly Operation[], facts: Facts): boolean {
  if (!("account" in site)) return false;
  const { account } = site;
  const writes = operations.flatMap((o) => (o.type === "aws" && o.change === change ? [o.args.input] : []));
  const live = [...accountOf(facts, account).snapshot.policies.values()].find(({ arn }) =>
    writes.some((input) => input["PolicyArn"] === arn),
  );
  const stays = writes.some((input) => leadsToRenamed(facts, account, String(input["PolicyDocument"] ?? ""), "name"));
  return live !== undefined && stays && leadsToRenamed(facts, account, live.document, "was");
}

type Draft = Pick<Change, "key" | "op" | "target" | "subject" | "delta">;

/** Operations to units. Whatever sets of them are committed when an apply stops, nobody reaches more than before or after, nor less but where it says so. */
export function orderUnits(all: readonly Operation[], changes: readonly Draft[], facts: Facts): Ordered {
  const ensured = ensureUnits(all, changes);
  const operations = all.filter(({ phase }) => phase !== "ensure");
  const doors = doorsOf(facts, operations);
  const components = componentsOf(facts, changes, doors);
  const aws = awsUnits(operations, changes, components, facts.trustDepth);
  const trusts = trustMovesOf(operations);
  const byCluster = groupBy(operations, (o) => ("cluster" in o.site ? o.site.cluster : null));
  const clusters = [...facts.clusters.values()].map((cluster): OrderedCluster => {
    const own = aws.filter((unit) => components.clusters(unit.component).has(cluster.name));
    return orderCluster({
      facts,
      changes,
      cluster,
      operations: byCluster.get(cluster.name) ?? [],
      aws: own,
      doors,
      trusts,
      componentOf: components.ofRole,
    });
  });
  const drafts = [...ensured.values(), ...clusters.flatMap((order) => order.drafts), ...aws.map(({ draft }) => draft)];
  waitForEnsured(ensured, drafts, aws, components);
  const { list, isCircular } = sorted(drafts);
  const unsound = orderProblems(isCircular, doors);
  return {
    drafts: list,
    isSound: unsound.length === 0,
    gaps: [...clusters.flatMap((order) => order.gaps), ...doorGaps(doors, aws, components)],
    torn: new Set(clusters.flatMap((order) => [...order.torn])),
    problems: [...clusters.flatMap((order) => order.problems), ...unsound],
    net: [...clusters.flatMap((order) => order.net), ...doorNet(doors)],
    unheld: {
      gains: clusters.flatMap(({ unheld }) => unheld.gains),
      loses: clusters.flatMap(({ unheld }) => unheld.loses),
    },
    losses: new Map(clusters.flatMap((order) => [...order.losses])),
  };
}

/** A document that cannot be cut to what both say closes doors that stay. */
const doorGaps = (doors: readonly Door[], aws: readonly AwsDraft[], components: Components): Ordered["gaps"] =>
  doors.flatMap(({ who, account, resource, user, legs, open: [before, closed, opened, after] }) => {
    if (!before || !after || (closed && opened)) return [];
    const own = aws.filter((unit) => unit.component === components.ofRole(account, carrierOf(who.kind, who.name)));
    // Of the accounts whose parts close and open the way; else of whichever does.
    const at = (phase: Phase, moves: (open: Openings) => boolean): readonly (UnitDraft | undefined)[] => {
      const moving = new Set(legs.filter(({ open }) => moves(open)).map((leg) => leg.account));
      const units = own.filter(({ draft }) => draft.phase === phase);
      const theirs = units.filter((unit) => moving.has(unit.account));
      return (theirs.length > 0 ? theirs : [units[0]]).map((unit) => unit?.draft);
    };
    const gap = { who, verbs: ["login"], examples: [{ type: "door", resource, user }], count: 1 } as const;
    return at("close", ([is, then]) => is > then).flatMap((from) =>
      at("open", ([, is, then]) => then > is).map((to) => ({ ...gap, from, to })),
    );
  });

const rank = ({ phase }: UnitDraft): number => {
  const order = PHASES.indexOf(phase);
  const [first, last] = [PHASES.indexOf("remove"), PHASES.indexOf("add")];
  // The order of these three is the order in which they were made.
  return order >= first && order <= last ? first : order;
};

/** By phase, but never before what it waits for. */
function sorted(drafts: readonly UnitDraft[]): { readonly list: readonly UnitDraft[]; readonly isCircular: boolean } {
  const left = [...drafts].sort((a, b) => rank(a) - rank(b));
  const list: UnitDraft[] = [];
  const done = new Set<UnitDraft>();
  const inside = new Set(drafts);
  let isCircular = false;
  while (left.length > 0) {
    const i = left.findIndex(({ after }) => [...after].every((other) => done.has(other) || !inside.has(other)));
    isCircular ||= i < 0;
    const [draft] = left.splice(Math.max(i, 0), 1);
    if (!draft) break;
    list.push(draft);
    done.add(draft);
  }
  return { list, isCircular };
}
