/** Who can hold a right. Never a bare string: a role called "PUBLIC" and everybody are two, and so are roles of one name on two clusters. */
export type Principal =
  /** A PostgreSQL role or user. */
  | { readonly type: "role"; readonly cluster: string; readonly name: string }
  | { readonly type: "public"; readonly cluster: string }
  /** `account`: twelve digits. */
  | { readonly type: "iam"; readonly account: string; readonly kind: IamPrincipal; readonly name: string }
  /** Holds rights for whoever it is attached to. */
  | { readonly type: "policy"; readonly account: string; readonly name: string }
  /** Holds an IAM role for the instances that carry it. */
  | { readonly type: "instance-profile"; readonly account: string; readonly name: string }
  /** An EC2 instance, by its id. */
  | { readonly type: "instance"; readonly account: string; readonly name: string }
  | { readonly type: "service"; readonly name: string }
  | { readonly type: "arn"; readonly arn: string }
  | { readonly type: "federated"; readonly provider: string }
  | { readonly type: "anyone" };

export type IamPrincipal = "role" | "user" | "group";

/** The name by which a person knows it. */
export function nameOfPrincipal(who: Principal): string {
  switch (who.type) {
    case "public":
      return "PUBLIC";
    case "arn":
      return who.arn;
    case "federated":
      return who.provider;
    case "anyone":
      return "anyone";
    default:
      return who.name;
  }
}
