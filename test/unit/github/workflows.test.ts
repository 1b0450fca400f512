import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readAction, readWorkflow } from "../../support/workflow.js";

const FOLDER = join(import.meta.dirname, "../../../.github/workflows");
const NAMES = readdirSync(FOLDER);
const expression = (name: string): string => `\${{ ${name} }}`;
const ON_PULL_REQUEST = ["ci.yml", "plan.yml", "fork-validate.yml"];

describe.each(NAMES)("%s", (name) => {
  const workflow = readWorkflow(name);
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it("pins the actions of others by commit, with the version beside it", () => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    for (const [, action = "", rest = ""] of text.matchAll(/uses: ([^\s@]+)(.*)/g)) {
      if (!action.startsWith("./")) expect([action, rest]).toEqual([action, expect.stringMatching(/^@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)]);
    }
  });

  it("gives nothing to all jobs, and to each what it needs", () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) expect(Object.keys(job.permissions ?? {}).length).toBeGreaterThan(0);
  });

  it("puts no expression into a script, and keeps no token in a checkout", () => {
    expect(steps.filter((step) => step.run?.includes("{{")).map((step) => step.run)).toEqual([]);
    for (const step of steps) if (step.uses?.startsWith("actions/checkout@")) expect(step.with?.["persist-credentials"]).toBe(false);
  });

  it("is not of the dangerous sort", () => {
    expect(Object.keys(workflow.on)).not.toContain("pull_request_target");
    if (!ON_PULL_REQUEST.includes(name)) return;
    expect(readFileSync(join(FOLDER, name), "utf8")).not.toMatch(/secrets\./);
    for (const job of jobs) {
      const isOurs = job.if?.includes("github.event.pull_request.head.repo.full_name == github.repository") ?? false;
      if (!isOurs) expect(Object.values(job.permissions ?? {})).not.toContain("write");
    }
  });
});

describe("the flow", () => {
  it("never cancels an apply, and starts one for every push", () => {
    const { concurrency, on } = readWorkflow("apply.yml");
    expect(concurrency).toMatchObject({ group: "pgaccord-apply-production", "cancel-in-progress": false });
    expect(on["push"]).toEqual({ branches: ["main"] });
  });

  it("plans with the plan role, applies with the apply role behind an environment", () => {
    const role = (name: string): string[] =>
      Object.values(readWorkflow(name).jobs).flatMap((job) => job.steps.flatMap((step) => step.with?.["role-to-assume"] ?? []));
    expect(role("plan.yml")).toEqual([expression("vars.PGACCORD_PLAN_ROLE")]);
    expect(role("drift.yml")).toEqual([expression("vars.PGACCORD_PLAN_ROLE")]);
    expect(role("apply.yml")).toEqual([expression("vars.PGACCORD_APPLY_ROLE")]);
    expect(readWorkflow("apply.yml").jobs["apply"]?.environment).toBe("production");
    expect(readWorkflow("plan.yml").jobs["plan"]?.environment).toBeUndefined();
  });

  it("runs the base branch's tool on a pull request's files", () => {
    for (const [name, job] of [
      ["plan.yml", "plan"],
      ["fork-validate.yml", "validate"],
    ] as const) {
      const steps = readWorkflow(name).jobs[job]?.steps ?? [];
      expect(steps.find((step) => step.with?.["path"] === "tool")?.with?.["ref"]).toContain("base");
      expect(steps.filter((step) => step.uses?.startsWith("./")).map((step) => step.uses)).toEqual(["./tool"]);
    }
  });

  it("has an action whose inputs are no part of its script", () => {
    for (const step of readAction().runs.steps) expect(step.run).not.toContain("{{");
  });
});
