/** What is used of the SDK of CloudWatch Logs, by name, so that the bundle takes no more. */
export {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateDescribeLogGroups,
  paginateDescribeLogStreams,
} from "@aws-sdk/client-cloudwatch-logs";
