import { createGithub } from "../github/client.js";
import { readContext } from "../github/context.js";
import { syncIssue } from "../github/issue.js";
import { openOf } from "../model/net.js";
import { isError } from "../model/problem.js";
import { planFile } from "./github-file-plan.js";
import { attempt, type GithubOptions, withoutCommands } from "./github-io.js";
import { type CliIo, EXIT } from "./io.js";

const FOOTER = "The servers are not as the file says: somebody changed them by hand, or an apply is due. This issue is kept up to date.";

/** Keeps one issue that says how far the servers are from the file. */
export async function githubDrift(io: CliIo, options: GithubOptions): Promise<number> {
  const context = await readContext(io.env);
  return await withoutCommands(io, async () => {
    const shown = await planFile(io, options, context, { written: "drift", footer: FOOTER });
    // What could not be read is no drift, and no end of one.
    if (shown === null || shown.plan.problems.some(isError)) return EXIT.error;
    const { plan, title, marks, parts } = shown;
    const more = parts.length > 1 ? `\n${parts.length - 1} more of this length: \`pgaccord plan --verbose\` shows all.\n` : "";
    const wanted = plan.changes.length === 0 && openOf(plan.residue).length === 0 ? null : { title, body: `${parts[0] ?? ""}${more}` };
    const written = await attempt(io, "Writing the issue", () =>
      syncIssue(createGithub(context, io), marks, wanted, "The servers match the file again."),
    );
    return written ? EXIT.done : EXIT.error;
  });
}
