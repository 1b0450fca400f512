import type { Problem } from "../../model/problem.js";
import type { SourceFile, Word } from "../source-file.js";
import { type Rule, warningAt } from "./rule.js";

/** Words that stand twice in one list: harmless, and probably meant to be another. */
export const listsWithoutRepeats: Rule = (file) => lists(file).flatMap(repeats);

function lists(file: SourceFile): (readonly Word[])[] {
  return [
    file.defaultClusters ?? [],
    file.ownerWas,
    ...file.roles.flatMap((role) => [role.clusters ?? [], ...role.grants.map((grant) => grant.privileges)]),
    ...[...file.clusters.values()].flatMap((cluster) => [...cluster.databases.values()].map((database) => database.creators)),
    ...[...file.iamRoles.values()].map((role) => role.assume),
    ...[...file.iamRoles.values()].flatMap((role) =>
      (["service", "role", "arn"] as const).map((form) =>
        role.trust.filter(({ condition, sourceAccount }) => !condition && !sourceAccount).flatMap((trust) => trust[form] ?? []),
      ),
    ),
  ];
}

function repeats(words: readonly Word[]): Problem[] {
  const seen = new Set<string>();
  return words.flatMap((word) => {
    if (seen.has(word.text)) return [warningAt(word, "duplicate-entry", `"${word.text}" stands twice in one list.`, "Remove one.")];
    seen.add(word.text);
    return [];
  });
}
