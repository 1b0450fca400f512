import { expect, it } from "vitest";
import { generated, timeIsOver } from "../support/generated.js";
import { tally } from "../support/tally.js";
import { judgeChains, judgeOrders } from "../support/worlds/order-stories.js";

it("wherever an apply of a generated plan stops, nobody has what they never should, nor lacks what they keep", (context) => {
  const { plans, several, withGap, withCalls, refused } = judgeOrders(generated({ short: 60, long: 200 }), timeIsOver);
  tally(context, {
    counts: {
      "plans that are played": plans,
      "plans of several transactions": several,
      "plans with a gap": withGap,
      "plans that a server would refuse": refused,
      "plans with calls of AWS": withCalls,
    },
  });
  expect(plans).toBeGreaterThan(0);
});

it("the same of ways through IAM roles, in one account and across two", (context) => {
  const { plans, moved, across } = judgeChains(generated({ short: 150, long: 1_000 }), timeIsOver);
  tally(context, {
    counts: {
      "plans of IAM roles that take others": plans,
      "plans that move such ways": moved,
      "plans that move them across accounts": across,
    },
  });
  expect(plans).toBeGreaterThan(0);
});
