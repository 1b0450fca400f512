/** What a plan may ask of AWS, by service. */
export interface AwsActions {
  iam:
    | "CreateRole"
    | "UpdateAssumeRolePolicy"
    | "UpdateRole"
    | "TagRole"
    | "UntagRole"
    | "DeleteRole"
    | "PutRolePermissionsBoundary"
    | "DeleteRolePermissionsBoundary"
    | "DeleteRolePolicy"
    | "CreatePolicy"
    | "CreatePolicyVersion"
    | "DeletePolicyVersion"
    | "TagPolicy"
    | "UntagPolicy"
    | "DeletePolicy"
    | "AttachRolePolicy"
    | "AttachUserPolicy"
    | "DetachRolePolicy"
    | "DetachUserPolicy"
    | "DetachGroupPolicy"
    | "CreateInstanceProfile"
    | "AddRoleToInstanceProfile"
    | "RemoveRoleFromInstanceProfile"
    | "TagInstanceProfile"
    | "UntagInstanceProfile"
    | "DeleteInstanceProfile";
  rds: "ModifyDBCluster" | "ModifyDBInstance" | "ModifyDBClusterParameterGroup" | "ModifyDBParameterGroup";
  ec2: "AssociateIamInstanceProfile" | "ReplaceIamInstanceProfileAssociation" | "DisassociateIamInstanceProfile";
}
export type AwsService = keyof AwsActions;
export type AwsAction = AwsActions[AwsService];

/** One call of AWS's API; `input` as the SDK takes it, documents as JSON text. */
export interface AwsRequest {
  readonly service: AwsService;
  readonly action: AwsAction;
  /** IAM is the same in each of them; its calls go to the account's own. */
  readonly region: string;
  readonly input: Readonly<Record<string, unknown>>;
}
export interface AwsCall extends AwsRequest {
  /** Its name in the file. */
  readonly account: string;
}

/** `iam:CreateRole`, as policies and messages name it. */
export const callName = ({ service, action }: Pick<AwsRequest, "service" | "action">): string => `${service}:${action}`;
