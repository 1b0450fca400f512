import { placeText } from "../model/place.js";
import type { Plan, Step, Unit } from "../model/plan.js";
import { displayName, quoteIdent } from "../privileges/sql.js";
import { messageOf } from "./messages.js";
import { shownSql } from "./sql-text.js";
import { hasHidden, visible } from "./visible.js";

/** The plan as a psql script to read or to run by hand; AWS calls as comments. pgaccord itself never executes it. */
export function renderSql(plan: Plan): string {
  const head = [
    comment(`pgaccord plan of ${plan.owner}, digest ${plan.digest}`),
    ...plan.problems.map((p) =>
      comment(`${p.severity}: ${p.place ? `${placeText(p.place)}: ` : ""}${messageOf(p)} ${p.hint ?? ""}`.trimEnd()),
    ),
    ...(plan.units.length === 0 ? [comment("No changes.")] : ["\\set ON_ERROR_STOP on"]),
  ];
  const units = plan.units.map((unit) =>
    unitSql(
      unit,
      plan.steps.filter((step) => step.unit === unit.id),
    ),
  );
  return `${[head.join("\n"), ...units].join("\n\n")}\n`;
}

function unitSql(unit: Unit, steps: readonly Step[]): string {
  if ("account" in unit.site) {
    return [comment(`${unit.id} ${unit.phase}: AWS account ${unit.site.account}`), ...steps.map(awsLine)].join("\n");
  }
  const { cluster, database } = unit.site;
  return [
    comment(`${unit.id} ${unit.phase}: cluster ${cluster}, database ${displayName(database)}`),
    ...connectLines(database),
    "BEGIN;",
    ...steps.flatMap(({ run }) => ("sql" in run ? [`${shownSql(run.sql)};`] : [])),
    "COMMIT;",
    ...(unit.check
      ? [comment(`Then see that the ${unit.check.logins.join(" and the ")} can still log in; if not: ${unit.check.undo.join("; ")};`)]
      : []),
  ].join("\n");
}

/**
 * psql takes a name with = or :// for connection settings, and a line break ends its commands whatever is quoted: odd names go as
 * settings, as pg_dump writes them (fe_utils, appendPsqlMetaConnect), those with hidden characters in a URI, which has numbers for them.
 */
export function connectLines(database: string): string[] {
  if (hasHidden(database)) return [`\\connect -reuse-previous=on ${quoteIdent(`postgresql:///${encodeURIComponent(database)}`)}`];
  if (/^[\p{L}\p{N}_.]+$/u.test(database)) return [`\\connect ${quoteIdent(database)}`];
  const setting = `dbname='${database.replace(/[\\']/g, (c) => `\\${c}`)}'`;
  return [`\\connect -reuse-previous=on ${quoteIdent(setting)}`];
}

export const comment = (text: string): string => `-- ${visible(text)}`;

/** As the AWS command line takes it. */
function awsLine({ run }: Step): string {
  if (!("action" in run)) return "";
  const kebab = (name: string): string => name.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
  const value = (v: unknown): string => `'${(typeof v === "string" ? v : JSON.stringify(v)).replaceAll("'", "'\\''")}'`;
  const flags = Object.entries(run.input).map(([name, v]) => (v === true ? `--${kebab(name)}` : `--${kebab(name)} ${value(v)}`));
  const region = run.service === "iam" ? [] : [`--region ${run.region}`];
  return comment(["aws", run.service, kebab(run.action), ...region, ...flags].join(" "));
}
