import { expect, test } from "vitest";
import { applyCommand } from "../../../src/cli/next-command.js";

test.each([
  [{}, "pgaccord apply"],
  [{ file: "./access.yaml" }, "pgaccord apply"],
  [{ file: "envs/prod.yaml" }, "pgaccord apply -f envs/prod.yaml"],
  [{ file: "it's here.yaml" }, `pgaccord apply -f 'it'\\''s here.yaml'`],
  [
    { cluster: ["de*"], account: ["db", "log"], address: [["demo", "127.0.0.1:6432"]] },
    "pgaccord apply --cluster 'de*' --account db --account log --address demo=127.0.0.1:6432",
  ],
  [{ file: "x.yaml", cluster: ["demo"], out: "it.plan" }, "pgaccord apply it.plan"],
] as const)("after a plan with %j comes %s", (options, expected) => {
  expect(applyCommand({ file: "access.yaml", format: "text", ...options })).toBe(expected);
});
