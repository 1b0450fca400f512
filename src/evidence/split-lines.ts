/** No line about a connection is longer; of one that is no more is kept. */
const MOST = 65_536;
const CARRIAGE_RETURN = 13;

export interface LineSplitter {
  readonly push: (text: string) => void;
  readonly end: () => void;
}

/** A line of `text`, without its end. To cut each out would take a good part of the time. */
type OnLine = (text: string, from: number, to: number) => void;

/** Cuts what comes in pieces at the ends of lines, those of Windows too. Empty ones are left out. */
export function splitLines(onLine: OnLine): LineSplitter {
  let rest = "";
  const tell = (text: string, from: number, end: number): void => {
    const to = text.charCodeAt(end - 1) === CARRIAGE_RETURN ? end - 1 : end;
    if (to > from) onLine(text, from, to);
  };
  const keep = (text: string): void => {
    if (rest.length < MOST) rest += text.slice(0, MOST);
  };
  const tellRest = (): void => {
    if (rest !== "") tell(rest, 0, rest.length);
    rest = "";
  };
  return {
    push: (text) => {
      let from = 0;
      let to = text.indexOf("\n");
      if (rest !== "" && to !== -1) {
        keep(text.slice(0, to));
        tellRest();
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      while (to !== -1) {
        tell(text, from, to);
        from = to + 1;
        to = text.indexOf("\n", from);
      }
      if (from < text.length) keep(text.slice(from));
    },
    end: tellRest,
  };
}
