import type { Declared } from "../model/declared.js";

/** Names that hold a space are told apart by knowing them. */
export function namesOf(declared: Declared | null): { readonly users?: readonly string[]; readonly databases?: readonly string[] } {
  if (declared === null) return {};
  const databases = [...declared.clusters.values()].flatMap((one) => [...one.databases.keys()]);
  return { users: [...declared.roles.keys()], databases: [...new Set(databases)] };
}
