import { type AccountFacts, accountOf, type Facts } from "../facts/facts.js";
import { claimsOf, decidesCarriers, instanceProblems, isGone, profileOfArn } from "../facts/instances.js";
import type { AwsActions } from "../model/aws-call.js";
import type { InstanceSnapshot } from "../model/aws-things.js";
import type { Declared, DeclaredIamRole } from "../model/declared.js";
import { keyOf, resource } from "../model/key.js";
import type { Operation } from "../model/operation.js";
import { errorProblem, type Problem } from "../model/problem.js";
import type { Id, Pair, Resource } from "../model/resource.js";
import type { Delta, DeltaItem } from "../model/right.js";
import { RANK } from "./aws-call.js";
import { heldBackIn } from "./held-back.js";
import { createdPath } from "./iam-marks.js";
import { launchProblems } from "./launch-profiles.js";
import { type KindSpec, noAttributes, none, plainOp, type Wishes, wholeSources, wholly } from "./spec.js";
import { iamRolesOf, type WantedIamRole } from "./wanted-iam.js";

export const EC2_ASSOCIATION: KindSpec<"ec2.association"> = {
  isThing: false,
  wanted: (declared, facts, wishes) => {
    const roles = [...iamRolesOf(declared, facts)];
    for (const { account, role } of roles)
      for (const problem of [...instanceProblems(account, role), ...launchProblemsOf(declared, account, role)]) wishes.problem(problem);
    for (const account of facts.accounts.values()) {
      for (const id of heldCarriers(declared, facts, account, roles)) wishes.leaveOut(keyOf("ec2.association", id));
      for (const [instance, claimed] of claimsOf(account)) wantOne({ declared, facts, account, roles }, instance, claimed, wishes);
    }
  },
  live: liveAssociations,
  equal: (desired, live) => desired.profile === live.profile,
  op: plainOp,
  target: (id) => ({ type: "account", name: id.account }),
  subject: ({ id, before, after }) => ({
    type: "association",
    instance: id.instance,
    profiles: [before, after].flatMap((one) => (one ? [nameOf(one.profile)] : [])),
  }),
  delta: associationDelta,
  attributes: noAttributes,
  attain: wholly(associationOperations),
  obstacles: none,
};

function launchProblemsOf(declared: Declared, account: AccountFacts, { instanceProfile: name, scalingGroups }: DeclaredIamRole): Problem[] {
  return name === null ? [] : launchProblems(account, scalingGroups, { name, arn: arnOf(declared, account, name) });
}

const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf("/") + 1);

/** What of an account is not told stays on the instances that carry it. */
function heldCarriers(declared: Declared, facts: Facts, account: AccountFacts, roles: readonly WantedIamRole[]): Id<"ec2.association">[] {
  const held = heldBackIn(declared, facts, account)?.roles ?? new Set();
  const left = new Set(roles.flatMap((one) => (one.account === account && !one.isWhole ? (one.role.instanceProfile ?? []) : [])));
  return carriersIn(account).flatMap(({ id, association }) => {
    const profile = profileOfArn(account, association.profileArn);
    const stays = profile !== undefined && (held.has(profile.role ?? "") || left.has(profile.name));
    return stays ? [{ account: account.name, instance: id }] : [];
  });
}

type Carrier = InstanceSnapshot & { readonly association: NonNullable<InstanceSnapshot["association"]> };
const carriersIn = ({ snapshot }: AccountFacts): Carrier[] =>
  [...(snapshot.instances?.values() ?? [])].filter((one): one is Carrier => one.association !== null && !isGone(one));

interface Around {
  readonly declared: Declared;
  readonly facts: Facts;
  readonly account: AccountFacts;
  readonly roles: readonly WantedIamRole[];
}

function wantOne(
  { declared, facts, account, roles }: Around,
  instance: string,
  [role, other]: readonly DeclaredIamRole[],
  wishes: Wishes<"ec2.association">,
): void {
  const id = { account: account.name, instance };
  const key = keyOf("ec2.association", id);
  if (!role?.instances || role.instanceProfile === null) return;
  const problem = other ? claimedTwice(account, instance, role, other) : hasProfile(facts, account, instance, role);
  if (problem) wishes.problem({ ...problem, key });
  const isWhole = roles.some((one) => one.role === role && one.isWhole);
  if (problem || !isWhole) wishes.leaveOut(key);
  else
    wishes.want(
      resource("ec2.association", id, { profile: arnOf(declared, account, role.instanceProfile) }),
      wholeSources(role.instances.place, role.until),
    );
}

