import type { Grantee } from "../model/acl.js";

/** Tells grantees apart: no role has an empty name. */
export const granteeKey = (grantee: Grantee): string => (grantee === "PUBLIC" ? "" : grantee.role);
