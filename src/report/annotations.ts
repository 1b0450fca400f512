import type { Annotation } from "../model/annotation.js";
import type { Plan } from "../model/plan.js";
import { isError, type Problem } from "../model/problem.js";
import { sentence } from "./fold.js";
import { messageOf } from "./messages.js";
import { wordsOf } from "./sentence.js";
import { visible } from "./visible.js";
import { alike } from "./walk.js";

/** Problems at their lines, and what each changed line gives. */
export function annotationsOf(
  plan: Plan | null,
  problems: readonly Problem[],
  path: string,
  isChanged: (line: number) => boolean,
): Annotation[] {
  const one = (line: number, level: Annotation["annotation_level"], message: readonly string[]): Annotation => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: level,
    // One line each: what is shown as text needs no more.
    message: message.map(visible).join("\n"),
  });
  const said = problems.flatMap((p) =>
    p.place ? [one(p.place.line, isError(p) ? "failure" : "warning", [`${messageOf(p)} ${p.hint ?? ""}`.trim()])] : [],
  );
  const given = plan ? [...gainsByLine(plan)].filter(([line]) => isChanged(line)) : [];
  return [...said, ...given.map(([line, texts]) => one(line, "notice", [...texts]))];
}

const MAX_TEXTS = 5;

function gainsByLine(plan: Plan): Map<number, Set<string>> {
  const words = wordsOf(plan);
  const lines = new Map<number, Set<string>>();
  for (const entry of alike(plan.changes)) {
    if (entry.item.effect !== "gains") continue;
    for (const { line } of entry.item.sources) {
      const texts = lines.get(line) ?? new Set();
      if (texts.size < MAX_TEXTS) texts.add(sentence([entry], words));
      lines.set(line, texts);
    }
  }
  return lines;
}
