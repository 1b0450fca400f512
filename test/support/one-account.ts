import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The repository's access.yaml without its second account: the monitoring user's door is one of the database's own. */
export const ONE_ACCOUNT = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8")
  .replace(/^ {2}management:\n(?: {4}.*\n)+/m, "")
  .replace(/^ {2}pg-mgmt-role:\n(?: {4}.*\n)+/m, "")
  .replace("trust: [{ role: pg-mgmt-role }]", "trust: [{ service: ec2.amazonaws.com }]")
  .replace("connect: [{ user: pgmonitor, any_cluster: true }]", "connect: [{ user: pgmonitor, clusters: [demo] }]")
  .replace(/$(?![\s\S])/, "    instance_profile: { name: pgmonitor-access-profile }\n");
