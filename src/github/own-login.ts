import { isFields } from "../model/json.js";
import type { Github } from "./client.js";

/**
 * Who writes with this token: `octocat`, or an app's `SLUG[bot]`. GitHub's GraphQL tells an app's installation, too, which may not ask
 * REST who it is.
 */
export async function ownLogin({ octokit }: Github): Promise<string> {
  const answer: unknown = await octokit.graphql("query { viewer { login } }");
  const viewer = isFields(answer) ? answer["viewer"] : null;
  const login = isFields(viewer) ? viewer["login"] : null;
  if (typeof login !== "string" || login === "") throw new Error("GitHub does not say whose the token is");
  return login;
}

/** Of the run's own token, whoever the workflow belongs to. */
export const ACTIONS = "github-actions[bot]";
