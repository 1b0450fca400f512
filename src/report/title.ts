import { OWNER_TAG } from "../facts/iam-things.js";
import type { Attributes, Change, ChangeOp, Subject } from "../model/change.js";
import { isFields } from "../model/json.js";
import { objectName } from "../privileges/object-sql.js";
import { displayName } from "../privileges/sql.js";
import { laterPlace, whoText } from "./sentence.js";

type Titled = Pick<Change, "op" | "subject">;

/** `create user oltp_ro_user`, `change privileges on table pgdemo.products in demo`. */
export const titleOf = ({ op, subject }: Titled): string =>
  subject.type === "rds-setting" ? subjectText(subject) : `${verbOf(op, subject)} ${subjectText(subject)}`;

/** That they come or go is a line, besides what they may do. */
export const isThing = ({ subject }: Pick<Change, "subject">): boolean =>
  !["membership", "privileges", "attachment", "inline-policy", "association"].includes(subject.type);

/** It is a line by its title, and counts as a thing; of any other change its rights are the lines, and only they count. */
export const isTitled = (change: Pick<Change, "op" | "subject" | "delta" | "attributes">): boolean =>
  change.delta.length === 0 || (isThing(change) && (change.op !== "update" || takenFrom(change) !== null));

const WORDS: Readonly<Record<string, string>> = { path: "path", boundary: "permissions boundary", tags: "tags" };

/** `, with path /access/, tags team=platform`: what a thing begins with, and what is approved with it. */
export function createdWith(creation: Attributes["creation"]): string {
  const parts = Object.entries(creation ?? {}).map(([name, value]) => `${WORDS[name] ?? name} ${valueText(value)}`);
  return parts.length === 0 ? "" : `, with ${parts.join(", ")}`;
}

const valueText = (value: unknown): string =>
  Array.isArray(value)
    ? value
        .filter(isFields)
        .map(({ key, value: of }) => `${String(key)}=${String(of)}`)
        .join(" ")
    : String(value);

/** The owner whose mark becomes ours: `owner_was` of the file. */
export function takenFrom({ attributes }: Pick<Change, "attributes">): string | null {
  const [before, after] = [attributes?.before, attributes?.after].map(markedBy);
  return before === undefined || after === undefined || before === after ? null : before;
}

/** Of a role an attribute says it, of IAM things a tag. */
function markedBy(state: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const tags: readonly unknown[] = Array.isArray(state?.["tags"]) ? state["tags"] : [];
  const owner = state?.["owner"] ?? tags.filter(isFields).find((tag) => tag["key"] === OWNER_TAG)?.["value"];
  return typeof owner === "string" ? owner : undefined;
}

/** An object's ACL is never made or deleted: it changes. */
export const verbOf = (op: ChangeOp, subject: Subject): string =>
  subject.type === "privileges" && subject.on.type === "object" ? "change" : op;

function subjectText(subject: Subject): string {
  switch (subject.type) {
    case "role":
    case "iam-role":
    case "iam-policy":
    case "instance-profile":
      return `${nounOfSubject(subject)} ${nameOfThing(subject)}`;
    case "rds-setting":
      return `${SETTINGS[subject.setting]} ${subject.on}`;
    case "membership":
      return `membership of ${displayName(subject.member)} in ${displayName(subject.role)}`;
    case "attachment":
      return `attachment of IAM policy ${subject.policy} to ${whoText(subject.to)}`;
    case "inline-policy":
      return `inline policy ${subject.name} of IAM role ${subject.role}`;
    case "association":
      return `instance profile of EC2 instance ${subject.instance}: ${subject.profiles.join(" to ")}`;
    case "privileges":
      return privilegesText(subject.on);
  }
}

const SETTINGS = { iam_auth: "turn on IAM authentication of", log_connections: "turn on log_connections in" } as const;

/** `old to new` of one that is renamed. */
export function nameOfThing(subject: Extract<Subject, { readonly name: string }>): string {
  if (subject.type !== "role") return subject.name;
  return subject.was === undefined ? displayName(subject.name) : `${displayName(subject.was)} to ${displayName(subject.name)}`;
}

function privilegesText(on: Extract<Subject, { type: "privileges" }>["on"]): string {
  if (on.type === "later") return `default privileges on later ${on.objects} of ${laterPlace(on)}`;
  if (on.type !== "object") throw new Error(`nothing is granted on ${on.type}`);
  return `privileges on ${on.of.type} ${objectName(on.of)}${on.site === "cluster" ? "" : ` in ${displayName(on.site.database)}`}`;
}

/** What several changes of one sort are called. */
export function nounOfSubject(subject: Subject): string {
  switch (subject.type) {
    case "role":
      return subject.login ? "user" : "role";
    case "iam-role":
      return "IAM role";
    case "iam-policy":
      return "IAM policy";
    case "instance-profile":
      return "instance profile";
    case "rds-setting":
      return "setting of RDS";
    case "membership":
      return "membership";
    case "attachment":
      return "attachment";
    case "inline-policy":
      return "inline policy";
    case "association":
      return "association";
    case "privileges":
      return subject.on.type === "later" ? "default privileges" : "privileges";
  }
}
