import pc from "picocolors";
import { visible } from "./visible.js";

/** A login that was tried. Of one that is to be refused `ok` says that it was. */
export interface TriedDoor {
  /** Its key in the file. */
  readonly iamRole: string;
  readonly user: string;
  readonly cluster: string;
  readonly ok: boolean;
  /** Where it went wrong; null: nowhere. */
  readonly hop: "assume" | "rds" | "login" | null;
  /** Of the problem; null: there is none. */
  readonly code: string | null;
  readonly why: string | null;
  /** What to do; null: nothing that is known. */
  readonly hint: string | null;
}

/** The file has no user, or no cluster, without a door of the IAM role: nothing that must be refused. */
export interface NoneToTry {
  readonly iamRole: string;
  readonly what: "user" | "cluster";
}

export interface LoginCheck {
  /** ARN of whoever ran it. */
  readonly caller: string;
  readonly doors: readonly TriedDoor[];
  /** Doors that the file does not give. */
  readonly refused: readonly TriedDoor[];
  readonly noneToTry: readonly NoneToTry[];
  /** So many doors the file gives to others. */
  readonly others: number;
}

const HOPS = { assume: "taking the IAM role", rds: "asking RDS for the endpoint", login: "logging in" } as const;

export function renderLoginCheck(
  { caller, doors, refused, noneToTry, others }: LoginCheck,
  { color }: { readonly color: boolean },
): string {
  const c = pc.createColors(color);
  const line = (one: TriedDoor, good: string, bad: string): string => {
    const where = one.hop === null ? "" : `: ${HOPS[one.hop]} failed`;
    const why = [one.why, one.hint].map((text) => (text === null ? "" : `\n    ${c.dim(visible(text))}`)).join("");
    return one.ok ? `${c.green("✓")} ${visible(good)}\n` : `${c.red("✗")} ${visible(bad)}${where}${why}\n`;
  };
  const way = ({ iamRole, user, cluster }: TriedDoor): string => `${iamRole} logs in as ${user} to ${cluster}`;
  const out = doors.map((one) => line(one, way(one), way(one)));
  const no = refused.map((one) =>
    line(
      one,
      `${one.iamRole} does not come in as ${one.user} to ${one.cluster}`,
      `${one.iamRole} is kept out as ${one.user} of ${one.cluster}`,
    ),
  );
  const tried = doors.length === 0 ? `None to try: the file lets ${caller} take no IAM role with a door.` : "";
  const none = noneToTry.map(({ iamRole, what }) => `- ${visible(iamRole)} at another ${what}: none to try\n`);
  const left = others === 0 ? "" : `${others} ${others === 1 ? "door is" : "doors are"} for others to try.\n`;
  return [...out, ...no, tried === "" ? "" : `${visible(tried)}\n`, ...none, left].join("");
}

export function renderLoginCheckJson({ caller, doors, refused, noneToTry, others }: LoginCheck): string {
  const plain = ({ iamRole, user, cluster, ok, hop, why }: TriedDoor) => ({ iam_role: iamRole, user, cluster, ok, hop, why });
  const none = noneToTry.map(({ iamRole, what }) => ({ iam_role: iamRole, what }));
  return `${JSON.stringify({ caller, doors: doors.map(plain), refused: refused.map(plain), none_to_try: none, others }, null, 2)}\n`;
}
