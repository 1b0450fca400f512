import fc from "fast-check";

/** Numbers of which a world and a file are made: arrays of small tuples, so that they are quick to make and shrink to nothing. */
export interface Sketch {
  readonly shape: Shape;
  /** Login, mark, superuser of each role. */
  readonly roles: readonly number[];
  /** Thing, privilege, grantee, grantor and option. */
  readonly rows: readonly Five[];
  readonly memberships: readonly Five[];
  readonly later: readonly Five[];
  /** Statements of documents that nobody generated. */
  readonly iam: readonly Five[];
  readonly grants: readonly Five[];
  readonly fileMemberships: readonly Five[];
  readonly doors: readonly Five[];
  /** What was changed by hand since the last apply. */
  readonly drift: readonly Edit[];
  /** An apply came before. */
  readonly applied: boolean;
}

export interface Shape {
  readonly major: number;
  /** One server, two, a copy with the same system identifier; RDS's or not. */
  readonly clusters: number;
  /** d2 exists. */
  readonly twoDatabases: boolean;
  readonly rdsAdmin: boolean;
  /** Bits: which tables, sequences and routines are there. */
  readonly things: number;
  readonly file: number;
}

export type Five = readonly [number, number, number, number, number];
/** The kind of edit, and what it is made to. */
export type Edit = readonly [number, number, number, number];

const small = fc.nat({ max: 1023 });
const five: fc.Arbitrary<Five> = fc.tuple(small, small, small, small, small);
const list = (maxLength: number): fc.Arbitrary<Five[]> => fc.array(five, { maxLength });

export const edit: fc.Arbitrary<Edit> = fc.tuple(small, small, small, small);

export const shape: fc.Arbitrary<Shape> = fc.record({
  major: fc.integer({ min: 13, max: 18 }),
  clusters: fc.nat({ max: 9 }),
  twoDatabases: fc.boolean(),
  rdsAdmin: fc.nat({ max: 5 }).map((n) => n === 5),
  things: fc.nat({ max: 0xffff }),
  file: small,
});

export const sketch: fc.Arbitrary<Sketch> = fc.record({
  shape,
  roles: fc.array(small, { minLength: 7, maxLength: 7 }),
  rows: list(12),
  memberships: list(5),
  later: list(3),
  iam: list(5),
  grants: list(10),
  fileMemberships: list(4),
  doors: fc.array(five, { maxLength: 3, size: "max" }),
  drift: fc.array(edit, { maxLength: 5 }),
  applied: fc.nat({ max: 3 }).map((n) => n < 3),
});
