import type { AccountFacts, Facts } from "../facts/facts.js";
import { carriedBy, isManaged, roleArnIn } from "../facts/iam-things.js";
import type { Declared, DeclaredAttach, DeclaredCluster, DeclaredConnect } from "../model/declared.js";
import type { Place } from "../model/place.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { resourceIdsOf } from "../model/rds-ids.js";
import { awsManagedDocument } from "../policies/aws-managed.js";
import { compilePolicies, type Decision } from "../policies/evaluate.js";
import { displayName } from "../privileges/sql.js";
import { listsBy, namesText } from "./few.js";

/** What hangs on declared IAM roles beside their generated policy, or is attached by the file, and lets them in as users that no door of it gives. */
export const leaks = (declared: Declared, facts: Facts): Problem[] =>
  [...facts.accounts.values()].flatMap((account) => {
    const carriers = carriersIn(facts, account);
    const doors = doorsOf(declared, facts, account);
    return [...carriers.flatMap((carrier) => leaksOf(account, carrier, doors)), ...unread(account, carriers)];
  });

interface Carrier {
  /** `IAM role r`. */
  readonly noun: string;
  readonly name: string;
  readonly arn: string;
  readonly place: Place;
  readonly connect: readonly DeclaredConnect[];
  readonly policies: readonly Policy[];
}

/** One that comes is asked about what the file attaches to it; IAM users are somebody else's but for that. */
function carriersIn(facts: Facts, account: AccountFacts): Carrier[] {
  const { snapshot, declared } = account;
  const roles = [...account.iamRoles.values()].map(({ name, attach, ...rest }): Carrier => {
    const inline = snapshot.foreign.get(`role/${name}`)?.inline ?? [];
    const carried = [...carriedBy(snapshot, "role", name), ...attach.map(({ arn }) => arn)];
    const policies = [
      ...inline.map((one) => ({ noun: `inline policy ${one.name}`, document: one.document, isAsked: false })),
      ...policiesOf(facts, account, carried, attach),
    ];
    return { ...rest, noun: `IAM role ${name}`, name, arn: roleArnIn(account, name), policies };
  });
  const users = [...account.iamUsers].map(([name, { attach, ...rest }]): Carrier => {
    const arn = `arn:${declared.partition}:iam::${declared.id}:user/${name}`;
    const attached = attach.map((one) => one.arn);
    return { ...rest, noun: `IAM user ${name}`, name, arn, policies: policiesOf(facts, account, attached, attach) };
  });
  return [...roles, ...users].filter(({ policies }) => policies.length > 0);
}

interface Policy {
  /** `inline policy x`, `policy y`. */
  readonly noun: string;
  /** null: it was not read. */
  readonly document: string | null;
  /** The file attaches it. */
  readonly isAsked: boolean;
}

/** Ours are compared with the file, whoever carries them. */
function policiesOf(facts: Facts, account: AccountFacts, arns: readonly string[], attach: readonly DeclaredAttach[]): Policy[] {
  const asked = new Set(attach.map(({ arn }) => arn));
  const own = new Map([...account.snapshot.policies.values()].map((policy) => [policy.arn, policy]));
  return [...new Set(arns)].flatMap((arn) => {
    const policy = own.get(arn);
    if (policy)
      return isManaged(facts, account, "iam.policy", policy)
        ? []
        : [{ noun: `policy ${policy.name}`, document: policy.document, isAsked: asked.has(arn) }];
    return [{ noun: `policy ${arn}`, document: awsManagedDocument(arn), isAsked: asked.has(arn) }];
  });
}

/** A user that logs in by IAM on a declared cluster. */
interface Door {
  readonly cluster: DeclaredCluster;
  readonly user: string;
  readonly arn: string;
}

