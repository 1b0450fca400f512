import { readFileSync } from "node:fs";
import { MAJORS, type Major } from "../../src/sandbox/binaries.js";

const MATRIX = Boolean(process.env["PGACCORD_MATRIX"]);
const { optionalDependencies: servers } = JSON.parse(readFileSync(new URL("../servers/package.json", import.meta.url), "utf8"));

/** The majors that npm has for this platform: all on Linux x64, 15 and newer elsewhere. */
const here = MAJORS.filter((major) => `pg${major}-${process.platform}-${process.arch}` in servers);

/** For what may differ between versions: three majors in `npm test`, all in `npm run test:matrix`. */
export const majors: readonly Major[] = MATRIX ? here : here.filter((major) => [here[0], 16, 18].includes(major));

/** For what differs between the ends at most: the oldest and the newest in `npm test`. */
export const endMajors: readonly Major[] = MATRIX ? here : here.filter((major) => [here[0], 18].includes(major));

/** For what should not: one major in `npm test`. */
export const usualMajor: readonly Major[] = MATRIX ? here : [17];

/** What `npm test` leaves to the matrix, in words; null when nothing. */
export const majorsLeft: string | null = MATRIX
  ? null
  : `PostgreSQL ${MAJORS.filter((major) => !majors.includes(major)).join(", ")}; scenarios on one major: all but ${usualMajor.join()}`;
