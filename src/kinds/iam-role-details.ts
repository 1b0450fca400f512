import type { AccountFacts } from "../facts/facts.js";
import type { DeclaredRoleDetails } from "../model/iam-role-details.js";
import type { Operation } from "../model/operation.js";
import type { Attrs, Pair } from "../model/resource.js";
import type { IamRoleSnapshot } from "../model/snapshot.js";
import { awsCall, RANK } from "./aws-call.js";

/** What an IAM role says of itself, and for how long whoever takes it may have it: compared where the file says it. */
type Details = Pick<Attrs<"iam.role">, "description" | "sessionDuration">;

export const saidOf = ({ description, sessionDuration }: DeclaredRoleDetails): Details => ({
  ...(description === null ? {} : { description }),
  ...(sessionDuration === null ? {} : { sessionDuration }),
});

/** What is there of that which the file says. */
export function liveDetails({ iamRoles }: AccountFacts, { name, details }: IamRoleSnapshot): Details {
  const said = iamRoles.get(name);
  if (!said || !details) return {};
  return {
    ...(said.description === null ? {} : { description: details.description }),
    ...(said.sessionDuration === null ? {} : { sessionDuration: details.sessionDuration }),
  };
}

export const sameDetails = (a: Details, b: Details): boolean => a.description === b.description && a.sessionDuration === b.sessionDuration;

/** A call that leaves the time out sets it back to an hour (IAM API reference, UpdateRole): both are always given. */
export function detailOperations({ key, id, before, after }: Pair<"iam.role">, account: AccountFacts): Operation[] {
  if (!before || !after || sameDetails(before, after)) return [];
  const live = account.snapshot.roles.get(id.name)?.details;
  const input = {
    RoleName: id.name,
    Description: after.description ?? live?.description ?? "",
    MaxSessionDuration: after.sessionDuration ?? live?.sessionDuration ?? 3600,
  };
  // What it is allowed does not change, so it comes with the last.
  return [awsCall(key, account, "open", RANK.tag, "UpdateRole", input)];
}
