/** No line about a connection is longer; of one that is no more is kept. */
const MOST = 65_536;
const CARRIAGE_RETURN = 13;

export interface LineSplitter {
  readonly push: (text: string) => void;
  readonly end: () => void;
}

/** Cuts what comes in pieces at the ends of lines, those of Windows too. Empty ones are left out. */
export function splitLines(onLine: (line: string) => void): LineSplitter {
  let rest = "";
  const tell = (line: string): void => {
    const text = line.charCodeAt(line.length - 1) === CARRIAGE_RETURN ? line.slice(0, -1) : line;
    if (text !== "") onLine(text);
  };
  const keep = (text: string): void => {
    if (rest.length < MOST) rest += text.slice(0, MOST);
  };
  return {
    push: (text) => {
      let from = 0;
      let to = text.indexOf("\n");
      if (rest !== "" && to !== -1) {
        keep(text.slice(0, to));
        tell(rest);
        rest = "";
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      while (to !== -1) {
        tell(text.slice(from, to));
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      if (from < text.length) keep(text.slice(from));
    },
    end: () => {
      if (rest !== "") tell(rest);
      rest = "";
    },
  };
}
