import type { Problem } from "../../model/problem.js";
import { findCycles } from "../cycles.js";
import { iamReference } from "../iam-reference.js";
import { defaultPolicyName } from "../policy-name.js";
import type { SourceFile, SourceIamDoor, SourceIamRole, Word } from "../source-file.js";
import { errorAt, type Rule, unknownAt } from "./rule.js";

const eachIamRole =
  (check: (iamRole: SourceIamRole, file: SourceFile) => Problem[]): Rule =>
  (file) =>
    [...file.iamRoles.values()].flatMap((iamRole) => check(iamRole, file));

export const accountsOfIamThings: Rule = (file) =>
  [...file.iamRoles.values(), ...file.iamDoors].flatMap(({ account }) =>
    file.names.accounts.has(account.text) ? [] : [unknownAt(account, "account", file.names.accounts)],
  );

interface IamName {
  readonly noun: "IAM role" | "IAM user" | "policy" | "instance profile";
  readonly word: Word;
  readonly account: string;
}

const MAX_LENGTH = { "IAM role": 64, "IAM user": 64, policy: 128, "instance profile": 128 } as const;

function iamNames({ name, policy, connect, assume, instanceProfile, account }: SourceIamRole): IamName[] {
  const policyWord = policy ?? (connect.length + assume.length > 0 ? { text: defaultPolicyName(name.text), place: name.place } : null);
  const named = (noun: IamName["noun"], word: Word | null): IamName[] => (word ? [{ noun, word, account: account.text }] : []);
  return [...named("IAM role", name), ...named("policy", policyWord), ...named("instance profile", instanceProfile)];
}

function doorNames({ type, name, policy, account }: SourceIamDoor): IamName[] {
  const one = (noun: IamName["noun"], word: Word): IamName => ({ noun, word, account: account.text });
  if (type === "policy") return [one("policy", name)];
  return [one("IAM user", name), one("policy", policy ?? { text: defaultPolicyName(name.text), place: name.place })];
}

const namesIn = (file: SourceFile): IamName[] => [...[...file.iamRoles.values()].flatMap(iamNames), ...file.iamDoors.flatMap(doorNames)];

/** IAM's limits: [\w+=,.@-], 64 characters for roles and users, 128 for policies and profiles (AWS, "IAM and STS quotas"). */
export const iamNamesAreLegal: Rule = (file) =>
  [...new Map(namesIn(file).map((name) => [JSON.stringify([name.noun, name.word]), name])).values()].flatMap(nameProblems);

function nameProblems({ noun, word }: IamName): Problem[] {
  const name = word.text;
  if (!/^[A-Za-z0-9_+=,.@-]+$/.test(name))
    return [
      errorAt(
        word,
        "iam-name",
        `"${name}" cannot name an ${noun.startsWith("IAM") ? noun : `AWS ${noun}`}.`,
        "IAM takes letters, digits and _ + = , . @ -",
      ),
    ];
  if (name.length > MAX_LENGTH[noun])
    return [
      errorAt(
        word,
        "iam-name",
        `The name of the ${noun} has ${name.length} characters; IAM takes ${MAX_LENGTH[noun]}.`,
        "Choose a shorter name.",
      ),
    ];
  // The role's tags list its policies and profiles, separated by commas.
  if (!noun.startsWith("IAM") && name.includes(","))
    return [
      errorAt(
        word,
        "iam-name",
        `The name of the ${noun}, "${name}", holds a comma, which separates names in tags.`,
        `Give the ${noun} a name without commas.`,
      ),
    ];
  return [];
}

/** IAM compares names without regard to case. */
export const iamNamesOnce: Rule = (file) => {
  const first = new Map<string, Word>();
  return namesIn(file).flatMap(({ noun, word, account }) => {
    const key = JSON.stringify([account, noun, word.text.toLowerCase()]);
    const other = first.get(key);
    if (!other) first.set(key, word);
    if (!other) return [];
    const { line, column } = other.place;
    return [
      errorAt(
        word,
        "duplicate-iam-name",
        `Two of the ${noun === "policy" ? "policies" : `${noun}s`} in account "${account}" are called "${word.text}"; the first is at ${line}:${column}.`,
        "Rename one; IAM ignores upper and lower case.",
      ),
    ];
  });
};

