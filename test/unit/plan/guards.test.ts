import { describe, expect, it } from "vitest";
import type { Problem } from "../../../src/model/problem.js";
import { refusals, unknownAllowances } from "../../../src/plan/guards.js";
import { acl, fileOf, MARK, planOf, row, serverOf, tables, worldOf } from "../../support/stage.js";

/** Two roles that are adopted, each of which would lose a right. */
const server = serverOf([], [tables(["t"], acl(row("analyst", "own", ["select"]), row("odd name", "own", ["select"])))], {}, [
  "analyst",
  "odd name",
]);
const problemsOf = (more = ""): readonly Problem[] => planOf(fileOf('{ analyst: {}, "odd name": {} }', more), worldOf([server])).problems;
const refused = (problems: readonly Problem[], ...allow: string[]): string[] =>
  refusals(problems, allow).map((p) => p.message.replace(/ would.*/, ""));

describe("what a guard found", () => {
  it.each<[string[], string[]]>([
    [[], ["Adopting analyst", "Adopting odd name"]],
    [["adopt-narrows=analyst"], ["Adopting odd name"]],
    [["adopt-narrows=odd name"], ["Adopting analyst"]],
    [["adopt-narrows=analyst", "adopt-narrows=odd name"], []],
    [["adopt-narrows"], []],
    [["adopt-narrows=carol"], ["Adopting analyst", "Adopting odd name"]],
    [["adopt-narrows=main"], ["Adopting analyst", "Adopting odd name"]],
    [["mass-revoke=analyst"], ["Adopting analyst", "Adopting odd name"]],
  ])("passes with --allow %j: %j is left", (allow, left) => {
    expect(refused(problemsOf(), ...allow)).toEqual(left);
  });

  it("passes by the file for the one that it names", () => {
    const allowed = (more: string): string => `safety: { allow: [{ code: adopt-narrows, ${more} until: 2026-12-31, reason: reviewed }] }`;
    expect(refused(problemsOf(allowed("name: analyst,")))).toEqual(["Adopting odd name"]);
    expect(refused(problemsOf(allowed("name: analyst, target: main,")))).toEqual(["Adopting odd name"]);
    expect(refused(problemsOf(allowed("name: carol,")))).toEqual(["Adopting analyst", "Adopting odd name"]);
    expect(refused(problemsOf(allowed("target: main,")))).toEqual([]);
    expect(problemsOf(allowed("name: analyst,")).map((p) => p.code)).toEqual(["guard-allowed", "adopt-narrows"].sort());
  });

  it("says the narrow form, as it can be pasted", () => {
    const [analyst, odd] = refusals(problemsOf(), []).map((p) => p.hint);
    expect(analyst).toContain(
      "--allow adopt-narrows=analyst, or in the file safety: { allow: [{ code: adopt-narrows, name: analyst, target: main, until: 2026-12-08",
    );
    expect(odd).toContain(
      `--allow 'adopt-narrows=odd name', or in the file safety: { allow: [{ code: adopt-narrows, name: "odd name", target: main,`,
    );
  });

  it("is about the cluster where it counts things", () => {
    const names = Array.from({ length: 5 }, (_, i) => `gone${i}`);
    const plan = planOf(fileOf("{}"), worldOf([serverOf(names, [])]));
    expect(MARK).toContain("main");
    const [found] = refusals(plan.problems, []);
    expect([found?.code, found?.hint]).toEqual([
      "mass-delete",
      expect.stringContaining("--allow mass-delete=main, or in the file safety: { allow: [{ code: mass-delete, target: main, until"),
    ]);
    expect([refusals(plan.problems, ["mass-delete=main"]), refusals(plan.problems, ["mass-delete=other"])]).toEqual([[], [found]]);
  });
});

describe("--allow", () => {
  it.each<[string, boolean]>([
    ["adopt-narrows", true],
    ["adopt-narrows=a=b", true],
    ["mass-delete=main", true],
    ["adopt-narrow", false],
    ["guard-allowed", false],
    ["", false],
    ["=analyst", false],
    ["adopt-narrows=", false],
    ["leak", false],
  ])("%s", (text, known) => {
    expect(unknownAllowances([text]).map((p) => [p.code, p.severity])).toEqual(known ? [] : [["unknown-guard", "error"]]);
  });
});
