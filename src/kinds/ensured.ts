import type { RdsFacts } from "../facts/rds-facts.js";
import type { AwsActions } from "../model/aws-call.js";
import type { DeclaredCluster } from "../model/declared.js";
import type { Operation } from "../model/operation.js";
import type { Problem } from "../model/problem.js";
import type { Key } from "../model/resource.js";

/** One key of `ensure`. */
export interface RdsSetting {
  readonly isAsked: (of: RdsFacts) => boolean;
  /** null: nothing can be said of it yet. */
  readonly wanted: (of: RdsFacts) => string | null;
  readonly live: (of: RdsFacts) => string;
  readonly on: (of: RdsFacts) => string;
  readonly operations: (key: Key, of: RdsFacts, value: string) => Operation[];
  readonly obstacles: (of: RdsFacts) => Problem[];
}

export function rdsCall(
  change: Key,
  { account, region }: DeclaredCluster,
  action: AwsActions["rds"],
  input: Readonly<Record<string, unknown>>,
): Operation {
  // The rules see to it that a cluster of RDS has an account.
  const site = { account: account ?? "" };
  return { type: "aws", change, phase: "ensure", site, as: null, rank: 0, args: { service: "rds", action, region: region ?? "", input } };
}
