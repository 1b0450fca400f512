import { displayName, quoteIdent } from "../kinds/sql.js";
import type { Plan, Step, Unit } from "../model/plan.js";
import { visible } from "./visible.js";

/** The plan as a psql script to read or to run by hand; AWS calls as comments. pgaccord itself never executes it. */
export function renderSql(plan: Plan): string {
  const head = [
    comment(`pgaccord plan of ${plan.owner}, digest ${plan.digest}`),
    ...plan.problems.map((p) => comment(`${p.severity}: ${p.message}`)),
    ...(plan.units.length === 0 ? [comment("No changes.")] : []),
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
    `\\connect ${quoteIdent(database)}`,
    "BEGIN;",
    ...steps.flatMap(({ run }) => ("sql" in run ? [`${run.sql};`] : [])),
    "COMMIT;",
  ].join("\n");
}

const comment = (text: string): string => `-- ${visible(text)}`;

/** As the AWS command line takes it. */
function awsLine({ run }: Step): string {
  if (!("command" in run)) return "";
  const kebab = (name: string): string => name.replace(/(?<!^)[A-Z]/g, (c) => `-${c}`).toLowerCase();
  const value = (v: unknown): string => `'${(typeof v === "string" ? v : JSON.stringify(v)).replaceAll("'", "'\\''")}'`;
  const flags = Object.entries(run.input).map(([name, v]) => (v === true ? `--${kebab(name)}` : `--${kebab(name)} ${value(v)}`));
  return comment(`aws iam ${kebab(run.command)} ${flags.join(" ")}`);
}
