/** What somebody with more power does once, so that admin and reader can do their part. One statement each, but for `run`. */
export type Need =
  /** The admin or reader itself: made where it is missing. */
  | {
      readonly type: "create-login";
      readonly cluster: string;
      readonly role: string;
      readonly createRole: boolean;
      readonly password: boolean;
    }
  | { readonly type: "alter-login"; readonly cluster: string; readonly role: string }
  | { readonly type: "create-roles"; readonly cluster: string; readonly role: string }
  /** It logs in with a token. */
  | { readonly type: "iam-login"; readonly cluster: string; readonly role: string }
  | { readonly type: "connect"; readonly cluster: string; readonly database: string; readonly role: string }
  /** ADMIN OPTION: to alter, mark and drop the role, and to give it. */
  | { readonly type: "administer"; readonly cluster: string; readonly role: string }
  /** SET ROLE: to grant and revoke as it. */
  | { readonly type: "act-as"; readonly cluster: string; readonly role: string }
  | { readonly type: "usage"; readonly cluster: string; readonly database: string; readonly schema: string; readonly role: string }
  /** What admin or reader has through a role that a plan takes from it. */
  | { readonly type: "inherit"; readonly cluster: string; readonly role: string; readonly member: string }
  /** What no right of the admin's brings about: run by `as`, or by a superuser. */
  | {
      readonly type: "run";
      readonly cluster: string;
      readonly database: string;
      readonly as: string;
      readonly statements: readonly string[];
    }
  /** A call of AWS that was denied. */
  | { readonly type: "allow"; readonly account: string; readonly action: string; readonly resource: string };

export type NeedOf<T extends Need["type"]> = Extract<Need, { readonly type: T }>;
/** All but what AWS must allow. */
export type ClusterNeed = Exclude<Need, NeedOf<"allow">>;