function arnOf(declared: Declared, { snapshot, declared: { partition, id } }: AccountFacts, name: string): string {
  const live = snapshot.instanceProfiles.get(name);
  return live?.arn ?? `arn:${partition}:iam::${id}:instance-profile${createdPath(declared, live)}${name}`;
}

const claimedTwice = ({ name }: AccountFacts, instance: string, role: DeclaredIamRole, other: DeclaredIamRole): Problem =>
  errorProblem(
    "instance-claimed-twice",
    `EC2 instance ${instance} of account ${name} shall carry two profiles, ${role.instanceProfile} and ${other.instanceProfile}; it carries one.`,
    { place: other.instances?.place ?? other.place, hint: "Let one of the two name it, by other tags or by ids." },
  );

/** Another profile takes rights with it when it goes: the file must say so. */
function hasProfile(facts: Facts, account: AccountFacts, instance: string, role: DeclaredIamRole): Problem | null {
  const arn = account.snapshot.instances?.get(instance)?.association?.profileArn;
  if (arn === undefined || role.instances?.replace) return null;
  const live = profileOfArn(account, arn);
  if (live && (live.name === role.instanceProfile || decidesCarriers(facts, account, live))) return null;
  return errorProblem(
    "instance-has-profile",
    `EC2 instance ${instance} of account ${account.name} carries the instance profile ${nameOf(arn)}.`,
    {
      place: role.instances?.place ?? role.place,
      hint: `With replace: true ${role.instanceProfile} takes its place, and the instance loses what ${nameOf(arn)} gives it.`,
    },
  );
}

/** What carries a profile of ours, and what the file gives one. */
function* liveAssociations(facts: Facts): Generator<Resource<"ec2.association">> {
  for (const account of facts.accounts.values()) {
    const claims = claimsOf(account);
    for (const { id, association } of carriersIn(account)) {
      const profile = profileOfArn(account, association.profileArn);
      if (claims.has(id) || (profile && decidesCarriers(facts, account, profile)))
        yield resource("ec2.association", { account: account.name, instance: id }, { profile: association.profileArn });
    }
  }
}

function associationDelta(
  { id, before, after }: Pair<"ec2.association">,
  facts: Facts,
  { whole }: { readonly whole: DeltaItem["sources"] },
): Delta {
  const who = { type: "instance", account: accountOf(facts, id.account).snapshot.id, name: id.instance } as const;
  const item = (effect: DeltaItem["effect"], arn: string): DeltaItem => ({
    effect,
    who,
    verbs: ["instance-profile"],
    on: { type: "arn", arn },
    terms: {},
    other: null,
    sources: effect === "gains" ? whole : [],
  });
  return [...(after ? [item("gains", after.profile)] : []), ...(before ? [item("loses", before.profile)] : [])];
}

/** Given when everything behind it is open, taken before anything else is. One in place of another is one call, without a gap. */
function associationOperations({ key, id, before, after }: Pair<"ec2.association">, facts: Facts): Operation[] {
  const account = accountOf(facts, id.account);
  const call = (
    phase: "close" | "open",
    rank: number,
    action: AwsActions["ec2"],
    input: Readonly<Record<string, unknown>>,
  ): Operation[] => [
    {
      type: "aws",
      change: key,
      phase,
      site: { account: account.name },
      as: null,
      rank,
      args: { service: "ec2", action, region: account.declared.region, input },
    },
  ];
  const AssociationId = account.snapshot.instances?.get(id.instance)?.association?.id;
  if (!after) return call("close", RANK.dissociation, "DisassociateIamInstanceProfile", { AssociationId });
  const IamInstanceProfile = { Arn: after.profile };
  if (before) return call("open", RANK.association, "ReplaceIamInstanceProfileAssociation", { AssociationId, IamInstanceProfile });
  return call("open", RANK.association, "AssociateIamInstanceProfile", { InstanceId: id.instance, IamInstanceProfile });
}
