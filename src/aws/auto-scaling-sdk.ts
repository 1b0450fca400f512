/** What is used of Auto Scaling's SDK, by name, so that the bundle takes no more. */
export {
  AutoScalingClient,
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from "@aws-sdk/client-auto-scaling";
