import type { LaterObjects, Section, Thing, ThingType } from "./model.js";

/** The few names of which worlds and files are made: so few that they meet. */

export const OWNERS = ["app", "etl"] as const;
export const GROUPS = ["readers", "writers"] as const;
export const USERS = ["ana", "bob"] as const;
/** Roles that a file may name; `old` is one that it names rarely. */
export const ROLES = [...OWNERS, ...GROUPS, ...USERS, "old"] as const;
export const SCHEMAS = ["s1", "s2"] as const;
export const DATABASES = ["d1", "d2"] as const;
export const CLUSTERS = ["main", "twin"] as const;
export const SYSTEM_IDS = ["7000000000000000001", "7000000000000000002"] as const;
export const RESOURCE_IDS = ["cluster-MAIN", "cluster-TWIN", "cluster-ELSE"] as const;
export const ACCOUNTS = [
  { name: "db", id: "111122223333" },
  { name: "mgmt", id: "444455556666" },
] as const;
export const IAM_ROLES = ["door-a", "door-b", "door-c"] as const;
export const IAM_USERS = ["ci", "dev"] as const;
export const SERVICES = ["ec2.amazonaws.com", "lambda.amazonaws.com"] as const;
export const STRANGER = "arn:aws:iam::999900001111:role/stranger";
export const ANYONE = "arn:aws:iam::999900002222:user/anyone";

export const PRIVILEGES: Readonly<Record<ThingType, readonly string[]>> = {
  database: ["create", "connect", "temporary"],
  schema: ["usage", "create"],
  table: ["select", "insert", "update", "delete", "truncate"],
  sequence: ["usage", "select", "update"],
  routine: ["execute"],
  column: ["select", "insert", "update"],
};

/** Sections that have wildcards. */
export const WILD: Readonly<Record<"tables" | "sequences" | "routines", ThingType>> = {
  tables: "table",
  sequences: "sequence",
  routines: "routine",
};
export const TYPE_OF: Readonly<Record<Section, ThingType>> = {
  database: "database",
  schemas: "schema",
  ...WILD,
};
export const LATER: readonly LaterObjects[] = ["tables", "sequences", "routines"];

/** Tables that every schema may have; `t4` is one that is made while others review. */
export const TABLES = ["t1", "t2", "t3", "t4"] as const;

/** How a file writes the object. */
export function patternOf({ type, schema, name, of }: Pick<Thing, "type" | "schema" | "name" | "of">): string {
  if (type === "database") return "";
  if (type === "schema") return name;
  return type === "routine" ? `${schema}.${name}(${of})` : `${schema}.${name}`;
}

/** The one at that place, counted round; a list of a domain is never empty. */
export function pick<T>(list: readonly T[], index: number): T {
  const found = list[index % list.length];
  if (found === undefined) throw new Error("nothing to pick from");
  return found;
}
