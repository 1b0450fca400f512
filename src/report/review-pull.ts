import type { Review } from "../model/review.js";
import { countsText } from "./review-words.js";
import { counted, markdownText } from "./visible.js";

interface Footer {
  readonly branch: string;
  /** Length of the window. */
  readonly days: number;
  /** It is opened with a token that starts no workflows. */
  readonly startsNothing: boolean;
}

/** What becomes of the pull request by what one does with it. */
export const reviewFooter = ({ branch, days, startsNothing }: Footer): string =>
  [
    "- **Merge it**: the file says so from then on, and what has ended goes at the next apply.",
    "- **Take something out**: commit that to this branch. From then on this pull request is left as it is.",
    `- **Close it**: all that it proposes is kept, and not proposed again for ${counted(days, "day")}.`,
    ...(startsNothing ? [STARTS_NOTHING] : []),
    "",
    `<sub>Kept up to date by \`pgaccord github review\`, on branch ${markdownText(branch)}.</sub>`,
    "",
  ].join("\n");

const STARTS_NOTHING = [
  "",
  "> [!NOTE]",
  "> GITHUB_TOKEN opened this: GitHub starts no workflow for it, or lets it wait until somebody approves it, so a plan and required checks may be missing.",
  "> Approve the runs, or close and reopen this pull request. With the token of a GitHub app (the action's input `token`) they start by themselves.",
].join("\n");

/** For a place that everybody can read: nothing that says who uses what. */
export const renderReviewCounts = (review: Review): string =>
  [
    "## pgaccord review",
    "",
    `${markdownText(countsText(review))}.`,
    "",
    `${counted(review.proposals.length, "change")} proposed. The proof is shown where \`github: { detail: full }\` stands in the file.`,
    "",
  ].join("\n");