/** Of an IAM role that is somebody else's: what says more than which doors it gets. */
const OF_THE_ROLE = ["trust", "instance_profile", "attach", "description", "session_duration", "exclusive", "adopt"];

export const trustOrPolicyOnly = eachIamRole(({ id, key, account, accounts, trust, manage, keys, connect, assume }) => {
  if (account.text !== accounts[0]) return [];
  if (manage === null) {
    const hint = "Add trust: [{ service: ec2.amazonaws.com }], or manage: policy where the IAM role is somebody else's.";
    return trust.length > 0 ? [] : [errorAt(id, "missing-key", `iam_roles.${key.text}: "trust" is missing.`, hint)];
  }
  const hint = "Take it out, or take manage: policy out: then the IAM role is managed whole.";
  const wrong = keys.filter(({ text }) => OF_THE_ROLE.includes(text));
  const empty = connect.length + assume.length > 0 ? [] : [manage];
  return [
    ...wrong.map((word) =>
      errorAt(word, "wrong-value", `"${word.text}" means nothing with manage: policy: the IAM role is not touched.`, hint),
    ),
    ...empty.map((word) =>
      errorAt(
        word,
        "policy-without-connect",
        "manage: policy would make nothing: there is neither connect nor assume.",
        "Add connect or assume, or remove the entry.",
      ),
    ),
  ];
});

export const policyNeedsConnect = eachIamRole(({ policy, connect, assume }) =>
  policy && connect.length + assume.length === 0
    ? [
        errorAt(
          policy,
          "policy-without-connect",
          `Policy "${policy.text}" would allow nothing: there is neither connect nor assume.`,
          "Add connect or assume, or remove policy.",
        ),
      ]
    : [],
);

/** Which instances a profile is put on. */
export const instancesFit = eachIamRole(({ key, account, accounts, instances, replace }) => {
  if (account.text !== accounts[0]) return [];
  const elsewhere = accounts.length > 1 ? (instances?.ids ?? []) : [];
  return [
    ...(replace && instances === null
      ? [
          errorAt(
            replace,
            "wrong-value",
            `iam_roles.${key.text}: "replace" means nothing without instances.`,
            "Add instances, or take it out.",
          ),
        ]
      : []),
    ...elsewhere.map((id) =>
      errorAt(
        id,
        "wrong-value",
        `EC2 instance ${id.text} stands in one account, and IAM role ${key.text} in several.`,
        "Name the instances by a tag, or write one IAM role for each account.",
      ),
    ),
  ];
});

/** IAM refuses a trust in a role that is not there yet, so a circle could never be made. */
export const noTrustCycles: Rule = (file) => {
  const named = ({ trust, ...from }: SourceIamRole): { readonly id: string; readonly word: Word }[] =>
    trust.flatMap(({ role: word }) => {
      const found = word && iamReference(file, word.text, from);
      return word && found?.ok ? [{ id: found.role.id.text, word }] : [];
    });
  const edges = new Map([...file.iamRoles].map(([id, role]) => [id, named(role).map((one) => one.id)]));
  return findCycles(edges).flatMap((cycle) => {
    const [first = ""] = cycle;
    const role = file.iamRoles.get(first);
    const word = role && named(role).find(({ id }) => id === (cycle[1] ?? first))?.word;
    const message =
      cycle.length === 1
        ? `IAM role "${first}" trusts itself.`
        : `IAM roles trust each other in a circle: ${[...cycle, first].join(" → ")}.`;
    return word ? [errorAt(word, "trust-cycle", message, "Remove one of the trusts.")] : [];
  });
};
