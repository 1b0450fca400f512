import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkName } from "../../../src/github/checks.js";
import { parseEvent } from "../../../src/github/event.js";
import { parseForkResult } from "../../../src/github/fork-result.js";
import { marksOf } from "../../../src/github/mark.js";
import { sha256 } from "../../../src/reconcile.js";

describe("marks", () => {
  it("tell files, environments and what was written apart", () => {
    const mark = (written: "plan" | "apply", file: string, environment: string): string =>
      marksOf(written, { file, environment }, sha256)(1);
    const all = [mark("plan", "a", ""), mark("plan", "a", "b"), mark("plan", "b", ""), mark("plan", "a,b", ""), mark("apply", "a", "")];
    expect(new Set(all).size).toBe(all.length);
  });

  it("are closed comments, whatever the file is called", () => {
    const mark = marksOf("plan", { file: "--> <img src=x>", environment: "\n-->" }, sha256)(2);
    expect(mark).toMatch(/^<!-- pgaccord plan [0-9a-f]{24} part 2 -->$/);
  });
});

describe("the name of a check", () => {
  const name = (file: string, environment = ""): string => checkName({ file, environment });

  it("is as plain as what it names", () => {
    expect(name("access.yaml")).toBe("pgaccord plan (access.yaml)");
    expect(name("db/access.yaml", "production eu")).toBe("pgaccord plan (db/access.yaml, production eu)");
  });

  it("is another for every pair of file and environment", () => {
    const pairs: readonly (readonly [string, string])[] = [
      ["x", "prod"],
      ["x (prod)", ""],
      ["x, prod", ""],
      ["x", ""],
      ["x ", "prod"],
      [" x", "prod"],
      ["x", " prod"],
      ['x", "prod', ""],
      ['"x", "prod"', ""],
      ['"x"', "prod"],
      ["x,", "prod"],
      ["x", ",prod"],
      ["x\u202e", ""],
      ["x\\u{202e}", ""],
      ["x\u00a0y", ""],
      ["x y", ""],
      ["", "x"],
      ["x", "pgaccord"],
    ];
    expect(new Set(pairs.map(([file, environment]) => name(file, environment))).size).toBe(pairs.length);
    const text = fc.oneof(fc.string({ unit: fc.constantFrom(...'ab, ()"\\\u202e\u00a0{}'.split("")), maxLength: 6 }), fc.string());
    fc.assert(
      fc.property(text, text, text, text, (a, b, c, d) => {
        if (a !== c || b !== d) expect(name(a, b)).not.toBe(name(c, d));
        expect(name(a, b)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("what a fork's run wrote", () => {
  it("is read when it has the shape", () => {
    const problem = { code: "unknown-key", severity: "error", place: { file: "/etc/passwd", line: 3, column: 1 }, message: "m", hint: "h" };
    expect(parseForkResult(JSON.stringify({ version: 1, valid: false, problems: [problem] }))).toEqual({
      valid: false,
      problems: [{ code: "unknown-key", severity: "error", key: null, place: { file: "", line: 3, column: 1 }, message: "m", hint: "h" }],
    });
  });

  it("is cut where it is long", () => {
    const problems = Array.from({ length: 1000 }, () => ({ code: "a-b", message: "x".repeat(900) }));
    const result = parseForkResult(JSON.stringify({ valid: true, problems }));
    expect([result?.problems.length, result?.problems[0]?.message.length]).toEqual([50, 500]);
  });

  it.each([
    "",
    "[]",
    "null",
    '{"valid":1,"problems":[]}',
    '{"valid":true,"problems":{}}',
    '{"valid":true,"problems":[1]}',
    '{"valid":true,"problems":[{"code":"<img>","message":"m"}]}',
    '{"valid":true,"problems":[{"code":"a-b"}]}',
    `{"valid":true,"problems":[],"x":"${"x".repeat(1_000_001)}"}`,
  ])("is refused otherwise: %.40s", (text) => {
    expect(parseForkResult(text)).toBeNull();
  });
});

describe("events", () => {
  const sha = "a".repeat(40);
  it("of a pull request tell a fork, a deleted one too", () => {
    const pull = (headRepo: unknown): string =>
      JSON.stringify({ pull_request: { number: 7, head: { sha, repo: headRepo }, base: { sha, ref: "main", repo: { id: 1 } } } });
    expect(parseEvent("pull_request", pull({ id: 1 }))).toEqual({
      type: "pull_request",
      number: 7,
      headSha: sha,
      baseSha: sha,
      base: "main",
      fork: false,
    });
    expect(parseEvent("pull_request", pull({ id: 2 }))).toMatchObject({ fork: true });
    expect(parseEvent("pull_request", pull(null))).toMatchObject({ fork: true });
  });

  it.each([
    ["pull_request", "{}"],
    ["pull_request", "not json"],
    ["pull_request", `{"pull_request":{"number":7,"head":{"sha":"${sha}"},"base":{"sha":"${sha}","ref":"a\\nb"}}}`],
    ["push", `{"before":"${sha}","after":"$(id)","ref":"refs/heads/main"}`],
    ["workflow_run", `{"workflow_run":{"head_sha":"${sha}","head_branch":"a b","head_repository":{"owner":{"login":"x"}}}}`],
  ])("%s that GitHub would not send are refused: %s", (name, text) => {
    expect(() => parseEvent(name, text)).toThrow(/is not what GitHub sends/);
  });
});
