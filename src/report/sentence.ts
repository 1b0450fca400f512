import type { Plan } from "../model/plan.js";
import type { Principal } from "../model/principal.js";
import type { Effect, MembershipTerms, Terms } from "../model/right.js";
import type { Thing } from "../model/thing.js";
import { isUniqueId } from "../policies/unique-ids.js";
import { objectName } from "../privileges/object-sql.js";
import { displayName } from "../privileges/sql.js";

/** The only place where a right becomes words. */
export interface Words {
  /** `select, insert on table pgdemo.products`; with what it is on left out where the caller counts things. */
  readonly right: (effect: Pick<Effect, "who" | "verbs" | "on" | "terms" | "other">, on?: string) => string;
  readonly thing: (on: Thing) => string;
  /** `pgdemo`, with the database where a cluster has several. */
  readonly schema: (on: Thing) => string;
  readonly account: (id: string) => string;
  /** With its account, where that is not the one of what it gets. */
  readonly who: (effect: Pick<Effect, "who" | "on">) => string;
}

/** A sentence names a database only where a cluster has several, and a cluster for the resource id of a door. */
export function wordsOf({ targets }: Pick<Plan, "targets">): Words {
  const several = new Set(targets.filter((t) => t.databases.length > 1).map((t) => t.target.name));
  return wordsWith(targets, (cluster) => several.has(cluster));
}

/** For what stands without its plan: a problem. Every database is named. */
export const fullWords = (): Words => wordsWith([], () => true);

function wordsWith(targets: Plan["targets"], namesDatabases: (cluster: string) => boolean): Words {
  const clusters = new Map(
    targets.flatMap(({ target, identity }) => (target.type === "cluster" ? [[identity, target.name] as const] : [])),
  );
  const where = (cluster: string, database: string): string => (namesDatabases(cluster) ? ` in ${displayName(database)}` : "");
  const accounts = new Map(
    targets.flatMap(({ target, identity }) => (target.type === "account" ? [[identity, target.name] as const] : [])),
  );
  const account = (id: string): string => `account ${accounts.get(id) ?? id}`;
  const thing = (on: Thing): string => thingText(on, { where, clusters, account });
  return {
    thing,
    account,
    who: ({ who, on }) => {
      const isElsewhere = who.type === "iam" && (on.type === "iam-role" || on.type === "iam-policy") && on.account !== who.account;
      return isElsewhere ? `${whoText(who)} of ${account(who.account)}` : whoText(who);
    },
    schema: (on) => schemaText(on, where),
    right: (effect, on = thing(effect.on)) => {
      // An instance profile carries a role, in an account; whoever may assume it does so of the role.
      if (effect.who.type === "instance-profile" && effect.on.type === "iam-role")
        return `${verbText(effect)} in ${account(effect.on.account)}`;
      if (effect.who.type === "instance" && isOf(effect, "instance-profile")) return `instance profile ${on}`;
      if (effect.on.type === "arn" && isOf(effect, "attached")) return `IAM policy ${on}`;
      if (effect.on.type === "arn" && isOf(effect, "boundary")) return `what the permissions boundary ${on} does not allow`;
      return `${verbText(effect)} ${PREPOSITION[effect.on.type]} ${on}${termsText(effect.terms)}`;
    },
  };
}

const isOf = ({ verbs }: Pick<Effect, "verbs">, verb: string): boolean => verbs.length === 1 && verbs[0] === verb;

/** What stands between the verb and the thing. */
const PREPOSITION: { readonly [T in Thing["type"]]: string } = {
  object: "on",
  later: "on",
  membership: "in",
  login: "to",
  door: "as",
  "iam-role": "of",
  // What is attached is named in front of it.
  "iam-policy": "in",
  arn: "on",
};

function verbText({ who, verbs, on, terms, other }: Pick<Effect, "who" | "verbs" | "on" | "terms" | "other">): string {
  if (terms.membership) return membershipText(terms.membership, other?.membership ?? null);
  if (terms.grantable) return verbs.map((verb) => (other ? `grant option for ${verb}` : `${verb} with grant option`)).join(", ");
  if (on.type === "iam-policy") return `${verbs[0] === "inline" ? "inline" : "IAM"} policy ${on.name}`;
  if (who.type === "instance-profile" && on.type === "iam-role") return `IAM role ${on.name}`;
  if (terms.statement !== undefined) return `what the statement ${terms.statement} ${terms.deny ? "denies" : "allows"}`;
  return verbs.join(", ");
}

