import { type Github, isNotFound } from "./client.js";

/** A file as it is at a commit; null: it is not there. */
export async function fileAt({ octokit, at }: Github, sha: string, path: string): Promise<string | null> {
  try {
    const { data } = await octokit.rest.repos.getContent({ ...at, path, ref: sha, mediaType: { format: "raw" } });
    // In raw form it is the text itself, or its bytes where the server names no character set, whatever the types say.
    const raw: unknown = data;
    if (raw instanceof ArrayBuffer) return new TextDecoder().decode(raw);
    if (typeof raw === "string") return raw;
    throw new Error(`${path} is not a file`);
  } catch (error) {
    if (isNotFound(error)) return null;
    throw error;
  }
}
