import type { InstanceSnapshot } from "../model/aws-things.js";
import type { DeclaredAccount } from "../model/declared.js";
import type { Aws } from "./client.js";

const PAGE = 1000;

/** The EC2 instances of the account's region, and what each carries: by pages, however few the file names. */
export async function readInstances(aws: Aws, account: DeclaredAccount): Promise<Map<string, InstanceSnapshot>> {
  const { paginateDescribeIamInstanceProfileAssociations, paginateDescribeInstances } = await import("./ec2-sdk.js");
  const client = await aws.ec2(account, account.region);
  const carried = new Map<string, InstanceSnapshot["association"]>();
  const read = async (): Promise<void> => {
    const Filters = [{ Name: "state", Values: ["associating", "associated"] }];
    for await (const page of paginateDescribeIamInstanceProfileAssociations({ client, pageSize: PAGE }, { Filters }))
      for (const one of page.IamInstanceProfileAssociations ?? [])
        carried.set(one.InstanceId ?? "", { id: one.AssociationId ?? "", profileArn: one.IamInstanceProfile?.Arn ?? "" });
  };
  const found: Omit<InstanceSnapshot, "association">[] = [];
  const readAll = async (): Promise<void> => {
    for await (const page of paginateDescribeInstances({ client, pageSize: PAGE }, {}))
      for (const { InstanceId: id = "", State, Tags = [] } of (page.Reservations ?? []).flatMap((one) => one.Instances ?? []))
        found.push({ id, state: State?.Name ?? "", tags: Tags.map(({ Key = "", Value = "" }) => ({ key: Key, value: Value })) });
  };
  await Promise.all([read(), readAll()]);
  return new Map(found.map((one) => [one.id, { ...one, association: carried.get(one.id) ?? null }]));
}
