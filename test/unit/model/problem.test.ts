import { expect, it } from "vitest";
import { distinctProblems, errorProblem, warningProblem } from "../../../src/model/problem.js";

it("a problem that several questions met is told once, as an error if it is one to any", () => {
  const [warning, error, other] = [warningProblem("a", "x"), errorProblem("a", "x"), warningProblem("a", "y")];
  expect(distinctProblems([warning, other, error, warning])).toEqual([error, other]);
  expect(distinctProblems([errorProblem("a", "x", { place: { file: "f", line: 1, column: 1 } }), error])).toHaveLength(2);
});
