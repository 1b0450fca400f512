import { isLocal, parseAddress } from "./address.js";
import type { SourceCluster } from "./source-file.js";

/** verify-full wherever the connection leaves the machine, and always for RDS, which may be behind a local tunnel. */
export function tlsModeOf(cluster: SourceCluster): "verify-full" | "disable" {
  if (cluster.tls.mode) return cluster.tls.mode.text === "disable" ? "disable" : "verify-full";
  if (cluster.rds || cluster.tls.ca) return "verify-full";
  const address = cluster.address && parseAddress(cluster.address.text);
  return address?.ok && isLocal(address.value.host) ? "disable" : "verify-full";
}
