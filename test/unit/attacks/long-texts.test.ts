import { expect, it } from "vitest";
import { atomsOf } from "../../../src/policies/atoms.js";
import { canonicalDocument, documentSize } from "../../../src/policies/document.js";
import { compilePolicies } from "../../../src/policies/evaluate.js";
import { matches } from "../../../src/policies/wildcard.js";
import { parseAclArray, parseAclItem } from "../../../src/privileges/acl-text.js";
import { ownMark, withMark } from "../../../src/privileges/mark.js";
import { displayName, quoteIdent, quoteLiteral } from "../../../src/privileges/sql.js";
import { shownSql } from "../../../src/report/sql-text.js";
import { markdownText, visible } from "../../../src/report/visible.js";

const LENGTH = 200_000;
const run = (piece: string, length = LENGTH): string => piece.repeat(Math.ceil(length / piece.length));
const RUNS = [" ", '"', "\\", "[pgaccord:", "a/", "\u202e"];
/** As it begins and ends where such a text is expected, too. */
const TEXTS = RUNS.map((piece) => run(piece)).flatMap((text) => [`[pgaccord:a/${text}]`, `"${text}`, `{"${text}"=r/x}`]);

/** What reads text that a server keeps: comments, ACLs, names. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  ownMark: (text) => ownMark(text, "acme", "main"),
  withMark: (text) => withMark(text, "acme", "main", "adopted"),
  parseAclArray,
  parseAclItem,
  displayName,
  quoteIdent,
  quoteLiteral,
  visible,
  markdownText,
  shownSql: (text) => shownSql(`COMMENT ON ROLE ${quoteIdent(text)} IS ${quoteLiteral(text)}`),
};

it.each(Object.keys(READERS))("%s reads 200,000 characters of the worst kind at once", (name) => {
  for (const text of TEXTS) {
    const began = process.cpuUsage().user;
    READERS[name]?.(text);
    expect({ text: text.slice(0, 20), slow: process.cpuUsage().user - began > 500_000 }).toEqual({ text: text.slice(0, 20), slow: false });
  }
});

/** IAM keeps no managed policy above this size (IAM quotas). */
const POLICY = 6_144;
const document = (resource: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "rds-db:connect", Resource: resource }] });
const VARIABLE = "$" + "{aws:username}";
const PATTERNS = ["*", "*a", "?", "*?", "$" + "{", "$" + "{a", "$" + "{*}", VARIABLE, VARIABLE.replace("}", " , 'y"), ":"].map((piece) =>
  run(piece, POLICY),
);
const DOCUMENTS: Readonly<Record<string, (pattern: string) => unknown>> = {
  matches: (pattern) => matches(pattern, run("a", POLICY)),
  decide: (pattern) =>
    compilePolicies([document(pattern)]).decide({
      action: "rds-db:connect",
      resource: `arn:aws:rds-db:us-east-2:1:dbuser:x/${"a".repeat(63)}`,
    }),
  atomsOf: (pattern) => atomsOf(document(pattern)),
};

it.each(Object.keys(DOCUMENTS))("%s of documents as long as IAM takes them, likewise", (name) => {
  for (const pattern of PATTERNS) {
    const began = process.cpuUsage().user;
    DOCUMENTS[name]?.(pattern);
    const text = pattern.slice(0, 20);
    expect({ text, slow: process.cpuUsage().user - began > 1_000_000 }).toEqual({ text, slow: false });
  }
});

it("a document is read and measured at once, however long it is", () => {
  const began = process.cpuUsage().user;
  for (const text of TEXTS)
    for (const json of [document(text), text]) expect([canonicalDocument(json) === "", documentSize(json) === -1]).toEqual([false, false]);
  expect(process.cpuUsage().user - began).toBeLessThan(2_000_000);
});
