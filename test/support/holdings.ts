import {
  GetPolicyVersionCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListInstanceProfilesCommand,
  ListPoliciesCommand,
  ListRolesCommand,
  type Role,
} from "@aws-sdk/client-iam";
import type { LocalAws } from "../../src/sandbox/local-aws.js";
import type { LocalPostgres } from "../../src/sandbox/local-postgres.js";

/** What everybody holds, as PostgreSQL itself answers: never through our own reader. */
const SQL = `
WITH who AS (SELECT oid, rolname FROM pg_roles WHERE rolname !~ '^(pg_|rds)' AND NOT rolsuper),
tables AS (
  SELECT c.oid, n.nspname || '.' || c.relname AS name, c.relkind, c.relowner FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema')
SELECT who.rolname || ' ' || p || ' on ' || t.name AS holds FROM who, tables t, unnest(ARRAY['SELECT','INSERT','UPDATE','DELETE','TRUNCATE']) p
 WHERE t.relkind IN ('r','p','v','m','f') AND t.relowner <> who.oid AND has_table_privilege(who.oid, t.oid, p)
UNION ALL SELECT who.rolname || ' ' || p || ' on ' || t.name FROM who, tables t, unnest(ARRAY['USAGE','SELECT','UPDATE']) p
 WHERE t.relkind = 'S' AND t.relowner <> who.oid AND has_sequence_privilege(who.oid, t.oid, p)
UNION ALL SELECT who.rolname || ' ' || p || ' on schema ' || n.nspname FROM who, pg_namespace n, unnest(ARRAY['USAGE','CREATE']) p
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public') AND n.nspowner <> who.oid AND has_schema_privilege(who.oid, n.oid, p)
UNION ALL SELECT m.rolname || ' is member of ' || r.rolname FROM who m, pg_roles r
 WHERE m.oid <> r.oid AND m.rolname NOT IN ('access_admin', 'postgres') AND pg_has_role(m.oid, r.oid, 'USAGE')
UNION ALL SELECT rolname || ' may log in' FROM pg_roles WHERE rolcanlogin AND rolname !~ '^(pg_|rds)'
UNION ALL SELECT who.rolname || ' EXECUTE on ' || p.oid::regprocedure FROM who, pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
 WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND p.proowner <> who.oid AND has_function_privilege(who.oid, p.oid, 'EXECUTE')`;

export async function holdings(postgres: LocalPostgres, database: string): Promise<Set<string>> {
  const { rows } = await postgres.sql(SQL, database);
  return new Set(rows.map((row: { holds: string }) => row.holds));
}

export const iamOf = (aws: LocalAws): IAMClient =>
  new IAMClient({
    endpoint: aws.endpoint,
    region: aws.env["AWS_REGION"] ?? "",
    credentials: { accessKeyId: aws.env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: aws.env["AWS_SECRET_ACCESS_KEY"] ?? "" },
  });

/** Who may assume which IAM role, and what each may connect as, through the AWS SDK. */
export async function doors(aws: LocalAws): Promise<Set<string>> {
  const iam = iamOf(aws);
  const { Policies = [] } = await iam.send(new ListPoliciesCommand({ Scope: "Local" }));
  const versions = new Map(Policies.map((p) => [p.Arn, p.DefaultVersionId]));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const ofRoles = await Promise.all(Roles.map((role) => doorsOf(iam, role, versions)));
  const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesCommand({}));
  const profiles = InstanceProfiles.flatMap((p) => (p.Roles ?? []).map((role) => `profile ${p.InstanceProfileName} has ${role.RoleName}`));
  iam.destroy();
  return new Set([...ofRoles.flat(), ...profiles]);
}

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: Readonly<Record<string, string | readonly string[]>>;
}

const allowsOf = (document: string | undefined): readonly Statement[] =>
  JSON.parse(decodeURIComponent(document ?? '{"Statement":[]}')).Statement.filter((s: Statement) => s.Effect === "Allow");

async function doorsOf(iam: IAMClient, role: Role, versions: ReadonlyMap<string | undefined, string | undefined>): Promise<string[]> {
  const trusted = allowsOf(role.AssumeRolePolicyDocument).flatMap((s) =>
    Object.entries(s.Principal ?? {}).flatMap(([type, names]) =>
      [names].flat().map((name) => `${JSON.stringify({ [type]: name })} may assume ${role.RoleName}`),
    ),
  );
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: role.RoleName }));
  const allowed = await Promise.all(
    AttachedPolicies.map(async ({ PolicyArn }) => {
      const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: versions.get(PolicyArn) }));
      return allowsOf(PolicyVersion?.Document).flatMap((s) =>
        [s.Resource ?? []].flat().map((on) => `${role.RoleName} may ${[s.Action].flat()} ${on}`),
      );
    }),
  );
  return [...trusted, ...allowed.flat()];
}

/** What comes together of both: who may assume an IAM role that may connect as a user who may log in, and what that user then uses. */
export function reaches(held: ReadonlySet<string>, open: ReadonlySet<string>): Set<string> {
  const callers = [...open].flatMap((door) => pairIn(door, /^(.+) may assume (.+)$/));
  const connects = [...open].flatMap((door) => pairIn(door, /^(\S+) may rds-db:connect \S+\/([^/]+)$/));
  const users = connects.filter(({ right: user }) => held.has(`${user} may log in`) && held.has(`${user} is member of rds_iam`));
  return new Set(
    users.flatMap(({ left: role, right: user }) => {
      const used = [...held].filter((holding) => holding.startsWith(`${user} `) && isUsable(holding, user, held));
      return callers.filter(({ right }) => right === role).flatMap(({ left }) => used.map((what) => `${left} through ${role}: ${what}`));
    }),
  );
}

/** Who gets in at all: with a password, or, once it is a member of rds_iam, through an open door alone. */
export function comesIn(held: ReadonlySet<string>, open: ReadonlySet<string>): Set<string> {
  const trusted = new Set([...open].flatMap((door) => pairIn(door, /^(.+) may assume (.+)$/).map(({ right }) => right)));
  const connects = [...open].flatMap((door) => pairIn(door, /^(\S+) may rds-db:connect \S+\/([^/]+)$/));
  const byDoor = new Set(connects.flatMap(({ left: role, right: user }) => (trusted.has(role) ? [user] : [])));
  const users = [...held].flatMap((holding) => / may log in$/.exec(holding)?.input.replace(/ may log in$/, "") ?? []);
  return new Set(users.flatMap((user) => (byDoor.has(user) || !held.has(`${user} is member of rds_iam`) ? [`${user} comes in`] : [])));
}

const pairIn = (text: string, pattern: RegExp): { readonly left: string; readonly right: string }[] => {
  const [, left, right] = pattern.exec(text) ?? [];
  return left === undefined || right === undefined ? [] : [{ left, right }];
};

/** Nothing inside a schema is reached without USAGE on it. */
function isUsable(holding: string, user: string, held: ReadonlySet<string>): boolean {
  const schema = / on (\w+)\./.exec(holding)?.[1];
  return schema === undefined || held.has(`${user} USAGE on schema ${schema}`);
}
