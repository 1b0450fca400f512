import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { checkName } from "../../../src/github/checks.js";
import { readAction, readWorkflow, type Step, type Workflow } from "../../support/workflow.js";

const FOLDER = join(import.meta.dirname, "../../../.github/workflows");
const NAMES = readdirSync(FOLDER);
const expression = (name: string): string => `\${{ ${name} }}`;
const ON_PULL_REQUEST = ["ci.yml", "plan.yml", "fork-validate.yml"];

const TEXTS = NAMES.map((name) => [name, readFileSync(join(FOLDER, name), "utf8")] as const);
const DOCS = readFileSync(join(import.meta.dirname, "../../../docs/github.md"), "utf8");
const BLOCKS = [...DOCS.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map((m) => m[1] ?? "");
/** Workflows that only the documentation has, whole. */
const SHOWN = BLOCKS.flatMap((text) => {
  const name = /^# \.github\/workflows\/(\S+)\n/.exec(text)?.[1];
  return name === undefined ? [] : [[name, text] as const];
});
const OURS = /^(\.\/|pgaccord\/)/;

it("the documentation shows the workflow of the review", () => {
  expect(SHOWN.map(([name]) => name)).toEqual(["access-review.yml"]);
});

describe.each([...TEXTS, ...SHOWN])("%s", (name, text) => {
  const workflow = load(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it("pins the actions of others by commit, with the version beside it", () => {
    for (const [, action = "", rest = ""] of text.matchAll(/uses: ([^\s@]+)(.*)/g)) {
      if (!OURS.test(action)) expect([action, rest]).toEqual([action, expect.stringMatching(/^@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)]);
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
    expect(text).not.toMatch(/secrets\./);
    for (const job of jobs) {
      const isOurs = job.if?.includes("github.event.pull_request.head.repo.full_name == github.repository") ?? false;
      if (!isOurs) expect(Object.values(job.permissions ?? {})).not.toContain("write");
    }
  });
});

describe("a required check", () => {
  it("always reports: no workflow has a filter on paths, and a merge queue is planned, too", () => {
    for (const name of NAMES) expect(JSON.stringify(readWorkflow(name).on)).not.toContain("paths");
    for (const name of ["plan.yml", "ci.yml"]) expect(Object.keys(readWorkflow(name).on)).toContain("merge_group");
  });

  it("of a fork is written by the run that posts, under the name that the plan job gives it", () => {
    const environment = (name: string, job: string): unknown =>
      readWorkflow(name).jobs[job]?.steps.find((step) => step.uses?.startsWith("./"))?.with?.["environment"];
    expect(environment("fork-post.yml", "post")).toBe(environment("plan.yml", "plan"));
    expect(DOCS).toContain(
      `required check \`${checkName({ file: "access.yaml", environment: String(environment("plan.yml", "plan")) })}\``,
    );
  });
});

describe("docs/github.md", () => {
  const uses = (value: unknown): Step[] =>
    typeof value !== "object" || value === null
      ? []
      : [...("uses" in value ? [value as Step] : []), ...Object.values(value).flatMap((inner) => uses(inner))];

  it("shows the workflow as it is", () => {
    const shown = BLOCKS.filter((block) => block.startsWith("# plan.yml"));
    expect(shown).toHaveLength(1);
    const there = readWorkflow("plan.yml");
    const { on, permissions, jobs } = load(shown[0] ?? "") as Workflow;
    expect([on, permissions]).toEqual([there.on, there.permissions]);
    const [job, real] = [jobs["plan"], there.jobs["plan"]];
    expect([job?.if, job?.permissions]).toEqual([real?.if, real?.permissions]);
    expect(uses(job).map((step) => step.with)).toEqual(real?.steps.filter((step) => step.uses?.startsWith("./")).map((step) => step.with));
  });

  it("gives the action inputs that it has", () => {
    const inputs = Object.keys(readAction().inputs);
    const steps = BLOCKS.flatMap((block) => uses(load(block))).filter((step) => step.uses?.startsWith("pgaccord/"));
    expect(steps.length).toBeGreaterThan(2);
    for (const step of steps) expect(inputs).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
  });

  it.each([
    ["plan", "plan.yml", "plan"],
    ["apply", "apply.yml", "apply"],
    ["drift", "drift.yml", "drift"],
    ["review", "access-review.yml", "review"],
    ["fork-validate", "fork-validate.yml", "validate"],
    ["fork-post", "fork-post.yml", "post"],
  ])("lists the permissions of %s", (row, name, job) => {
    const cells = new RegExp(`^\\| ${row} \\|.*\\| ([^|]*) \\|$`, "m").exec(DOCS)?.[1] ?? "";
    expect(Object.fromEntries(cells.split(", ").map((cell) => cell.split(": ")))).toEqual(permissionsOf(name, job));
  });
});

function permissionsOf(name: string, job: string): unknown {
  const text = [...TEXTS, ...SHOWN].find(([one]) => one === name)?.[1] ?? "";
  return (load(text) as Workflow).jobs[job]?.permissions;
}

describe("a release", () => {
  const { on, jobs } = readWorkflow("release.yml");

  it("is published from the protected environment alone, after the tests, with its provenance", () => {
    expect(on).toEqual({ push: { tags: ["v*"] } });
    const publishing = Object.values(jobs).filter((job) => job.steps.some((step) => step.run?.includes("npm publish")));
    expect(publishing).toMatchObject([{ environment: "npm", needs: "check", permissions: { contents: "read", "id-token": "write" } }]);
    expect(publishing[0]?.steps.at(-1)?.run).toBe("npm publish --ignore-scripts --provenance --access public");
  });

  it("tests where there is nothing to publish with, and installs without scripts where there is", () => {
    for (const job of Object.values(jobs).filter((one) => one.environment === undefined))
      expect(job.permissions).toEqual({ contents: "read" });
    expect(jobs["publish"]?.steps.flatMap((step) => step.run ?? [])[0]).toBe("npm ci --ignore-scripts");
    expect(readFileSync(join(FOLDER, "release.yml"), "utf8")).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
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
