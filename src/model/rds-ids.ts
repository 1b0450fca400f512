import type { RdsSnapshot } from "./snapshot.js";

type Ids = Pick<RdsSnapshot, "resourceId" | "also" | "proxy">;

/** Its own resource id, and those of the servers that stand in for it: a door must name each. */
export const serverIdsOf = ({ resourceId, also = [] }: Ids): readonly string[] => [resourceId, ...also.map((one) => one.resourceId)];

/** All behind which its users stand, its proxy's among them. */
export const resourceIdsOf = (rds: Ids): readonly string[] => [...serverIdsOf(rds), ...(rds.proxy ? [rds.proxy.id] : [])];
