import type { IAMClient } from "@aws-sdk/client-iam";
import type { IamRoleDetails } from "../model/iam-role-details.js";
import type { IamRoleSnapshot } from "../model/snapshot.js";

/** An hour, where AWS does not say it. */
const USUAL = 3600;

/** The sweep gives neither descriptions nor how long a session may be (IAM API reference, RoleDetail). */
export async function withDetails(iam: IAMClient, roles: ReadonlyMap<string, IamRoleSnapshot>): Promise<Map<string, IamRoleSnapshot>> {
  const { paginateListRoles } = await import("@aws-sdk/client-iam");
  const found = new Map<string, IamRoleDetails>();
  for await (const { Roles = [] } of paginateListRoles({ client: iam, pageSize: 1000 }, {}))
    for (const { RoleName = "", Description = "", MaxSessionDuration = USUAL } of Roles)
      found.set(RoleName, { description: Description, sessionDuration: MaxSessionDuration });
  return new Map(
    [...roles].map(([name, role]) => {
      const details = found.get(name);
      return [name, details ? { ...role, details } : role];
    }),
  );
}
