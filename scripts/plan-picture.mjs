// Turns a coloured plan on standard input into docs/plan.svg: tsx scripts/example.ts plan | node scripts/plan-picture.mjs
import { writeFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const COLOURS = { 31: "#f47067", 32: "#57ab5a", 33: "#c69026", 2: "#768390", 1: "#f0f3f6" };
const PLAIN = "#adbac7";
const LINE = 19;
const CHAR = 7.83;

let text = "";
for await (const chunk of process.stdin) text += chunk;
const lines = text.trimEnd().split("\n");
const width = Math.ceil(Math.max(...lines.map((line) => stripVTControlCharacters(line).length)) * CHAR + 40);
const height = lines.length * LINE + 32;
const xml = (part) => part.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** Each part behind an escape character begins with its colour: `[32m+ create role`. */
function spans(line) {
  const [head, ...rest] = line.split("\u001b[");
  const parts = rest.map((part) => ({
    colour: COLOURS[part.slice(0, part.indexOf("m"))] ?? PLAIN,
    part: part.slice(part.indexOf("m") + 1),
  }));
  return [{ colour: PLAIN, part: head }, ...parts]
    .filter(({ part }) => part !== "")
    .map(({ colour, part }) => `<tspan fill="${colour}">${xml(part)}</tspan>`)
    .join("");
}

const rows = lines.map((line, i) => `<text xml:space="preserve" x="20" y="${(i + 1) * LINE + 12}">${spans(line)}</text>`);
writeFileSync(
  new URL("../docs/plan.svg", import.meta.url),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">
<title>pgaccord plan</title>
<rect width="100%" height="100%" rx="8" fill="#22272e"/>
${rows.join("\n")}
</svg>
`,
);
