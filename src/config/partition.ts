/** AWS partitions by the beginning of a region's name (AWS, "ARNs: partitions"). */
const PARTITIONS: readonly { readonly prefix: string; readonly partition: string }[] = [
  { prefix: "cn-", partition: "aws-cn" },
  { prefix: "eusc-", partition: "aws-eusc" },
  { prefix: "us-gov-", partition: "aws-us-gov" },
  { prefix: "us-iso-", partition: "aws-iso" },
  { prefix: "us-isob-", partition: "aws-iso-b" },
  { prefix: "eu-isoe-", partition: "aws-iso-e" },
  { prefix: "us-isof-", partition: "aws-iso-f" },
];

export const partitionOf = (region: string): string => PARTITIONS.find(({ prefix }) => region.startsWith(prefix))?.partition ?? "aws";
