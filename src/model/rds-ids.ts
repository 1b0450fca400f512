import type { RdsSnapshot } from "./snapshot.js";

/** Its own resource id, and those of the servers that stand in for it: a door must name each. */
export const resourceIdsOf = ({ resourceId, also = [] }: Pick<RdsSnapshot, "resourceId" | "also">): readonly string[] => [
  resourceId,
  ...also.map((one) => one.resourceId),
];
