import { describe, expect, it } from "vitest";
import { common, missing, union } from "../../../src/evidence/intervals.js";

const of = (...pairs: readonly [number, number][]) => pairs.map(([from, to]) => ({ from, to }));

describe("intervals", () => {
  it("join where they touch or overlap, whatever their order", () => {
    expect(union(of([5, 7], [0, 2], [2, 3], [6, 9], [4, 4]))).toEqual(of([0, 3], [5, 9]));
    expect(union(of([0, 9], [1, 2]))).toEqual(of([0, 9]));
  });

  it("leave what none of them covers", () => {
    expect(missing({ from: 0, to: 10 }, of([2, 3], [5, 12]))).toEqual(of([0, 2], [3, 5]));
    expect(missing({ from: 0, to: 10 }, [])).toEqual(of([0, 10]));
    expect(missing({ from: 0, to: 10 }, of([0, 10]))).toEqual([]);
    expect(missing({ from: 4, to: 6 }, of([0, 1], [9, 10]))).toEqual(of([4, 6]));
  });

  it("have in common what lies in both", () => {
    expect(common(of([0, 4], [6, 9]), of([3, 7]))).toEqual(of([3, 4], [6, 7]));
  });
});
