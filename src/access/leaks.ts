import type { AccountFacts, Facts } from "../facts/facts.js";
import { carriedBy, isManaged, roleArnIn } from "../facts/iam-things.js";
import type { Declared, DeclaredCluster, DeclaredIamRole } from "../model/declared.js";
import { type Problem, warningProblem } from "../model/problem.js";
import { awsManagedDocument } from "../policies/aws-managed.js";
import { compilePolicies, type Decision } from "../policies/evaluate.js";
import { displayName } from "../privileges/sql.js";
import { listsBy, namesText } from "./few.js";

/** What hangs on declared IAM roles beside their generated policy, and lets them in as users that the file does not give them. */
export const leaks = (declared: Declared, facts: Facts): Problem[] =>
  [...facts.accounts.values()].flatMap((account) => {
    const carriers = [...declared.iamRoles.values()]
      .filter((role) => role.account === account.name)
      .flatMap((role): Carrier[] => {
        const live = account.snapshot.roles.get(role.name);
        // One that comes is asked about what the file attaches to it.
        return live || role.attach.length > 0
          ? [{ role, arn: roleArnIn(account, role.name), policies: policiesOn(facts, account, role) }]
          : [];
      });
    const doors = doorsOf(declared, facts, account);
    return [...carriers.flatMap((carrier) => leaksOf(account, carrier, doors)), ...unread(account, carriers)];
  });

interface Carrier {
  readonly role: DeclaredIamRole;
  readonly arn: string;
  readonly policies: readonly Policy[];
}

interface Policy {
  /** `inline policy x`, `policy y`. */
  readonly noun: string;
  /** null: it was not read. */
  readonly document: string | null;
}

/** Ours are compared with the file, whoever carries them. */
function policiesOn(facts: Facts, account: AccountFacts, { name: role, attach }: DeclaredIamRole): Policy[] {
  const { snapshot } = account;
  const own = new Map([...snapshot.policies.values()].map((policy) => [policy.arn, policy]));
  const carried = new Set([...carriedBy(snapshot, "role", role), ...attach.map(({ arn }) => arn)]);
  return [
    ...(snapshot.foreign.get(`role/${role}`)?.inline ?? []).map(({ name, document }) => ({ noun: `inline policy ${name}`, document })),
    ...[...carried].flatMap((arn) => {
      const policy = own.get(arn);
      if (policy) return isManaged(facts, account, policy) ? [] : [{ noun: `policy ${policy.name}`, document: policy.document }];
      return [{ noun: `policy ${arn}`, document: awsManagedDocument(arn) }];
    }),
  ];
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
    const place = `arn:${partition}:rds-db:${cluster.region ?? region}:${id}:dbuser:${rds.resourceId}`;
    return names.map((user) => ({ cluster, user, arn: `${place}/${user}` }));
  });
}

const isGiven = ({ connect }: DeclaredIamRole, { cluster, user }: Door): boolean =>
  connect.some((entry) => entry.user === user && (entry.clusters?.includes(cluster.name) ?? true));

/** One warning for all that stand open alike. All documents are asked together: a Deny of any closes what another opens. */
function leaksOf({ name }: AccountFacts, { role, arn, policies }: Carrier, doors: readonly Door[]): Problem[] {
  const read = policies.flatMap(({ noun, document }) => (document === null ? [] : [{ noun, document }]));
  if (read.length === 0) return [];
  const decide = deciderFor(
    read.map(({ document }) => document),
    arn,
  );
  const through = read.map(({ noun, document }) => ({ noun, decide: deciderFor([document], arn) }));
  const found = doors
    .map((door) => ({ door, decision: decide(door) }))
    .filter(({ door, decision }) => isOpen(decision) && !isGiven(role, door));
  return [...listsBy(found, ({ decision }) => decision)].map(([decision, list]) => {
    const by = through.filter((one) => list.some(({ door }) => isOpen(one.decide(door)))).map(({ noun }) => noun);
    const users = list.map(({ door }) => `${displayName(door.user)} of cluster ${door.cluster.name}`);
    const sure = decision === "allowed" ? "can log in" : "can log in, on conditions that stand there,";
    const message = `IAM role ${role.name} of account ${name} ${sure} as ${namesText(users)} by ${namesText(by)}: the file neither gives nor takes that.`;
    const hint = "Take the statement away where it is not meant, or give the door in the file: connect.";
    return warningProblem("leak", message, { place: role.place, attention: true, hint });
  });
}

const isOpen = (decision: Decision): boolean => decision === "allowed" || decision === "conditional";

function deciderFor(documents: readonly string[], arn: string): (door: Door) => Decision {
  const decider = compilePolicies(documents);
  return (door) => decider.decide({ action: "rds-db:connect", resource: door.arn, principal: { type: "aws", id: arn } });
}

function unread({ name }: AccountFacts, carriers: readonly Carrier[]): Problem[] {
  const pairs = carriers.flatMap(({ role, policies }) =>
    policies.filter(({ document }) => document === null).map(({ noun }) => ({ noun, role })),
  );
  if (pairs.length === 0) return [];
  const texts = [...listsBy(pairs, ({ noun }) => noun)].map(([noun, list]) => `${noun} of ${namesText(list.map(({ role }) => role.name))}`);
  const message = `Attached to declared IAM roles of account ${name}, and not read: ${namesText(texts)}. Whether they let anybody log in is not known.`;
  return [warningProblem("policy-not-read", message, { hint: "Look at what they allow of rds-db:connect." })];
}
