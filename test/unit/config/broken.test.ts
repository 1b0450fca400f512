import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadAccessFile } from "../../../src/config/load.js";
import { isError, type Problem } from "../../../src/model/problem.js";
import { renderProblems as showProblems } from "../../../src/report/problems.js";
import { renderProblems } from "./render.js";

const FOLDER = fileURLToPath(new URL("../../broken/", import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

test("there are broken files for every sort of mistake", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(80);
});

test.each(FILES)("%s: every problem, its place and its hint", async (name) => {
  const { declared, problems } = await loadAccessFile(`${FOLDER}${name}`, name);
  expect(renderProblems(problems)).toBe(readFileSync(`${FOLDER}${name.replace(/yaml$/, "expected.txt")}`, "utf8"));
  expect(problems.some(isError)).toBe(true);
  expect(declared).toBeNull();
});

/** What was expected, with an example, says what to do as well as a hint. */
const saysWhatToDo = ({ message, hint }: Problem): boolean => (hint ?? "") !== "" || /Expected .*, got /.test(message);

test.each(FILES)("%s: no problem over three lines or without a next step, each at a place, each once", async (name) => {
  const { problems } = await loadAccessFile(`${FOLDER}${name}`, name);
  expect(problems.filter((problem) => !saysWhatToDo(problem))).toEqual([]);
  for (const problem of problems) {
    expect(problem.place).not.toBeNull();
    expect(showProblems([problem], { color: false }).trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  }
  expect(new Set(problems.map((p) => JSON.stringify(p))).size).toBe(problems.length);
});

test("a password that stands where a name belongs is not repeated", () => {
  const texts = FILES.map((name) => readFileSync(`${FOLDER}${name.replace(/yaml$/, "expected.txt")}`, "utf8"));
  expect(texts.filter((text) => text.includes("hunter2"))).toEqual([]);
});
