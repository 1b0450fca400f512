import { MAJORS, type Major } from "../../src/sandbox/binaries.js";

const MATRIX = Boolean(process.env["PGACCORD_MATRIX"]);

/** For what may differ between versions: three majors in `npm test`, all in `npm run test:matrix`. */
export const majors: readonly Major[] = MATRIX ? MAJORS : [13, 16, 18];

/** What `npm test` leaves to the matrix. */
export const majorsLeftOut: readonly Major[] = MAJORS.filter((major) => !majors.includes(major));
