import { expect, it } from "vitest";
import { generated } from "../../support/generated.js";
import { judgeChains, judgeOrders } from "../../support/worlds/order-stories.js";

it("wherever an apply of a generated plan stops, nobody has what they never should, nor lacks what they keep", () => {
  const { plans, several } = judgeOrders(generated({ short: 60, long: 60 }));
  expect(plans).toBeGreaterThan(100);
  expect(several).toBeGreaterThan(15);
});

it("the same of ways through IAM roles, in one account and across two", () => {
  const { plans, moved, across } = judgeChains(generated({ short: 90, long: 90 }));
  expect(plans).toBeGreaterThan(80);
  expect(moved).toBeGreaterThan(40);
  expect(across).toBeGreaterThan(20);
});
