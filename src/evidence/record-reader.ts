/** Reads one way to write a log, in pieces of text, a character for each byte. */
export interface RecordReader {
  readonly push: (text: string) => void;
  readonly end: () => void;
  /** How many records it understood, of how many lines. */
  readonly read: () => number;
  readonly all: () => number;
}
