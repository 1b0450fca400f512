// Prints what the pictures of the docs are drawn of: tsx scripts/example.ts plan | comment | adoption | hostile
import { renderReview } from "../src/report/review.js";
import { renderText } from "../src/report/text.js";
import { ADOPTION_FILE, adoptionWorld } from "../test/support/adoption-world.js";
import { examplePlan } from "../test/support/example-plan.js";
import { hostilePlan } from "../test/support/hostile-plan.js";
import { planOf } from "../test/support/stage.js";

const OPTIONS = { title: "pgaccord plan (access.yaml)", detail: "full", markOf: () => "", footer: "" } as const;
const comment = (plan: ReturnType<typeof examplePlan>): string => renderReview(plan, OPTIONS).join("\n");

const EXAMPLES: Readonly<Record<string, () => string>> = {
  plan: () => renderText(examplePlan(), { color: true, verbose: false }),
  comment: () => comment(examplePlan()),
  hostile: () =>
    ["@octocat", "`www.evil.example`", "[x](https://evil.example) | JIRA-1"]
      .map((name) => comment(hostilePlan(name, "access.yaml")))
      .join("\n"),
  adoption: () => comment(planOf(ADOPTION_FILE, adoptionWorld())),
};
const print = EXAMPLES[process.argv[2] ?? ""];
if (!print) throw new Error(`expected one of ${Object.keys(EXAMPLES).join(", ")}`);
process.stdout.write(print());
