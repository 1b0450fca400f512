import { partitionOf } from "./partition.js";
import type { SourceFile, SourceIamRole } from "./source-file.js";

export type IamReference =
  | { readonly ok: true; readonly role: SourceIamRole }
  /** `several`: the accounts that have one of this key; empty: there is none. */
  | { readonly ok: false; readonly several: readonly string[] };

/** The IAM role that another one names: by its key, or by ACCOUNT/KEY, which it must be where the entry stands for several. In its own account the key is enough. */
export function iamReference(file: SourceFile, text: string, from: Pick<SourceIamRole, "account">): IamReference {
  const isNamed = ({ account, key }: SourceIamRole): boolean => `${account.text}/${key.text}` === text;
  const found = file.iamRoles.get(text) ?? file.iamRoles.get(`${from.account.text}/${text}`) ?? [...file.iamRoles.values()].find(isNamed);
  if (found) return { ok: true, role: found };
  const several = [...file.iamRoles.values()].filter((role) => role.key.text === text).map((role) => role.account.text);
  return { ok: false, several };
}

export const isArn = (text: string): boolean => text.startsWith("arn:");

const ASSUMABLE = /^arn:aws[a-z-]*:iam::\d{12}:role\/([\x21-\x7e]+\/)?[A-Za-z0-9_+=,.@-]{1,64}$/;
/** Of one IAM role, without wildcards. */
export const isRoleArn = (text: string): boolean => ASSUMABLE.test(text) && !/[*?$]/.test(text);

/** Made and trusted by a service of AWS; nobody changes or assumes it. */
export const isServiceLinked = (arn: string): boolean => /:role\/aws-service-role\//.test(arn);

/** A name is that of a policy of the account. */
export function managedPolicyArn(file: SourceFile, text: string, account: string): string {
  const of = file.accounts.get(account);
  return isArn(text) || !of ? text : `arn:${partitionOf(of.region)}:iam::${of.id.text}:policy/${text}`;
}

/** Where IAM knows it by, if it was made by the file. */
export const arnOf = (file: SourceFile, role: SourceIamRole, partition: (region: string) => string): string | null => {
  const account = file.accounts.get(role.account.text);
  return account
    ? `arn:${partition(account.region)}:iam::${account.id.text}:role${file.iamDefaults.path?.text ?? "/"}${role.name.text}`
    : null;
};
