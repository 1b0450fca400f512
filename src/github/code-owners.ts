import picomatch from "picomatch";

/** Where GitHub looks for it, in this order (GitHub documentation, "About code owners"). */
export const OWNERS_FILES = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"] as const;

/** Who owns a file of the repository by the text of CODEOWNERS: the last line that matches counts. null: nobody. */
export function ownersOf(text: string, path: string): string | null {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
  const last = lines.map((line) => line.split(/\s+/)).findLast(([pattern = ""]) => isMatch(pattern, path));
  const owners = last?.slice(1) ?? [];
  return owners.length === 0 ? null : owners.join(" ");
}

/** As in .gitignore: a name without a slash is anywhere, a folder holds all that is below it. */
function isMatch(pattern: string, path: string): boolean {
  const anchored = pattern.replace(/\/$/, "").includes("/");
  const plain = pattern.replace(/^\//, "").replace(/\/$/, "");
  const globs = [...(pattern.endsWith("/") ? [] : [plain]), ...(plain.endsWith("/*") ? [] : [`${plain}/**`])];
  return picomatch.isMatch(path, anchored ? globs : globs.flatMap((glob) => [glob, `**/${glob}`]), { dot: true });
}
