import type { Declared, DeclaredAccount } from "../model/declared.js";
import type { OwnNeed } from "./own-needs.js";

/** What the search for who took IAM roles asks of an account. */
export function trailNeeds(file: Declared, account: DeclaredAccount): OwnNeed[] {
  if (file.iamRoles.size === 0) return [];
  return [
    "iam:GetAccountAuthorizationDetails",
    // Of review --advisor alone.
    ...(opensDoors(file, account) ? ["iam:GenerateServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails"] : []),
    ...(file.athena === null ? ["cloudtrail:LookupEvents"] : []),
    ...(file.athena?.account === account.name ? ATHENA : []),
  ].map((action) => ({ action, resource: "*" }));
}

const opensDoors = ({ iamRoles }: Declared, { name }: DeclaredAccount): boolean =>
  [...iamRoles.values()].some(({ account, connect }) => account === name && connect.length > 0);

/** The table's files, the catalog that describes it, and where the workgroup puts its results: their names are not in the file. */
const ATHENA = [
  "athena:StartQueryExecution",
  "athena:GetQueryExecution",
  "athena:GetQueryResults",
  "glue:GetDatabase",
  "glue:GetTable",
  "glue:GetPartitions",
  "s3:GetObject",
  "s3:GetBucketLocation",
  "s3:ListBucket",
  "s3:PutObject",
];
