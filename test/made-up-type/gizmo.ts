/** What somebody who adds a type of object writes first: everything else that is missing the compiler names. */
declare module "../../src/model/thing.js" {
  interface ObjectTypes {
    gizmo: true;
  }
}

// A file without an import or export would declare the module instead of adding to it.
export type { ObjectTypes } from "../../src/model/thing.js";
