import pc from "picocolors";
import { type Allowed, type Findings, isMissing } from "../doctor/diagnose.js";
import type { By, Statement } from "../doctor/statements.js";
import type { ClusterNeed } from "../model/need.js";
import type { Problem } from "../model/problem.js";
import { displayName } from "../privileges/sql.js";
import { isSystemRole } from "../privileges/system-roles.js";
import { messageOf } from "./messages.js";
import { renderProblems } from "./problems.js";
import { comment, connectLines } from "./sql.js";
import { shownSql } from "./sql-text.js";
import { counted, visible } from "./visible.js";

export interface DoctorOptions {
  readonly color: boolean;
  /** Every object on a line of its own. */
  readonly verbose?: boolean;
}

/** What a team reads before its first plan: a block for each target at which something is missing, nothing of the others. */
export function renderDoctor(findings: readonly Findings[], options: DoctorOptions): string {
  const c = pc.createColors(options.color);
  const told = findings.filter((one) => isMissing(one) || one.problems.length > 0);
  const parts = told.map((one) => [c.bold(heading(one)), problemsText(one.problems, options), ...allowTexts(one), ...scriptTexts(one)]);
  return `${[...parts.map((lines) => lines.filter((line) => line !== "").join("\n")), summary(findings)].join("\n\n")}\n`;
}

const heading = ({ target, about }: Findings): string =>
  `${target.type === "cluster" ? "Cluster" : "Account"} ${visible(target.name)}${about === null ? "" : ` (${visible(about)})`}`;

/** The same of many objects is said once, unless all is asked for. */
function problemsText(problems: readonly Problem[], { color, verbose }: DoctorOptions): string {
  if (verbose) return renderProblems(problems, { color }).trimEnd();
  const groups = new Map<string, Problem[]>();
  for (const problem of problems) {
    const key = JSON.stringify([problem.code, problem.severity, problem.message]);
    groups.set(key, [...(groups.get(key) ?? []), problem]);
  }
  const lines = [...groups.values()].flatMap(([first, ...others]): Problem[] => {
    if (!first) return [];
    const more = others.length === 0 ? "" : ` And ${counted(others.length, "more", "more")} alike.`;
    const { effects: _, example: __, ...plain } = first;
    return [{ ...plain, message: `${messageOf(first)}${more}` }];
  });
  return renderProblems(lines, { color }).trimEnd();
}

function summary(findings: readonly Findings[]): string {
  const of = counted(findings.filter(({ target }) => target.type === "cluster").length, "cluster");
  const accounts = findings.filter(({ target }) => target.type === "account").length;
  const where = accounts === 0 ? of : `${of} and ${counted(accounts, "account")}`;
  const missing = findings.filter(isMissing).length;
  const unread = findings.filter(({ read }) => !read).length;
  const logins = accounts === 0 ? "" : " pgaccord login --check then proves each door of the file that you may take.";
  if (missing === 0) return `Nothing is missing on ${where}.${logins}`;
  const notRead = unread === 0 ? "" : ` ${counted(unread, "target")} could not be read: what is said of it may not be all.`;
  return `Something is missing on ${missing} of ${where}.${notRead} Then run pgaccord doctor again. What applying needs in AWS stands in docs/setup.md.`;
}

/** One for each who runs statements: the master first. */
export interface Script {
  readonly by: By;
  readonly sql: string;
  readonly statements: readonly Statement[];
}

export function scriptsOf(findings: Findings): Script[] {
  const groups = new Map<string, Statement[]>();
  for (const statement of findings.statements) {
    const key = JSON.stringify(statement.by);
    groups.set(key, [...(groups.get(key) ?? []), statement]);
  }
  const scripts = [...groups.values()].flatMap((statements): Script[] => {
    const [first] = statements;
    return first ? [{ by: first.by, statements, sql: scriptSql(findings, first.by, statements) }] : [];
  });
  return scripts.sort((a, b) => Number(a.by.type !== "master") - Number(b.by.type !== "master"));
}

const scriptTexts = (findings: Findings): string[] =>
  scriptsOf(findings).map(({ by, sql }) => `  Run once as ${runnerText(findings, by)}, with psql:\n\n${sql}`);

