import { type Change, effectsOf } from "../model/change.js";
import type { Gap, Net, Residue } from "../model/net.js";
import type { Plan } from "../model/plan.js";
import { nameOfPrincipal } from "../model/principal.js";
import type { Delta, DeltaItem, Effect } from "../model/right.js";
import { gapText } from "./gaps.js";
import { leftOutJson } from "./left-out.js";
import { messageOf } from "./messages.js";
import { netItemText, netWho, sameText } from "./net.js";
import { wordsOf } from "./sentence.js";
import { titleOf } from "./title.js";
import { unmanagedText } from "./unmanaged.js";

type Hash = (text: string) => string;

/** What a saved plan remembers of the command that made it, besides its scope. */
export interface MadeFrom {
  /** The access file, as an absolute path, and what it was called. */
  readonly file: string;
  readonly label: string;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
  /** CLUSTER → HOST:PORT, as `--address` gave them. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** The plan as JSON (schema/plan.schema.json): keys in a fixed order, a change or step a line, the same plan the same bytes. */
export function renderJson(plan: Plan, hash: Hash, madeFrom: MadeFrom | null = null): string {
  const inPlace = placesOf();
  const body = [
    field("version", plan.version),
    field("tool", plan.tool),
    field("owner", plan.owner),
    field("scope", plan.scope),
    ...(madeFrom === null ? [] : [field("made_from", madeFrom)]),
    field("as_of", plan.asOf),
    field("complete", plan.complete),
    list("left_out", leftOutJson(plan)),
    field("digest", plan.digest),
    field("counts", plan.counts),
    list(
      "targets",
      plan.targets.map(({ target, about }) => ({ ...target, about })),
    ),
    list(
      "changes",
      plan.changes.map((change) => changeJson(change, inPlace)),
    ),
    list(
      "net",
      plan.net.map((net) => netJson(net, plan)),
    ),
    list(
      "gaps",
      plan.gaps.map((gap) => gapJson(gap, plan)),
    ),
    list("units", plan.units),
    list(
      "steps",
      plan.steps.map(({ unit, phase, changes, run }) => ({ unit, phase, changes, ...("sql" in run ? run : { aws: run }) })),
    ),
    list(
      "problems",
      plan.problems.map((p) => ({
        code: p.code,
        severity: p.severity,
        place: p.place,
        key: p.key,
        message: messageOf(p),
        hint: p.hint ?? null,
      })),
    ),
    list("residue", plan.residue.map(residueJson)),
    list(
      "unmanaged",
      plan.unmanaged.map((u) => ({ key: u.key, title: unmanagedText(u, plan), rights: u.rights })),
    ),
  ].join(",\n");
  return `{\n${body},\n${field("checksum", checksum(body, hash))}\n}\n`;
}

function netJson(net: Net, plan: Plan): object {
  const words = wordsOf(plan);
  return {
    who: net.who,
    title: `${netWho(net.who)}: ${net.items.length === 0 || net.nowThrough.length > 0 || net.was !== undefined ? sameText(net) : "changed"}`,
    items: net.items.map((item) => ({
      effect: item.from < item.to ? "gains" : "loses",
      title: netItemText(net.who, item, words),
      verbs: item.verbs,
      examples: item.examples,
      count: item.count,
      from: item.from,
      to: item.to,
      through: item.through,
    })),
    now_through: net.nowThrough,
    ...(net.was === undefined ? {} : { was: net.was }),
  };
}

const gapJson = (gap: Gap, plan: Plan): object => ({
  who: gap.who,
  title: gapText(gap, plan),
  verbs: gap.verbs,
  examples: gap.examples,
  count: gap.count,
  from: gap.from,
  to: gap.to,
});

/** What stays, why, and what whoever may do it runs. */
export const residueJson = ({ target, key, effects, grantor, statements, problem, accepted }: Residue): object => ({
  target,
  key,
  effects: rightsJson(effects),
  grantor,
  statements,
  code: problem.code,
  message: messageOf(problem),
  hint: problem.hint ?? null,
  accepted,
});

/** Over every byte in front of it: shows that a saved plan was edited. */
export const checksum = (body: string, hash: Hash): string => `sha256:${hash(body)}`;

const field = (name: string, value: unknown): string => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`;

const list = (name: string, items: readonly unknown[]): string =>
  items.length === 0
    ? `  ${JSON.stringify(name)}: []`
    : `  ${JSON.stringify(name)}: [\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;

function changeJson(change: Change, inPlace: ReturnType<typeof placesOf>) {
  const { id, op, kind, target, key, risk, attributes } = change;
  const effects = effectsJson(change);
  const state = attributes === null ? inPlace(change) : { before: attributes.before, after: attributes.after };
  return { id, op, kind, target, key, title: titleOf(change), risk, sources: distinctPlaces(change), effects, ...state };
}

/** One typed right each: who, verb, on and terms are what approvals and ids hash. */
const effectsJson = (change: Change): object[] => rightsJson(effectsOf(change));

const rightsJson = (effects: readonly Effect[]): object[] =>
  effects.flatMap(({ effect, who, verbs, on, terms, sources }) => verbs.map((verb) => ({ effect, who, verb, on, terms, sources })));

const distinctPlaces = ({ sources, delta }: Change): object[] => [
  ...new Map(
    [...sources, ...delta.flatMap((item) => item.sources)].map(({ file, line, column, pattern, until }) => [
      `${file}:${line}:${column}`,
      { file, line, column, ...(pattern === null ? {} : { pattern }), ...(until === null ? {} : { until }) },
    ]),
  ).values(),
];

/** ACLs say what is added and removed: a whole ACL before and after would hide it. A delta that many objects share is put together once. */
function placesOf(): (change: Change) => object {
  const known = new Map<Delta, object>();
  const part = ({ who, verbs, terms, other }: DeltaItem) => {
    const words = terms.grantable && other ? [] : verbs;
    return { role: nameOfPrincipal(who), privileges: words, grant_option: terms.grantable ? verbs : [] };
  };
  return ({ subject, delta }) => {
    if (subject.type !== "privileges") return { before: null, after: null };
    const state = known.get(delta) ?? {
      add: delta.filter((item) => item.effect === "gains").map(part),
      remove: delta.filter((item) => item.effect === "loses").map(part),
    };
    known.set(delta, state);
    return state;
  };
}
