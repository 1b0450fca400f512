/** A list that may be long: what opens it, its lines, what closes it. */
export interface Section {
  readonly open: string;
  readonly items: readonly string[];
  readonly close: string;
}

/** UTF-8 bytes of one comment: 60,000 with the numbers of its parts. GitHub takes 65,536 characters. */
const MAX_COMMENT = 59_800;
/** A line is cut here: IAM conditions can be long. */
const MAX_LINE = 8000;

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/**
 * Texts of at most `limit` bytes, cut between lines; a list that goes on is closed and opened again. `headOf` is the first lines of
 * each text but the first.
 */
export function splitSections(sections: readonly Section[], headOf: (part: number) => string, limit = MAX_COMMENT): string[] {
  const parts: string[] = [];
  let text = "";
  let size = 0;
  const add = (more: string): void => {
    text += more;
    size += bytesOf(more);
  };
  const next = (): void => {
    parts.push(text);
    text = "";
    size = 0;
    add(headOf(parts.length + 1));
  };
  for (const { open, items, close } of sections) {
    const frame = bytesOf(open) + bytesOf(close);
    const lines = items.map((item) => `${cutLine(item)}\n`);
    // A list begins only where its first line fits, too.
    if (size > 0 && size + frame + bytesOf(lines[0] ?? "") > limit) next();
    add(open);
    for (const line of lines) {
      if (size + bytesOf(line) + bytesOf(close) > limit) {
        add(close);
        next();
        add(open);
      }
      add(line);
    }
    add(close);
  }
  return [...parts, text];
}

/** Never in the middle of an entity, a tag or code: a mention in code that is cut would be one. */
function cutLine(line: string): string {
  if (line.length <= MAX_LINE) return line;
  const kept = line.slice(0, MAX_LINE).replace(/(&[^;]{0,12}|<[^>]{0,8})$/, "");
  return `${kept.slice(0, endOfText(kept))} …`;
}

/** Where the code begins that has no end, else the end of the text. */
function endOfText(text: string): number {
  const runs = [...text.matchAll(/`+/g)];
  let at = 0;
  for (let open = runs[at]; open; open = runs[at]) {
    const fence = open[0];
    const end = runs.findIndex(([run], i) => i > at && run === fence);
    if (end < 0) return open.index;
    at = end + 1;
  }
  return text.length;
}