const OPTIONS = ["admin", "inherit", "set"] as const;

/** A plain membership inherits and may SET ROLE: only what differs from that is named; of an old one, what it did not have before. */
function membershipText(has: MembershipTerms, other: MembershipTerms | null): string {
  const options = OPTIONS.filter((o) => has[o] && !other?.[o] && (other !== null || o === "admin")).map((o) => `${o} option`);
  if (other !== null) return options.join(", ");
  return ["membership", ...(has.inherit ? [] : ["(inherit false)"]), ...(has.set ? [] : ["(set false)"]), ...options].join(", ");
}

interface Naming {
  readonly where: (cluster: string, database: string) => string;
  readonly clusters: ReadonlyMap<string, string>;
  readonly account: (id: string) => string;
}

function schemaText(on: Thing, where: Naming["where"]): string {
  if (on.type === "later") return laterPlace(on);
  if (on.type !== "object" || on.of.schema === undefined) return "";
  return `${displayName(on.of.schema)}${on.site === "cluster" ? "" : where(on.server.cluster, on.site.database)}`;
}

function thingText(on: Thing, { where, clusters, account }: Naming): string {
  switch (on.type) {
    case "object":
      return `${on.of.type} ${objectName(on.of)}${on.site === "cluster" || on.of.type === "database" ? "" : where(on.server.cluster, on.site.database)}`;
    case "later":
      return `later ${on.objects} of ${laterPlace(on)}`;
    case "membership":
      return `role ${displayName(on.role)}`;
    case "login":
      return `cluster ${on.server.cluster}`;
    case "door":
      return doorText(on, clusters);
    case "iam-role":
      return `IAM role ${on.name}`;
    case "iam-policy":
      return account(on.account);
    case "arn":
      return on.arn;
  }
}

/** `pgdemo made by app_owner in demo`. */
export const laterPlace = (on: Extract<Thing, { type: "later" }>): string =>
  `${on.schema === null ? "every schema" : displayName(on.schema)} made by ${displayName(on.creator)} in ${displayName(on.database)}`;

function doorText({ resource, user }: Extract<Thing, { type: "door" }>, clusters: ReadonlyMap<string, string>): string {
  const [region = "", , id = ""] = resource.split(":");
  const cluster = clusters.get(id);
  if (cluster !== undefined) return `user ${user} of cluster ${cluster}`;
  return id === "*" ? `user ${user} of every cluster in ${region}` : `user ${user} of ${id} in ${region}`;
}

const termsText = ({ condition, deny, statement, version }: Terms): string =>
  [
    ...(condition === undefined || statement !== undefined ? [] : [` if ${condition}`]),
    ...(deny && statement === undefined ? [" (a Deny)"] : []),
    ...(version === undefined ? [] : [` (version ${version})`]),
  ].join("");

/** The noun of a principal, where a heading does not say it. */
const NOUN: { readonly [T in Principal["type"]]: string } = {
  role: "",
  public: "",
  iam: "IAM",
  policy: "IAM policy",
  "instance-profile": "instance profile",
  instance: "EC2 instance",
  service: "service",
  arn: "",
  federated: "federated",
  anyone: "",
};

/** `oltp_ro_role`, `IAM policy x`, `service ec2.amazonaws.com`, an ARN. */
export function whoText(who: Principal): string {
  switch (who.type) {
    case "role":
      return displayName(who.name);
    case "public":
      return "PUBLIC";
    case "iam":
      return `IAM ${who.kind} ${who.name}`;
    case "arn":
      return isUniqueId(who.arn) ? `${who.arn} (deleted)` : who.arn;
    case "anyone":
      return "anyone";
    case "federated":
      return `${NOUN.federated} ${who.provider}`;
    default:
      return `${NOUN[who.type]} ${who.name}`;
  }
}

/** `oltp_ro_role gains select on table pgdemo.products`. */
export const effectText = (effect: Effect, words: Words): string => `${words.who(effect)} ${effect.effect} ${words.right(effect)}`;
