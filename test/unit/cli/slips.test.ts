import { describe, expect, test } from "vitest";
import { type KnownCommand, slipHint } from "../../../src/cli/slips.js";

const COMMANDS: readonly KnownCommand[] = [
  { name: "validate", options: ["-f", "--file", "--format"] },
  { name: "plan", options: ["-f", "--file", "--format", "--cluster", "--out", "--detailed-exitcode"] },
  { name: "apply", options: ["-f", "--file", "--format", "--cluster", "--yes", "--allow", "--digest"] },
  { name: "github apply", options: ["-f", "--file", "--allow", "--digest"] },
];
const hint = (line: string): string | null => slipHint(line.split(" "), COMMANDS);

describe("what users of other tools type gets what to write here", () => {
  test.each([
    ["plan other.yaml", "The access file is an option: pgaccord plan -f other.yaml"],
    ["validate envs/prod.yml", "The access file is an option: pgaccord validate -f envs/prod.yml"],
    ["apply --auto-approve", "Write --yes, an option of pgaccord apply: it does not ask."],
    ["apply -auto-approve", "Write --yes, an option of pgaccord apply: it does not ask."],
    ["apply -y", "Write --yes, an option of pgaccord apply: it does not ask."],
    ["plan --target demo", "Write --cluster NAME or --account NAME: they narrow what is written."],
    ["plan -target=demo", "Write --cluster NAME or --account NAME: they narrow what is written."],
    ["plan -var a=b", "There are no variables: access.yaml holds the values, and password_env names the variable of a password."],
    ["plan -var-file=x", "There are no variables: access.yaml holds the values, and password_env names the variable of a password."],
    ["destroy", "There is no destroy: take out of access.yaml what shall go, and apply."],
    ["apply -destroy", "There is no destroy: take out of access.yaml what shall go, and apply."],
    ["init", "There is nothing to set up: write access.yaml (docs/file.md), and run pgaccord validate."],
    ["state list", "There is no state: pgaccord plan reads the servers each time."],
    ["plan -refresh=false", "Leave it out: every plan reads the servers anew, there is no state."],
    ["diff", "Write pgaccord plan: it shows what would change."],
    ["schema apply", "Write pgaccord apply."],
    ["apply --dry-run", "Write pgaccord plan: it changes nothing."],
    ["fmt", "Write pgaccord validate: it checks access.yaml and reads no server."],
    ["plan -out=x.plan", "Write it with two dashes: --out."],
    ["plan -detailed-exitcode", "Write it with two dashes: --detailed-exitcode."],
    ["plan --yes", "--yes is an option of pgaccord apply."],
    ["plan --allow mass-delete", "--allow is an option of pgaccord apply, pgaccord github apply."],
    ["plan --json", "Write --format json; --out FILE saves a plan."],
    [
      "plan -U postgres",
      "Where and as whom to connect stands in access.yaml; --address CLUSTER=HOST:PORT sends only the socket elsewhere.",
    ],
    ["plan --profile dev", "Set AWS_PROFILE in the environment; Regions stand in access.yaml."],
    ["-f x plan", "The command comes first, its options behind it: pgaccord plan -f FILE"],
  ])("%s", (line, expected) => {
    expect(hint(line)).toBe(expected);
  });

  test("what nobody knows has no hint of its own, nor has what is right", () => {
    expect(["apply --xyzzy", "apply --cluster test --xyzzy", "plan -f other.yaml --oops", "frobnicate"].map(hint)).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });
});
