import { fileURLToPath } from "node:url";

/** The example's own file, as it lies at the top of the repository. */
export const EXAMPLE = fileURLToPath(new URL("../access.yaml", import.meta.url));
