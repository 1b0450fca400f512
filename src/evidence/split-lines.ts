/** No line about a connection is longer; of one that is no more is kept. */
const MOST = 65_536;

export interface LineSplitter {
  readonly push: (text: string) => void;
  readonly end: () => void;
}

/** Cuts what comes in pieces at the ends of lines. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  let rest = "";
  const keep = (text: string): void => {
    if (rest.length < MOST) rest += text.slice(0, MOST);
  };
  return {
    push: (text) => {
      let from = 0;
      let to = text.indexOf("\n");
      if (rest !== "" && to !== -1) {
        keep(text.slice(0, to));
        onLine(rest);
        rest = "";
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      while (to !== -1) {
        onLine(text.slice(from, to));
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      if (from < text.length) keep(text.slice(from));
    },
    end: () => {
      if (rest !== "") onLine(rest);
      rest = "";
    },
  };
}
