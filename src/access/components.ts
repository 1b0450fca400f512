import type { AccountFacts, Facts } from "../facts/facts.js";
import type { Change } from "../model/change.js";
import type { Door } from "./doors.js";
import { carrierOf, kindOf } from "./iam-play.js";

/** IAM things that hang on each other and on the same clusters: what fails among them leaves the others alone. */
export interface Components {
  /** @param change of an IAM thing */
  readonly of: (change: Pick<Change, "target" | "subject">) => string;
  /** @param account its name in the file */
  readonly ofRole: (account: string, role: string) => string;
  /** Clusters that a component's doors lead to, now or in the end. */
  readonly clusters: (component: string) => ReadonlySet<string>;
}

export function componentsOf(
  facts: Facts,
  changes: readonly Pick<Change, "target" | "subject" | "delta">[],
  doors: readonly Door[],
): Components {
  const joined = createUnion();
  const names = new Map([...facts.accounts.values()].map(({ name, snapshot }) => [snapshot.id, name]));
  for (const account of facts.accounts.values()) for (const [a, b] of livePairs(account)) joined.join(a, b);
  for (const change of changes)
    if (change.target.type === "account") for (const other of neighbours(change, names)) joined.join(nodeOf(change), other);
  for (const { account, who, cluster, legs } of doors) {
    const self = node(account, who.kind, who.name);
    joined.join(self, node("", "cluster", cluster));
    for (const leg of legs) joined.join(self, carrierNode(leg.account, leg.role));
  }
  const ofRole = (account: string, role: string): string => joined.find(carrierNode(account, role));
  return {
    of: (change) => joined.find(nodeOf(change)),
    ofRole,
    clusters: (component) =>
      new Set(doors.filter(({ account, who }) => ofRole(account, carrierOf(who.kind, who.name)) === component).map((d) => d.cluster)),
  };
}

/** Policies and whoever carries them, profiles and their roles. */
function livePairs({ name, snapshot }: AccountFacts): (readonly [string, string])[] {
  const policies = new Map([...snapshot.policies.values()].map((p) => [p.arn, p.name]));
  return [
    ...snapshot.attachments.flatMap(({ principal, name: holder, policyArn }) => {
      const policy = policies.get(policyArn);
      return policy === undefined ? [] : [[node(name, principal, holder), node(name, "policy", policy)] as const];
    }),
    ...[...snapshot.instanceProfiles.values()].flatMap((profile) =>
      profile.role === null ? [] : [[node(name, "role", profile.role), node(name, "profile", profile.name)] as const],
    ),
  ];
}

/** Whoever gets a policy, a profile's role, and the IAM roles that a trust or a permission names, in whatever account. */
function neighbours(
  { target, subject, delta }: Pick<Change, "target" | "subject" | "delta">,
  names: ReadonlyMap<string, string>,
): string[] {
  const things = [...delta.flatMap(({ who, on }) => [who, on]), ...(subject.type === "attachment" ? [subject.to] : [])];
  const at = (id: string): string => names.get(id) ?? target.name;
  return things.flatMap((thing) => {
    if (thing?.type === "iam") return [node(at(thing.account), thing.kind, thing.name)];
    if (thing?.type === "iam-role") return [node(at(thing.account), "role", thing.name)];
    const [, account, type, name] = (thing?.type === "arn" && NAMED_ARN.exec(thing.arn)) || [];
    const of = account && names.get(account);
    return of && name ? [node(of, type === "role" ? "role" : "profile", name)] : [];
  });
}

const NAMED_ARN = /^arn:[^:]+:iam::(\d{12}):(role|instance-profile)\/(?:.*\/)?([^/]+)$/;

function carrierNode(account: string, carrier: string): string {
  const { kind, name } = kindOf(carrier);
  return node(account, kind, name);
}

const node = (account: string, type: string, name: string): string => JSON.stringify([account, type, name]);

function nodeOf({ target, subject }: Pick<Change, "target" | "subject">): string {
  if (subject.type === "iam-role") return node(target.name, "role", subject.name);
  if (subject.type === "instance-profile") return node(target.name, "profile", subject.name);
  if (subject.type === "iam-policy") return node(target.name, "policy", subject.name);
  if (subject.type === "inline-policy") return node(target.name, "role", subject.role);
  if (subject.type === "association") return node(target.name, "instance", subject.instance);
  return subject.type === "attachment" ? node(target.name, "policy", subject.policy) : node(target.name, subject.type, "");
}

/** Which things belong together; each set has the least of its names. */
function createUnion() {
  const parents = new Map<string, string>();
  const find = (name: string): string => {
    const parent = parents.get(name) ?? name;
    if (parent === name) return name;
    const root = find(parent);
    parents.set(name, root);
    return root;
  };
  const join = (a: string, b: string): void => {
    const [one, other] = [find(a), find(b)].sort();
    if (one !== undefined && other !== undefined && one !== other) parents.set(other, one);
  };
  return { find, join };
}
