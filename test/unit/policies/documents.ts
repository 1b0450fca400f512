import fc from "fast-check";

/** Documents for the tests of this folder. */
export const document = (...Statement: readonly object[]): string => JSON.stringify({ Version: "2012-10-17", Statement });
export const allow = (more: object): string => document({ Effect: "Allow", Action: "rds-db:connect", ...more });

/** A policy variable. */
export const USER = "$".concat("{aws:username}");

const some = <T>(...values: readonly T[]) =>
  fc.oneof(fc.constantFrom(...values), fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }));

export const ARNS = ["aab", "ab", "abb", "b:a", "aa:b", "a:b:b", "b/a", "ab/b", "aa/b/a"].map(
  (tail) => `arn:aws:rds-db:r:1:dbuser:${tail}`,
);
const TAILS = ["*", "a*", "*b", "a*b", "aab", "?b", "a?b", "b/*", "*/b", "ab/b", "a*:b", "*:*", USER, `a${USER}*`, `\${*}b`];
const PATTERNS = ["*", "arn:aws:rds-db:*", "arn:*", "arn:aws:*:dbuser:ab", ...TAILS.map((tail) => `arn:aws:rds-db:r:1:dbuser:${tail}`)];
const ACTIONS = ["*", "rds-db:*", "rds-db:connect", "RDS-DB:Con*", "sts:AssumeRole", "sts:*", "*:?onnect"];

const condition = fc.dictionary(
  fc.constantFrom(
    "StringEquals",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "ForAllValues:StringEquals",
    "ForAnyValue:StringLike",
    "StringEqualsIfExists",
    "Null",
  ),
  fc.dictionary(fc.constantFrom("k", "l"), some("a", "b", "a*", "*b", "true", USER), { minKeys: 1, maxKeys: 2 }),
  { maxKeys: 2 },
);
const effect = fc.constantFrom("Allow", "Allow", "Allow", "Deny");
const limits = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  condition.map((Condition) => ({ Condition })),
);
const mostly = (key: string, values: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 5, arbitrary: values.map((v) => ({ [key]: v })) },
    { weight: 1, arbitrary: values.map((v) => ({ [`Not${key}`]: v })) },
  );

const identityStatement = fc
  .tuple(effect, mostly("Action", some(...ACTIONS)), mostly("Resource", some(...PATTERNS)), limits)
  .map(([Effect, ...parts]) => Object.assign({ Effect }, ...parts) as object);

export const PRINCIPALS = ["role/a", "role/p/a", "role/b", "user/a", "root"].map((tail) => `arn:aws:iam::111122223333:${tail}`);
const principals = fc.oneof(
  fc.constant("*"),
  some(...PRINCIPALS, "444455556666").map((AWS) => ({ AWS })),
  fc.constantFrom("ec2.amazonaws.com", "ecs.amazonaws.com").map((Service) => ({ Service, AWS: PRINCIPALS[0] })),
);
const trustStatement = fc
  .tuple(effect, some("sts:AssumeRole", "sts:*", "sts:TagSession"), mostly("Principal", principals), limits)
  .map(([Effect, Action, ...parts]) => Object.assign({ Effect, Action }, ...parts) as object);

const written = (statements: fc.Arbitrary<object>): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.uniqueArray(statements, { minLength: 1, maxLength: 3, comparator: (a, b) => JSON.stringify(a) === JSON.stringify(b) }),
      fc.constantFrom("2012-10-17", "2012-10-17", "2008-10-17"),
    )
    .map(([Statement, Version]) => JSON.stringify({ Version, Statement: Statement.map((s, i) => (i === 0 ? { Sid: "One", ...s } : s)) }));

export const identityDocument = written(identityStatement);
export const trust = written(trustStatement);
export const anyDocument = fc.oneof(identityDocument, trust);

/** The same document with lists turned, keys in other order, and single values as lists. */
export function shuffled(json: string, seed: number): string {
  const turn = (value: unknown): unknown => {
    if (Array.isArray(value)) return seed % 2 === 0 ? value.map(turn).reverse() : [...value.slice(1), ...value.slice(0, 1)].map(turn);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, one]) => [key, listed(key, turn(one))]),
    );
  };
  return JSON.stringify(turn(JSON.parse(json)), null, Math.abs(seed) % 3);
}

const LISTS = ["Action", "NotAction", "Resource", "NotResource", "AWS", "Service", "k", "l"];
const listed = (key: string, value: unknown): unknown => (LISTS.includes(key) && typeof value === "string" ? [value] : value);
