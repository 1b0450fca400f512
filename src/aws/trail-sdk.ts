/** What is used of CloudTrail's and Athena's SDKs, by name, so that the bundle takes no more. */
export { AthenaClient, GetQueryExecutionCommand, GetQueryResultsCommand, StartQueryExecutionCommand } from "@aws-sdk/client-athena";
export { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
