import { createGithub } from "../github/client.js";
import { readContext, writeOutputs, writeSummary } from "../github/context.js";
import { syncIssue } from "../github/issue.js";
import { marksOf, subjectText } from "../github/mark.js";
import { isError } from "../model/problem.js";
import { sha256 } from "../reconcile.js";
import { renderReview } from "../report/review.js";
import { renderText, shortText } from "../report/text.js";
import { attempt, detailOf, type GithubOptions, subjectOf, withoutCommands } from "./github-io.js";
import { outputsOf } from "./github-plan.js";
import { type CliIo, EXIT } from "./io.js";
import { openRun } from "./run.js";

/** Keeps one issue that says how far the servers are from the file. */
export async function githubDrift(io: CliIo, options: GithubOptions): Promise<number> {
  const context = await readContext(io.env);
  return await withoutCommands(io, async () => {
    const subject = subjectOf(options);
    const address = options.address ? { address: options.address } : {};
    const run = await openRun(io, { file: options.file, fileLabel: subject.file, format: "text", ...address }, "reader");
    if (run === null) return EXIT.error;
    const plan = run.build(await run.world.inspect());
    const detail = detailOf(run.declared, context);
    const marks = marksOf("drift", subject, sha256);
    const title = `pgaccord drift (${subjectText(subject)})`;
    const footer =
      "The servers are not as the file says: somebody changed them by hand, or an apply is due. This issue is kept up to date.";
    const parts = renderReview(plan, { title, detail, markOf: marks, footer });
    io.out(detail === "full" ? renderText(plan, { color: false, verbose: false }) : shortText(plan));
    await writeSummary(context, parts);
    await writeOutputs(context, outputsOf(plan));
    // What could not be read is no drift, and no end of one.
    if (plan.problems.some(isError)) return EXIT.error;
    const more = parts.length > 1 ? `\n${parts.length - 1} more of this length: \`pgaccord plan --verbose\` shows all.\n` : "";
    const wanted = plan.changes.length === 0 ? null : { title, body: `${parts[0] ?? ""}${more}` };
    const written = await attempt(io, "Writing the issue", () =>
      syncIssue(createGithub(context, io.err), marks, wanted, "The servers match the file again."),
    );
    return written ? EXIT.done : EXIT.error;
  });
}
