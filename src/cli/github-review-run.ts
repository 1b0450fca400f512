import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { OWNERS_FILES, ownersOf } from "../github/code-owners.js";
import { isError } from "../model/problem.js";
import type { GithubOptions } from "./github-io.js";
import { githubReview, type MadeReview } from "./github-review.js";
import { type CliIo, EXIT } from "./io.js";
import { editedBy, makeReview, type ReviewAsked } from "./review.js";

type Options = GithubOptions & Pick<ReviewAsked, "since" | "evidence" | "trail" | "activity">;

/** `pgaccord github review`: the review of the checkout, as one pull request. */
export function githubReviewRun(io: CliIo, options: Options): Promise<number> {
  let code: number = EXIT.done;
  const make = async (keptUntil: Parameters<Parameters<typeof githubReview>[2]>[0]): Promise<MadeReview> => {
    const { since, evidence, trail, activity, address, file } = options;
    const asked = {
      file,
      since,
      ...(evidence ? { evidence } : {}),
      trail: trail ?? true,
      activity: activity ?? true,
      ...(address ? { address } : {}),
      isKept: (subject: Parameters<typeof keptUntil>[0]) => keptUntil(subject) !== null,
    };
    const { review, declared, text } = await makeReview(io, asked);
    const owners = await codeOwners(io);
    const edited = editedBy(review, text, asked);
    const done = new Set(edited.done);
    if (review.problems.some(isError)) code = EXIT.error;
    return {
      review: {
        ...review,
        proposals: review.proposals.filter(({ edit }) => done.has(edit)),
        problems: [...review.problems, ...edited.problems],
      },
      declared,
      was: text,
      text: edited.text,
      ...(owners === null ? {} : { ownerOf: () => ownersOf(owners, file) }),
    };
  };
  return githubReview(io, options, make, Date.now()).then((end) => Math.max(end, code));
}

/** The text of the checkout's CODEOWNERS; null: it has none. */
async function codeOwners({ env }: CliIo): Promise<string | null> {
  for (const name of OWNERS_FILES) {
    const text = await readFile(join(env["GITHUB_WORKSPACE"] ?? ".", name), "utf8").catch(() => null);
    if (text !== null) return text;
  }
  return null;
}
