import { clusterNamesOf, isDeclaredRole, loginsOf, objectOf, rolesByName, subjectOf } from "../lookup.js";
import type { SourceFile, SourceRole, Word } from "../source-file.js";
import { reservedBecause } from "./names.js";
import { errorAt, type Rule } from "./rule.js";

/** Entries that say what they were called before. */
const renamed = (file: SourceFile): { readonly role: SourceRole; readonly was: Word }[] =>
  file.roles.flatMap((role) => (role.was ? [{ role, was: role.was }] : []));

/** A name that the file still gives to a role is not free to be left: chains and swaps cannot be told from mistakes. */
export const formerNamesAreFree: Rule = (file) =>
  renamed(file)
    .filter(({ was }) => isDeclaredRole(file, was.text))
    .map(({ role, was }) => {
      if (was.text === role.name.text)
        return errorAt(
          was,
          "was-declared",
          `${subjectOf(role)} was called as it is now.`,
          "Name what it was called before, or remove was.",
        );
      const other = rolesByName(file).get(was.text);
      const said = `${subjectOf(role)} was "${was.text}", which the file declares`;
      return other?.was
        ? errorAt(was, "was-declared", `${said} as what was "${other.was.text}": chains and swaps are not followed.`, STEP_BY_STEP)
        : errorAt(was, "was-declared", `${said}: a name that stays cannot be left.`, `Remove the entry "${was.text}", or was.`);
    });
const STEP_BY_STEP = "Rename in several changes, each applied before the next; a swap needs a third name in between.";

/** One role cannot become two. */
export const formerNamesOnce: Rule = (file) =>
  renamed(file).flatMap(({ role, was }, i, all) => {
    const first = all.slice(0, i).find((one) => one.was.text === was.text);
    return first
      ? [
          errorAt(
            was,
            "was-twice",
            `${subjectOf(role)} and ${objectOf(first.role)} both were "${was.text}".`,
            "Keep the one that it became.",
          ),
        ]
      : [];
  });

/** What is never managed is never renamed. */
export const formerNamesAreNobodys: Rule = (file) =>
  renamed(file).flatMap(({ role, was }) => {
    const clusters = clusterNamesOf(file, role).flatMap((name) => file.clusters.get(name) ?? []);
    const [login] = clusters.flatMap((cluster) =>
      loginsOf(cluster).flatMap(({ noun, user }) =>
        user.text === was.text ? [`it is the ${noun} of cluster "${cluster.name.text}"`] : [],
      ),
    );
    const reason = reservedBecause(was.text) ?? login;
    return reason ? [errorAt(was, "reserved-name", `${subjectOf(role)} cannot have been "${was.text}": ${reason}.`, "Remove was.")] : [];
  });

/** Everything in the file says the new name. */
export const formerNamesAreNotUsed: Rule = (file) => {
  const byName = new Map(renamed(file).map(({ role, was }) => [was.text, role]));
  return [...file.clusters.values()].flatMap(({ name, databases }) =>
    [...databases.values()].flatMap(({ creators }) =>
      creators.flatMap((word) => {
        const role = byName.get(word.text);
        const isHere = role && clusterNamesOf(file, role).includes(name.text);
        return isHere
          ? [errorAt(word, "was-used", `Creator "${word.text}" is called "${role.name.text}" now.`, `Write "${role.name.text}".`)]
          : [];
      }),
    ),
  );
};
