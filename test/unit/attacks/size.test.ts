import { expect, it } from "vitest";
import { acl, callsOf, demoCluster, emptyAccount, fileOf, iamFile, planOf, serverOf, tables, worldOf } from "../../support/stage.js";

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Every way through these trusts is one of 2 to the power of 60: whoever walks them all never ends. */
it("IAM roles that trust each other in layers are made in order", () => {
  const trustOf = (layer: number): string =>
    layer === 0 ? "{ service: ec2.amazonaws.com }" : `{ role: r${layer - 1}a }, { role: r${layer - 1}b }`;
  const roles = range(60).flatMap((layer) => ["a", "b"].map((x) => `r${layer}${x}: { account: db, trust: [${trustOf(layer)}] }`));
  const plan = planOf(iamFile(`{ ${roles.join(", ")} }`), worldOf([demoCluster()], [emptyAccount()]));
  const made = plan.steps.flatMap(({ run }) => ("action" in run && run.action === "CreateRole" ? [String(run.input["RoleName"])] : []));
  expect(made).toHaveLength(120);
  expect(made.map((name) => Number(name.slice(1, -1)))).toEqual(range(60).flatMap((layer) => [layer, layer]));
});

it("the names of a database are compared with the first missing ones, not with thousands", () => {
  const server = serverOf(["a"], [tables(["orders"], acl())]);
  const literals = range(60).map((i) => `s.ordesr${i}: [select], s.order_${i}: [select]`);
  const plan = planOf(fileOf(`{ a: { grants: { shop: { tables: { ${literals.join(", ")} } } } } }`), worldOf([server]));
  const missing = plan.problems.filter((p) => p.code === "missing-object");
  expect(missing).toHaveLength(120);
  expect(missing.filter((p) => p.hint?.includes("The nearest is table s.orders"))).toHaveLength(50);
  expect(callsOf(plan)).toEqual([]);
});
