import { MAJORS, type Major } from "../../src/sandbox/binaries.js";

/** Three majors in `npm test`, all in `npm run test:matrix`. */
export const majors: readonly Major[] = process.env["PGACCORD_MATRIX"] ? MAJORS : [13, 16, 18];
