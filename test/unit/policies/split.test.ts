import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { atomKey, atomsOf } from "../../../src/policies/atoms.js";
import { assumeStatement, connectStatement, documentSize, nothingDocument, writeDocument } from "../../../src/policies/document.js";
import { type NamedDocument, splitDocument } from "../../../src/policies/split.js";

const MAX = 600;
const FRESH = Array.from({ length: 30 }, (_, i) => `p-${i + 2}`);
const whole = (doors: readonly string[], roles: readonly string[] = []): string => {
  const own = [...(doors.length > 0 ? [connectStatement(doors)] : []), ...(roles.length > 0 ? [assumeStatement(roles)] : [])];
  return own.length === 0 ? nothingDocument() : writeDocument("2012-10-17", own);
};
const arn = (i: number): string => `arn:aws:rds-db:us-east-2:111122223333:dbuser:cluster-A/u${String(i).padStart(i % 7, "0")}`;
const keysOf = (json: string): string[] => atomsOf(json).map(atomKey);

/** As a plan does it, with the parts that are there. */
function split(document: string, live: readonly NamedDocument[]): readonly NamedDocument[] {
  const there = live.length > 0 ? live : [{ name: "p", document: null }];
  return splitDocument(document, { there, fresh: FRESH.filter((name) => !live.some((one) => one.name === name)), max: MAX });
}

const numbers = fc.uniqueArray(fc.nat(60), { maxLength: 25 });

describe("a generated policy in several parts", () => {
  it("says in all what it said in one, and no part is too large", () => {
    fc.assert(
      fc.property(numbers, numbers, (doors, roles) => {
        const document = whole(doors.map(arn), roles.map(arn));
        const parts = split(document, []);
        expect(parts.flatMap((part) => keysOf(part.document)).sort()).toEqual(keysOf(document).sort());
        expect(Math.max(...parts.map((part) => documentSize(part.document)))).toBeLessThanOrEqual(MAX);
        expect(parts.map(({ name }) => name)).toEqual(["p", ...FRESH].slice(0, parts.length));
      }),
    );
  });

  it("keeps each door where it is, whatever comes and goes", () => {
    fc.assert(
      fc.property(fc.array(numbers, { minLength: 2, maxLength: 6 }), (stages) => {
        let live: readonly NamedDocument[] = [];
        for (const doors of stages) {
          const parts = split(whole(doors.map(arn)), live);
          const homes = new Map(live.flatMap((part) => keysOf(part.document).map((key) => [key, part.name] as const)));
          const moved = parts.flatMap((part) =>
            keysOf(part.document).filter((key) => key !== keysOf(nothingDocument())[0] && (homes.get(key) ?? part.name) !== part.name),
          );
          expect(moved).toEqual([]);
          expect(split(whole(doors.map(arn)), parts)).toEqual(parts);
          live = parts;
        }
      }),
    );
  });

  const many = (count: number): string[] => Array.from({ length: count }, (_, i) => arn(i));
  it("fills a part to the last character", () => {
    const document = whole(many(8), many(3));
    const size = documentSize(document);
    const into = { there: [{ name: "p", document: null }], fresh: FRESH };
    expect(splitDocument(document, { ...into, max: size })).toEqual([{ name: "p", document }]);
    expect(splitDocument(document, { ...into, max: size - 1 })).toHaveLength(2);
  });

  it("gives what comes to the first part with room, and lets go of a part that is empty, but for the first", () => {
    const parts = split(whole(many(15)), []);
    const [p = "", q = "", r = ""] = parts.map((part) => part.document);
    expect(parts).toHaveLength(3);
    const doorsIn = (json: string): string[] => atomsOf(json).flatMap(({ resource }) => resource ?? []);
    const stay = [...doorsIn(p), ...doorsIn(r)];
    expect(split(whole(stay), parts)).toEqual([parts[0], parts[2]]);
    expect(split(whole([...stay, arn(50)]), parts).map(({ name }) => name)).toEqual(["p", "p-2", "p-3"]);
    expect(split(whole([...doorsIn(q)]), parts)).toEqual([{ name: "p", document: nothingDocument() }, parts[1]]);
    expect(split(nothingDocument(), parts)).toEqual([{ name: "p", document: nothingDocument() }]);
  });

  it("is too large in its last part where no name is left", () => {
    const parts = splitDocument(whole(many(15)), { there: [{ name: "p", document: null }], fresh: ["p-2"], max: MAX });
    expect(parts.map((part) => documentSize(part.document) > MAX)).toEqual([false, true]);
    expect(parts.flatMap((part) => keysOf(part.document))).toHaveLength(15);
  });
});
