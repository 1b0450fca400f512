import { ACCOUNTS, IAM_ROLES, IAM_USERS, pick, RESOURCE_IDS, SERVICES, STRANGER, USERS } from "./domain.js";

/** One statement of an IAM document, or of a trust. */
export type Statement = Readonly<Record<string, unknown>>;

export const roleArn = (account: string, name: string): string => `arn:aws:iam::${account}:role/${name}`;
export const userArn = (account: string, name: string): string => `arn:aws:iam::${account}:user/${name}`;
export const doorArn = (account: string, region: string, id: string, user: string): string =>
  `arn:aws:rds-db:${region}:${account}:dbuser:${id}/${user}`;

export const documentOf = (statements: readonly Statement[]): string => JSON.stringify({ Version: "2012-10-17", Statement: statements });

/** The statements of a document that this generator wrote, or the planner. */
export function statementsOf(document: string): Statement[] {
  const parsed: unknown = JSON.parse(document);
  const list = typeof parsed === "object" && parsed !== null && "Statement" in parsed ? parsed.Statement : [];
  return (Array.isArray(list) ? list : [list]).filter((s): s is Statement => typeof s === "object" && s !== null);
}

/** Where to look: four numbers choose the parts of a statement. */
export type Choice = readonly [number, number, number, number];

const CONDITIONS: readonly (object | null)[] = [
  null,
  null,
  null,
  { StringEquals: { "sts:ExternalId": "x" } },
  { StringEquals: { "sts:ExternalId": ["x", "y"] } },
  { StringNotEquals: { "aws:PrincipalTag/team": "db" } },
  { Bool: { "aws:MultiFactorAuthPresent": "true" } },
  { StringLike: { "aws:PrincipalTag/team": "d*" } },
  { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
];

const conditionOf = (index: number): object => {
  const condition = pick(CONDITIONS, index);
  return condition === null ? {} : { Condition: condition };
};

const [DB, MGMT] = ACCOUNTS;

const PRINCIPALS: readonly object[] = [
  ...SERVICES.map((service) => ({ Principal: { Service: service } })),
  ...IAM_ROLES.map((name) => ({ Principal: { AWS: roleArn(DB.id, name) } })),
  { Principal: { AWS: [roleArn(DB.id, "door-a"), userArn(DB.id, "ci")], Service: SERVICES[0] } },
  { Principal: { AWS: roleArn(MGMT.id, "door-c") } },
  { Principal: { AWS: MGMT.id } },
  { Principal: { AWS: STRANGER } },
  { Principal: "*" },
  { NotPrincipal: { AWS: [userArn(DB.id, "ci")] } },
];

/** A statement of a trust: one in four is a Deny. */
export const trustStatement = ([effect, who, action, condition]: Choice): Statement => ({
  Effect: effect % 4 === 3 ? "Deny" : "Allow",
  ...pick(PRINCIPALS, who),
  Action: pick(["sts:AssumeRole", "sts:AssumeRole", "sts:*", ["sts:AssumeRole", "sts:TagSession"]], action),
  ...conditionOf(condition),
});

const DOORS: readonly (string | readonly string[])[] = [
  ...USERS.map((user) => doorArn(DB.id, "us-east-2", RESOURCE_IDS[0], user)),
  doorArn(DB.id, "us-east-2", RESOURCE_IDS[1], "ana"),
  doorArn(DB.id, "us-east-2", RESOURCE_IDS[2], "ana"),
  doorArn(DB.id, "us-east-2", "*", "ana"),
  doorArn(DB.id, "*", "*", "*"),
  doorArn(DB.id, "us-east-2", RESOURCE_IDS[0], "*"),
  [doorArn(DB.id, "us-east-2", RESOURCE_IDS[0], "ana"), doorArn(DB.id, "us-east-2", RESOURCE_IDS[0], "bob")],
  "*",
];
const ACTIONS = ["rds-db:connect", "rds-db:connect", "rds-db:*", "*", "s3:GetObject", ["rds-db:connect", "s3:GetObject"]];

/** A statement of an identity's policy. */
export const policyStatement = ([effect, action, resource, condition]: Choice): Statement => ({
  Effect: effect % 4 === 3 ? "Deny" : "Allow",
  [effect % 9 === 8 ? "NotAction" : "Action"]: pick(ACTIONS, action),
  [effect % 7 === 6 ? "NotResource" : "Resource"]: pick(DOORS, resource),
  ...conditionOf(condition),
});

/** Principals that a trust is asked about. */
export const principalsAsked = (): { readonly type: "service" | "arn"; readonly name: string }[] => [
  { type: "service", name: SERVICES[0] },
  { type: "service", name: SERVICES[1] },
  ...ACCOUNTS.flatMap(({ id }) => [
    ...IAM_ROLES.map((name) => ({ type: "arn", name: roleArn(id, name) }) as const),
    ...IAM_USERS.map((name) => ({ type: "arn", name: userArn(id, name) }) as const),
  ]),
  { type: "arn", name: STRANGER },
];