/** A token is good in the account of its cluster alone. The admin and the reader have doors, too. */
function doorsOf(declared: Declared, facts: Facts, account: AccountFacts): Door[] {
  const { id, partition, region } = account.declared;
  return [...declared.clusters.values()].flatMap((cluster) => {
    const rds = facts.clusters.get(cluster.name)?.snapshot.rds;
    if (cluster.account !== account.name || !rds) return [];
    const users = [...declared.roles.values()].filter((role) => role.login === "iam" && role.clusters.includes(cluster.name));
    const logins = [cluster.admin, ...(cluster.reader ? [cluster.reader] : [])].filter(({ auth }) => auth.type === "iam");
    const names = [...new Set([...users.map(({ name }) => name), ...logins.map(({ user }) => user)])].sort();
    const place = `arn:${partition}:rds-db:${cluster.region ?? region}:${id}:dbuser`;
    return resourceIdsOf(rds).flatMap((one) => names.map((user) => ({ cluster, user, arn: `${place}:${one}/${user}` })));
  });
}

const isGiven = ({ connect }: Carrier, { cluster, user }: Door): boolean =>
  connect.some((entry) => entry.user === user && (entry.clusters?.includes(cluster.name) ?? true));

/** One warning for all that stand open alike. All documents are asked together: a Deny of any closes what another opens. */
function leaksOf(account: AccountFacts, carrier: Carrier, doors: readonly Door[]): Problem[] {
  const { noun: who, arn, place, policies } = carrier;
  const read = policies.flatMap(({ noun, document, isAsked }) => (document === null ? [] : [{ noun, document, isAsked }]));
  if (read.length === 0) return [];
  const decide = deciderFor(
    read.map(({ document }) => document),
    arn,
  );
  const through = read.map(({ document, ...one }) => ({ ...one, decide: deciderFor([document], arn) }));
  const found = doors
    .map((door) => ({ door, decision: decide(door) }))
    .filter(({ door, decision }) => isOpen(decision) && !isGiven(carrier, door));
  return [...listsBy(found, ({ decision }) => decision)].map(([decision, list]) => {
    const by = through.filter((one) => list.some(({ door }) => isOpen(one.decide(door))));
    const users = list.map(({ door }) => `${displayName(door.user)} of cluster ${door.cluster.name}`);
    const sure = decision === "allowed" ? "can log in" : "can log in, on conditions that stand there,";
    const why = by.every(({ isAsked }) => isAsked) ? "attach gives that, and no connect" : "the file neither gives nor takes that";
    const message = `${who} of account ${account.name} ${sure} as ${namesText(users)} by ${namesText(by.map(({ noun }) => noun))}: ${why}.`;
    const hint = "Take the statement away where it is not meant, or give the door in the file: connect.";
    return warningProblem("leak", message, { place, attention: true, hint });
  });
}

const isOpen = (decision: Decision): boolean => decision === "allowed" || decision === "conditional";

function deciderFor(documents: readonly string[], arn: string): (door: Door) => Decision {
  const decider = compilePolicies(documents);
  return (door) => decider.decide({ action: "rds-db:connect", resource: door.arn, principal: { type: "aws", id: arn } });
}

function unread({ name }: AccountFacts, carriers: readonly Carrier[]): Problem[] {
  const pairs = carriers.flatMap(({ name: carrier, noun: who, policies }) =>
    policies.filter(({ document }) => document === null).map(({ noun }) => ({ noun, carrier, isUser: who.startsWith("IAM user") })),
  );
  if (pairs.length === 0) return [];
  const texts = [...listsBy(pairs, ({ noun }) => noun)].map(
    ([noun, list]) => `${noun} of ${namesText(list.map(({ carrier }) => carrier))}`,
  );
  const holders = pairs.some(({ isUser }) => isUser) ? "IAM roles and users" : "IAM roles";
  const message = `Attached to declared ${holders} of account ${name}, and not read: ${namesText(texts)}. Whether they let anybody log in is not known.`;
  return [warningProblem("policy-not-read", message, { hint: "Look at what they allow of rds-db:connect." })];
}
