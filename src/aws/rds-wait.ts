import type { AwsCall } from "../model/aws-call.js";
import type { DeclaredAccount } from "../model/declared.js";
import { RunError } from "../model/failure.js";
import type { Aws } from "./client.js";
import { awsProblem } from "./problem.js";
import type { Waiting } from "./settle.js";

/** RDS takes minutes where it has to restart something. */
const LONGEST_MS = 15 * 60_000;

/** Until RDS says that it is so: what comes next must find it so. */
export async function awaitRds(aws: Aws, account: DeclaredAccount, call: AwsCall, { clock, onWait }: Waiting): Promise<void> {
  const awaited = awaitedOf(call);
  if (awaited === null) return;
  const over = onWait(`Waiting until RDS has turned on IAM authentication of ${awaited.noun} ${awaited.id}`);
  const end = clock.now() + LONGEST_MS;
  try {
    for (let wait = 500; !(await isOn(aws, account, call.region, awaited)); wait = Math.min(wait * 2, 10_000)) {
      if (clock.now() + wait > end) throw tooLong(awaited);
      await clock.sleep(wait);
    }
  } catch (error) {
    if (error instanceof RunError) throw error;
    const { message, hint = null } = awsProblem(error, { call: awaited.call, account, caller: aws.callerOf(account), place: null });
    throw new RunError("unknown", message, { hint, cause: error });
  } finally {
    over();
  }
}

interface Awaited {
  readonly noun: "cluster" | "instance";
  readonly id: string;
  /** That asks for it. */
  readonly call: string;
}

function awaitedOf({ action, input }: AwsCall): Awaited | null {
  if (action === "ModifyDBCluster") return { noun: "cluster", id: String(input["DBClusterIdentifier"]), call: "rds:DescribeDBClusters" };
  if (action === "ModifyDBInstance")
    return { noun: "instance", id: String(input["DBInstanceIdentifier"]), call: "rds:DescribeDBInstances" };
  return null;
}

async function isOn(aws: Aws, account: DeclaredAccount, region: string, { noun, id }: Awaited): Promise<boolean> {
  const client = await aws.rds(account, region);
  const { DescribeDBClustersCommand, DescribeDBInstancesCommand } = await import("@aws-sdk/client-rds");
  const found =
    noun === "cluster"
      ? (await client.send(new DescribeDBClustersCommand({ DBClusterIdentifier: id }))).DBClusters?.[0]
      : (await client.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: id }))).DBInstances?.[0];
  return found?.IAMDatabaseAuthenticationEnabled === true;
}

const tooLong = ({ noun, id }: Awaited): RunError =>
  new RunError("unknown", `RDS ${noun} ${id} has not turned on IAM authentication within ${LONGEST_MS / 60_000} minutes.`, {
    hint: "Nothing else was done there. Look at its events in RDS, then run the command again.",
  });
