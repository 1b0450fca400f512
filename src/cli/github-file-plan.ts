import { createGithub } from "../github/client.js";
import { type GithubContext, writeOutputs, writeSummary } from "../github/context.js";
import { type Marks, marksOf, type Subject, subjectText, type Written } from "../github/mark.js";
import { defaultBranch, tipOf } from "../github/merged.js";
import type { Plan } from "../model/plan.js";
import { isError } from "../model/problem.js";
import { sha256 } from "../reconcile.js";
import { renderReview } from "../report/review.js";
import { renderText, shortText } from "../report/text.js";
import { asking, detailOf, type GithubOptions, outputsOf, runOptionsOf, subjectOf } from "./github-io.js";
import { type CliIo, EXIT } from "./io.js";
import { openRun } from "./run.js";

/** A plan of the checked-out file, with how it is shown. */
export interface FilePlan {
  readonly plan: Plan;
  readonly title: string;
  readonly marks: Marks;
  readonly parts: readonly string[];
}

/** Plans the file with the readers, and shows it in the log, on the page of the job and in the outputs. null: the file has errors. */
export async function planFile(
  io: CliIo,
  options: GithubOptions,
  context: GithubContext,
  shown: { readonly written: Written; readonly footer: string },
): Promise<FilePlan | null> {
  const subject: Subject = subjectOf(options);
  const run = await openRun(io, runOptionsOf(options), "reader");
  if (run === null) return null;
  const plan = run.build(await run.world.inspect());
  const detail = detailOf(run.declared, context);
  const marks = marksOf(shown.written, subject, sha256);
  const title = `pgaccord ${shown.written} (${subjectText(subject)})`;
  const parts = renderReview(plan, { title, detail, markOf: marks, footer: shown.footer });
  io.out(detail === "full" ? renderText(plan, { color: false, verbose: false }) : shortText(plan));
  await writeSummary(context, parts);
  await writeOutputs(context, outputsOf(plan));
  return { plan, title, marks, parts };
}

/**
 * What was merged, planned for a job in front of an environment with reviewers: they see it on the page of the run, and approve its
 * digest. It writes nothing to GitHub, so nothing that it does is an approval.
 */
export async function planMerged(io: CliIo, options: GithubOptions, context: GithubContext): Promise<number> {
  const github = createGithub(context, io);
  const tip = await asking("Reading the default branch", async () => tipOf(github, await defaultBranch(github)));
  if (tip !== context.sha) {
    io.out(`Superseded: ${context.sha.slice(0, 12)} is not the tip of the default branch.\n`);
    return EXIT.done;
  }
  const footer = `Apply exactly this with: pgaccord github apply --digest, and the digest above. [Run](${context.runUrl})`;
  const shown = await planFile(io, options, context, { written: "plan", footer });
  return shown === null || shown.plan.problems.some(isError) ? EXIT.error : EXIT.done;
}
