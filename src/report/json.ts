import type { Change, Plan } from "../model/plan.js";

type Hash = (text: string) => string;

/** The plan as JSON (schema/plan.schema.json): keys in a fixed order, a change or step a line, the same plan the same bytes. */
export function renderJson(plan: Plan, hash: Hash): string {
  const body = [
    field("version", plan.version),
    field("tool", plan.tool),
    field("owner", plan.owner),
    field("scope", plan.scope),
    field("as_of", plan.asOf),
    field("complete", plan.complete),
    field("digest", plan.digest),
    field("counts", plan.counts),
    list(
      "targets",
      plan.targets.map(({ target, about }) => ({ ...target, about })),
    ),
    list("changes", plan.changes.map(changeJson)),
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
        message: p.message,
        hint: p.hint ?? null,
      })),
    ),
    list("unmanaged", plan.unmanaged),
  ].join(",\n");
  return `{\n${body},\n${field("checksum", checksum(body, hash))}\n}\n`;
}

/** Over every byte in front of it: shows that a saved plan was edited. */
export const checksum = (body: string, hash: Hash): string => `sha256:${hash(body)}`;

const field = (name: string, value: unknown): string => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`;

const list = (name: string, items: readonly unknown[]): string =>
  items.length === 0
    ? `  ${JSON.stringify(name)}: []`
    : `  ${JSON.stringify(name)}: [\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;

function changeJson(change: Change) {
  const { id, op, kind, target, key, title, risk } = change;
  const sources = [...new Map(change.sources.flat().map((s) => [`${s.file}:${s.line}:${s.column}`, s])).values()];
  const effects = change.effects.map(({ effect, who, what, preposition, on }) => ({ effect, who, what, preposition, on }));
  return { id, op, kind, target, key, title, risk, sources, effects, ...stateJson(change) };
}

/** ACLs say what is added and removed: a whole ACL before and after would hide it. */
function stateJson({ before, after }: Change): object {
  const part = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null && name in value ? Object.entries(value).find(([k]) => k === name)?.[1] : undefined;
  const remove = part(before, "remove");
  const add = part(after, "add");
  return remove === undefined && add === undefined
    ? { before: before ?? null, after: after ?? null }
    : { add: add ?? [], remove: remove ?? [] };
}
