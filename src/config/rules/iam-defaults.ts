import { foldName, MARK_TAGS } from "../../facts/iam-things.js";
import type { Problem } from "../../model/problem.js";
import type { Word } from "../source-file.js";
import { outsideOf } from "./attach.js";
import { errorAt, type Rule } from "./rule.js";

/** AWS alone makes things there, and they would never be managed. */
const AWS_PATHS = /^\/(aws-reserved|aws-service-role)\//;

export const createdPaths: Rule = ({ iamDefaults: { path } }) =>
  path && AWS_PATHS.test(path.text)
    ? [errorAt(path, "reserved-name", `Only AWS makes things under ${path.text}.`, "Choose another path, such as /access/.")]
    : [];

/** A boundary is a policy of the account, or of AWS. */
export const boundaryFits: Rule = (file) => {
  const { boundary } = file.iamDefaults;
  if (boundary === null) return [];
  const created = [...file.iamRoles.values()].filter(({ manage }) => manage === null);
  return [...new Set(created.map(({ account }) => account.text))].flatMap((account) =>
    outsideOf(file, boundary, account, "The permissions boundary"),
  );
};

/** IAM quotas: 50 tags; pgaccord's own need some. */
const MAX_TAGS = 40;

export const tagsAreTheFiles: Rule = ({ iamDefaults: { tags } }) => {
  const words = tags.map(({ key }) => key);
  const known = new Map<string, Word>();
  const many = words[MAX_TAGS];
  return [
    ...words.flatMap((word): Problem[] => {
      const other = known.get(foldName(word.text));
      known.set(foldName(word.text), word);
      return other
        ? [errorAt(word, "duplicate-key", `"${word.text}" and "${other.text}" are one tag for IAM.`, "Keep one.")]
        : keyFault(word);
    }),
    ...(many
      ? [
          errorAt(
            many,
            "iam-too-many-tags",
            `There are ${words.length} tags; at most ${MAX_TAGS} may be the file's.`,
            "Keep those that are needed.",
          ),
        ]
      : []),
  ];
};

function keyFault(word: Word): Problem[] {
  const key = foldName(word.text);
  if (key.startsWith(MARK_TAGS))
    return [
      errorAt(word, "reserved-name", `The tag "${word.text}" is pgaccord's own.`, `Choose a key that does not begin with ${MARK_TAGS}`),
    ];
  if (key.startsWith("aws:"))
    return [errorAt(word, "reserved-name", `The tag "${word.text}" is AWS's own.`, "Choose a key that does not begin with aws:")];
  if (/^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,128}$/u.test(word.text)) return [];
  const hint = "IAM takes 1 to 128 letters, digits, spaces and _ . : / = + - @";
  return [errorAt(word, "iam-name", `"${word.text}" cannot be the key of a tag.`, hint)];
}
