import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadAccessFile } from "../../../src/config/load.js";
import { isError } from "../../../src/model/problem.js";
import { renderProblems } from "./render.js";

const FOLDER = fileURLToPath(new URL("../../broken/", import.meta.url));
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

test("there are broken files for every sort of mistake", () => {
  expect(FILES.length).toBeGreaterThanOrEqual(40);
});

test.each(FILES)("%s: every problem, its place and its hint", async (name) => {
  const { declared, problems } = await loadAccessFile(`${FOLDER}${name}`, name);
  expect(renderProblems(problems)).toBe(readFileSync(`${FOLDER}${name.replace(/yaml$/, "expected.txt")}`, "utf8"));
  expect(problems.some(isError)).toBe(true);
  expect(declared).toBeNull();
});

test("a password that stands where a name belongs is not repeated", () => {
  const texts = FILES.map((name) => readFileSync(`${FOLDER}${name.replace(/yaml$/, "expected.txt")}`, "utf8"));
  expect(texts.filter((text) => text.includes("hunter2"))).toEqual([]);
});
