/** What is used of EC2's SDK, by name, so that the bundle takes no more: the whole is two megabytes. */
export {
  AssociateIamInstanceProfileCommand,
  DescribeLaunchTemplateVersionsCommand,
  DisassociateIamInstanceProfileCommand,
  EC2Client,
  paginateDescribeIamInstanceProfileAssociations,
  paginateDescribeInstances,
  ReplaceIamInstanceProfileAssociationCommand,
} from "@aws-sdk/client-ec2";