function runnerText({ master }: Findings, by: By): string {
  if (by.type === "master") return master === null ? "a superuser" : `the master user ${visible(displayName(master))}`;
  const who = by.who.map((name) => visible(displayName(name)));
  return who.length === 0
    ? "a superuser: nobody else may"
    : `${who.join(" or ")}, or a superuser: ${master === null ? "nobody else" : "the master user"} may not`;
}

/** A transaction for each database; run again, it changes nothing. */
function scriptSql(findings: Findings, by: By, statements: readonly Statement[]): string {
  const databases = [...new Set(statements.map(({ database }) => database))];
  const body = databases.flatMap((database) => [
    ...(database === null ? [] : connectLines(database)),
    "BEGIN;",
    ...statements.filter((one) => one.database === database).flatMap(statementLines),
    "COMMIT;",
  ]);
  return [comment(`pgaccord doctor: ${findings.target.name}, as ${runnerText(findings, by)}`), "\\set ON_ERROR_STOP on", ...body].join(
    "\n",
  );
}

const statementLines = ({ needs, sql }: Statement): string[] => [
  ...[...new Set(needs.flatMap(purposes))].map((purpose) => comment(purpose)),
  ...sql.map((text) => `${shownSql(text)};`),
];

/** What a statement is for. */
function purposes(need: ClusterNeed): string[] {
  const role = displayName(need.type === "run" ? need.as : need.role);
  switch (need.type) {
    case "create-login":
      return [
        need.createRole ? "the admin: it logs in and makes the roles of the file" : "the reader: it logs in and reads catalogs",
        ...(need.password ? [`its password is asked for, and shown nowhere, by: \\password ${role}`] : []),
      ];
    case "alter-login":
      return [`${role} logs in`];
    case "create-roles":
      return [`${role} makes and changes the roles of the file`];
    case "iam-login":
      return [`${role} logs in with a token of IAM`];
    case "connect":
      return [`${role} reads database ${displayName(need.database)}`];
    case "administer":
      return [
        isSystemRole(need.role)
          ? `to make users of the file members of ${role}`
          : `to change ${role}, which is there and in the file, and to give it`,
      ];
    case "act-as":
      return [`to grant and revoke as ${role}, who owns or gave something`];
    case "inherit":
      return [`${displayName(need.member)} keeps what it has through ${role}`];
    case "usage":
      return [`${role} grants in schema ${displayName(need.schema)}, which it cannot enter`];
    case "run":
      return [`${role} gave this, and the file does not: the admin may not act as ${role}`];
  }
}

const statementOf = ({ need }: Allowed): object => ({ Effect: "Allow", Action: need.action, Resource: need.resource });

const allowTexts = ({ allow }: Findings): string[] =>
  [...new Set(allow.map(({ role }) => role))].flatMap((role) => [
    `  Add to the policy of ${role === null ? "whoever runs pgaccord" : visible(role)}:`,
    ...allow.filter((one) => one.role === role).map((one) => `    ${visible(JSON.stringify(statementOf(one)))}`),
  ]);

/** The findings as JSON: every target, also those where nothing is missing. */
export function renderDoctorJson(findings: readonly Findings[]): string {
  const targets = findings.map((one) => ({
    target: one.target,
    about: one.about,
    read: one.read,
    missing: isMissing(one),
    problems: one.problems.map((p) => ({
      code: p.code,
      severity: p.severity,
      place: p.place,
      message: messageOf(p),
      hint: p.hint ?? null,
    })),
    scripts: scriptsOf(one).map(({ by, sql, statements }) => ({
      run_as: by.type === "master" ? { master: one.master } : { any_of: by.who },
      sql,
      statements: statements.map(({ database, needs, sql: texts }) => ({
        database,
        for: needs.flatMap(purposes),
        sql: texts.map(shownSql),
      })),
    })),
    allow: one.allow.map((allowed) => ({ role: allowed.role, statement: statementOf(allowed) })),
  }));
  return `${JSON.stringify({ version: 1, missing: findings.some(isMissing), targets }, null, 2)}\n`;
}
