import { MAJORS, type Major } from "../../src/sandbox/binaries.js";

const MATRIX = Boolean(process.env["PGACCORD_MATRIX"]);

/** For what may differ between versions: three majors in `npm test`, all in `npm run test:matrix`. */
export const majors: readonly Major[] = MATRIX ? MAJORS : [13, 16, 18];

/** For what should not: one major in `npm test`. */
export const usualMajor: readonly Major[] = MATRIX ? MAJORS : [17];

/** What `npm test` leaves to the matrix, in words; null when nothing. */
export const majorsLeft: string | null = MATRIX
  ? null
  : `PostgreSQL ${MAJORS.filter((major) => !majors.includes(major)).join(", ")}; scenarios on one major: all but ${usualMajor.join()}`;
