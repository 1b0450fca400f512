import { parseAccess } from "../../../src/config/parse-access.js";
import type { Declared } from "../../../src/model/declared.js";
import { isError } from "../../../src/model/problem.js";
import type { AccessModel, FileCluster, FileGrant, FileIamRole, FileRole } from "./model.js";
import { OWNER } from "./model.js";

/** The text of an abstract file: JSON is YAML. */
export function fileText(model: AccessModel): string {
  const { accounts, clusters, roles, iamRoles } = model;
  const file = {
    version: 1,
    owner: OWNER,
    accounts: byName(accounts, ({ id }) => ({ id, region: REGION })),
    clusters: byName(clusters, clusterText),
    roles: byName(
      roles.filter((r) => r.login === "none"),
      roleText,
    ),
    users: byName(
      roles.filter((r) => r.login !== "none"),
      (role) => ({ ...roleText(role), login: role.login }),
    ),
    iam_roles: Object.fromEntries(iamRoles.map((role) => [role.id, iamRoleText(role, iamRoles)])),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** The Region of every account. */
export const REGION = "us-east-2";

/** null: the model is one that the file's rules refuse. */
export function declaredOf(model: AccessModel): Declared | null {
  const { declared, problems } = parseAccess(fileText(model), "access.yaml");
  return problems.some(isError) ? null : declared;
}

const byName = <T extends { readonly name: string }>(items: readonly T[], text: (item: T) => object): object =>
  Object.fromEntries(items.map((item) => [item.name, text(item)]));

const clusterText = ({ account, rds, address, admin, databases }: FileCluster): object => ({
  ...(account === null ? {} : { account }),
  ...(rds === null ? {} : { rds: { cluster: rds } }),
  ...(address === null ? {} : { address }),
  admin: { user: admin, auth: rds === null ? "none" : "iam" },
  databases: byName(databases, ({ creators }) => ({ creators })),
});

const roleText = ({ clusters, memberOf, grants }: FileRole): object => ({
  clusters,
  ...(memberOf.length > 0 ? { member_of: memberOf } : {}),
  ...(grants.length > 0 ? { grants: grantsText(grants) } : {}),
});

type Sections = Record<string, string[] | Record<string, string[]>>;

/** Entries for one object add up here, since a key stands once. */
function grantsText(grants: readonly FileGrant[]): Record<string, Sections> {
  const scopes: Record<string, Sections> = {};
  for (const { cluster, database, section, object, privileges } of grants) {
    const scope = `${cluster}/${database}`;
    const sections = scopes[scope] ?? {};
    scopes[scope] = sections;
    const there = sections[section];
    if (section === "database") sections[section] = union(Array.isArray(there) ? there : [], privileges);
    else {
      const objects = Array.isArray(there) ? {} : (there ?? {});
      sections[section] = { ...objects, [object]: union(objects[object] ?? [], privileges) };
    }
  }
  return scopes;
}

/** `all` stands alone. */
function union(a: readonly string[], b: readonly string[]): string[] {
  const both = [...new Set([...a, ...b])];
  return both.includes("all") ? ["all"] : both;
}

/** Across accounts whoever is trusted also says that it takes the role: else the file is refused. */
const iamRoleText = ({ id, account, trust, connect, profile }: FileIamRole, all: readonly FileIamRole[]): object => ({
  account,
  trust,
  ...assumeText(all.filter((other) => other.account !== account && other.trust.some((t) => "role" in t && t.role === id))),
  ...(connect.length > 0
    ? { connect: connect.map(({ user, clusters }) => (clusters === null ? { user, any_cluster: true } : { user, clusters })) }
    : {}),
  ...(profile === null ? {} : { instance_profile: { name: profile } }),
});

const assumeText = (taken: readonly FileIamRole[]): object => (taken.length > 0 ? { assume: taken.map(({ id }) => id) } : {});
