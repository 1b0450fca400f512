import { readFile, stat } from "node:fs/promises";
import { checkName, writeCheck } from "../github/checks.js";
import { createGithub, type Github } from "../github/client.js";
import { syncComments } from "../github/comments.js";
import { type GithubContext, readContext, writeSummary } from "../github/context.js";
import { fileAt } from "../github/files.js";
import { type ForkResult, parseForkResult } from "../github/fork-result.js";
import { type Marks, marksOf, type Subject, subjectText } from "../github/mark.js";
import { mergeBase } from "../github/merged.js";
import { errorProblem, ProblemsError } from "../model/problem.js";
import { sha256 } from "../reconcile.js";
import { paragraph, problemSections } from "../report/markdown.js";
import { renderParts, renderUntouched, UNTOUCHED } from "../report/review.js";
import { isUntouched, loadAccessAt } from "./github-base.js";
import { asking, attempt, type GithubOptions, subjectOf, withoutCommands } from "./github-io.js";
import { type CliIo, EXIT } from "./io.js";

/** Posts what a run without credentials found in a fork's pull request. The file comes from that run: it is hostile text. */
export async function githubPost(io: CliIo, path: string, options: GithubOptions): Promise<number> {
  const context = await readContext(io.env);
  const { event } = context;
  if (event.type !== "workflow_run") {
    throw new ProblemsError([
      errorProblem("github-event", "github post runs on workflow_run.", {
        hint: "See the documentation for the two workflows that forks need.",
      }),
    ]);
  }
  const result = await readResult(path);
  return await withoutCommands(io, async () => {
    const subject = subjectOf(options);
    const marks = marksOf("validate", subject, sha256);
    const github = createGithub(context, io);
    const pull = await asking("Looking for the pull request", () => pullOf(github, event));
    if (pull !== null && (await asking("Comparing it with its base", () => leavesAlone(github, pull, subject.file)))) {
      return await showUntouched({ io, github, context, pull, subject, marks });
    }
    const parts = partsOf(result, subject, marks);
    await writeSummary(context, parts);
    if (pull === null) io.err("No open pull request has this commit as its head: nothing was posted.\n");
    const written = pull === null || (await attempt(io, "Writing the comment", () => syncComments(github, pull.number, marks, parts)));
    return written ? EXIT.done : EXIT.error;
  });
}

const MAX_BYTES = 1_000_000;

async function readResult(path: string): Promise<ForkResult> {
  const size = await stat(path).then(
    (s) => s.size,
    () => 0,
  );
  const result = size > 0 && size <= MAX_BYTES ? parseForkResult(await readFile(path, "utf8")) : null;
  if (result !== null) return result;
  throw new ProblemsError([
    errorProblem("fork-result", "The result of the fork's run is not what `pgaccord validate --format json` writes.", {
      hint: "Look at that run; nothing was posted.",
    }),
  ]);
}

function partsOf(result: ForkResult, subject: Subject, markOf: (part: number) => string): string[] {
  const title = `pgaccord validate (${subjectText(subject)})`;
  const problems = result.problems.map((p) => (p.place ? { ...p, place: { ...p.place, file: subject.file } } : p));
  const head = paragraph(result.valid ? "The file is valid." : "**The file has errors.**");
  const footer = "This pull request comes from a fork: no server was read. A maintainer's branch gets a plan.";
  return renderParts([head, ...problemSections(problems)], { title, detail: "full", markOf, footer });
}

interface Pull {
  readonly number: number;
  readonly headSha: string;
  readonly baseSha: string;
}

/** Where the fork changes neither the file nor a certificate, the required check passes; else it is missing until a maintainer plans it. */
async function leavesAlone(github: Github, { headSha, baseSha }: Pull, file: string): Promise<boolean> {
  const start = await mergeBase(github, baseSha, headSha);
  const [head, base] = [await fileAt(github, headSha, file), await loadAccessAt(github, start, file)];
  return head !== null && head === base.text && isUntouched(await loadAccessAt(github, headSha, file), base);
}

interface Untouched {
  readonly io: CliIo;
  readonly github: Github;
  readonly context: GithubContext;
  readonly pull: Pull;
  readonly subject: Subject;
  readonly marks: Marks;
}

async function showUntouched({ io, github, context, pull, subject, marks }: Untouched): Promise<number> {
  const [summary = ""] = renderUntouched({ title: checkName(subject), detail: "counts", markOf: marks });
  await writeSummary(context, [summary]);
  const check = { sha: pull.headSha, subject, conclusion: "success", title: UNTOUCHED, summary, text: "", annotations: [] } as const;
  const written = [
    await attempt(io, "Taking back the comment", () => syncComments(github, pull.number, marks, [])),
    await attempt(io, "Writing the check", () => writeCheck(github, { ...check, detailsUrl: context.runUrl })),
  ];
  return written.includes(false) ? EXIT.error : EXIT.done;
}

/** The event says which commit was checked; never the artefact. */
async function pullOf(
  { octokit, at }: Github,
  { headSha, headOwner, headBranch }: { readonly headSha: string; readonly headOwner: string; readonly headBranch: string },
): Promise<Pull | null> {
  const { data } = await octokit.rest.pulls.list({ ...at, state: "open", head: `${headOwner}:${headBranch}`, per_page: 100 });
  const pull = data.find(({ head }) => head.sha === headSha);
  return pull ? { number: pull.number, headSha, baseSha: pull.base.sha } : null;
}
