import type { Declared, DeclaredConnect } from "../../model/declared.js";
import type { Subject } from "../../model/review.js";

/** A way to one user of one cluster, or of every cluster, that the file gives. */
export interface FileDoor {
  readonly subject: Subject & { readonly type: "door" };
  readonly connect: DeclaredConnect;
  /** The IAM role that has it: its account's number and its name. null: an IAM user, or whoever carries a policy. */
  readonly iamRole: { readonly account: string; readonly name: string } | null;
}

/** Every `connect` of the file, one for each cluster that it names. */
export function doorsOfFile(file: Declared): FileDoor[] {
  const idOf = (account: string): string => file.accounts.get(account)?.id ?? "";
  const roles = [...file.iamRoles.values()].flatMap((role) =>
    role.connect.flatMap((connect) =>
      doorsOfConnect("iam-role", role.id, connect).map((one) => ({ ...one, iamRole: { account: idOf(role.account), name: role.name } })),
    ),
  );
  const others = file.iamDoors.flatMap((door) =>
    door.connect.flatMap((connect) =>
      doorsOfConnect(door.user === null ? "iam-policy" : "iam-user", door.id, connect).map((one) => ({ ...one, iamRole: null })),
    ),
  );
  return [...roles, ...others];
}

const doorsOfConnect = (
  holder: (Subject & { readonly type: "door" })["holder"],
  door: string,
  connect: DeclaredConnect,
): Omit<FileDoor, "iamRole">[] =>
  (connect.clusters ?? [null]).map((cluster) => ({ subject: { type: "door", holder, door, user: connect.user, cluster }, connect }));
