import { expect } from "vitest";
import { parseAccess } from "../../src/config/parse-access.js";
import { isError } from "../../src/model/problem.js";

/** Never throws; what is not declared has an error that says why, and every problem has a place inside the text. True if it is declared. */
export function checkParse(text: string): boolean {
  const { declared, problems } = parseAccess(text, "f");
  expect(declared === null).toBe(problems.some(isError));
  const lines = text.split(/\r\n|\r|\n/);
  for (const { place } of problems) {
    expect(place?.line).toBeGreaterThanOrEqual(1);
    expect(place?.line).toBeLessThanOrEqual(lines.length);
    expect(place?.column).toBeGreaterThanOrEqual(1);
    expect(place?.column).toBeLessThanOrEqual((lines[(place?.line ?? 1) - 1] ?? "").length + 1);
  }
  return declared !== null;
}
