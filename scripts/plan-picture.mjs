// Turns a coloured plan on standard input into docs/plan.svg: FORCE_COLOR=1 pgaccord plan | node scripts/plan-picture.mjs
import { writeFileSync } from "node:fs";

const COLOURS = { 31: "#f47067", 32: "#57ab5a", 33: "#c69026", 2: "#768390", 1: "#f0f3f6" };
const LINE = 19;
const CHAR = 7.83;

let text = "";
for await (const chunk of process.stdin) text += chunk;
const lines = text.trimEnd().split("\n");
const width = Math.max(...lines.map((line) => line.replace(/\u001b\[\d+m/g, "").length)) * CHAR + 40;
const escape = (part) => part.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function spans(line) {
  let colour = "#adbac7";
  return line
    .split(/(\u001b\[\d+m)/)
    .map((part) => {
      const code = /^\u001b\[(\d+)m$/.exec(part)?.[1];
      if (code !== undefined) colour = COLOURS[code] ?? "#adbac7";
      return code !== undefined || part === "" ? "" : `<tspan fill="${colour}">${escape(part)}</tspan>`;
    })
    .join("");
}

const rows = lines.map((line, i) => `<text xml:space="preserve" x="20" y="${(i + 1) * LINE + 12}">${spans(line)}</text>`);
const height = lines.length * LINE + 32;
writeFileSync(
  new URL("../docs/plan.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
<rect width="100%" height="100%" rx="8" fill="#22272e"/>
${rows.join("\n")}
</svg>
`,
);
