// Draws a comment as GitHub shows it, wide and on a phone: tsx scripts/example.ts comment | node scripts/comment-picture.mjs comment
// Needs Chromium on the PATH, or CHROMIUM=/path/to/it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { marked } from "marked";

const css = readFileSync(new URL(import.meta.resolve("github-markdown-css/github-markdown-light.css")), "utf8");
const BROWSER = process.env.CHROMIUM ?? "chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking"];

const name = process.argv[2] ?? "comment";
let markdown = "";
for await (const chunk of process.stdin) markdown += chunk;

/** GitHub's alert boxes are not in the language that `marked` knows. */
const alerts = (html) =>
  html.replace(/<blockquote>\s*<p>\[!(\w+)\]\s*/g, (_, type) => {
    const name = type.toLowerCase();
    return `<blockquote class="markdown-alert markdown-alert-${name}"><p class="markdown-alert-title">${type[0]}${name.slice(1)}</p><p>`;
  });

const page = (body) => `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<style>${css}
body { margin: 0; padding: 16px; background: #fff }
.comment { border: 1px solid #d0d7de; border-radius: 6px; max-width: 860px; margin: 0 auto }
.head { background: #f6f8fa; border-bottom: 1px solid #d0d7de; border-radius: 6px 6px 0 0; padding: 8px 16px; font: 14px system-ui, sans-serif; color: #59636e }
.markdown-body { padding: 16px; overflow-wrap: anywhere }</style>
<div class="comment"><div class="head"><b>github-actions</b> bot commented</div><article class="markdown-body">${body}</article></div>`;

const folder = mkdtempSync(join(tmpdir(), "pgaccord-picture-"));
try {
  const html = join(folder, "comment.html");
  writeFileSync(html, page(alerts(await marked.parse(markdown, { gfm: true }))));
  for (const [screen, size] of [
    ["wide", process.argv[3] ?? "900,1400"],
    ["phone", process.argv[4] ?? "500,2400"],
  ]) {
    const out = fileURLToPath(new URL(`../docs/${name}-${screen}.png`, import.meta.url));
    execFileSync(
      BROWSER,
      [...FLAGS, `--user-data-dir=${folder}/${screen}`, `--window-size=${size}`, `--screenshot=${out}`, `file://${html}`],
      { stdio: "ignore" },
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
