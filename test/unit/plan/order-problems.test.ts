import { expect, it } from "vitest";
import { factsOf } from "../../../src/facts/facts.js";
import { THINGS } from "../../../src/kinds/things.js";
import { keyOf } from "../../../src/model/key.js";
import type { Operation, Phase } from "../../../src/model/operation.js";
import { orderUnits } from "../../../src/plan/order.js";
import { orderProblems } from "../../../src/plan/order-problems.js";
import {
  allow,
  DOOR_ARN,
  demoCluster,
  documentOf,
  emptyAccount,
  iamFile,
  iamRole,
  parse,
  policy,
  TRUST,
  worldOf,
} from "../../support/stage.js";

const [, POLICY] = policy("r-access", documentOf(allow("arn:aws:rds-db:us-east-2:111122223333:dbuser:cluster-B/ro")));
const facts = factsOf({
  declared: parse(iamFile("{ r: { account: db, trust: [{ service: ec2.amazonaws.com }], connect: [{ user: ro, clusters: [demo] }] } }")),
  snapshot: worldOf(
    [demoCluster()],
    [
      emptyAccount({
        roles: new Map([iamRole("r", TRUST)]),
        policies: new Map([[POLICY.name, POLICY]]),
        attachments: [{ principal: "role", name: "r", policyArn: POLICY.arn }],
      }),
    ],
  ),
  things: THINGS,
  keepOrphans: false,
});

const write = (phase: Phase, document: string): Operation => ({
  type: "aws",
  change: keyOf("iam.policy", { account: "db", name: "r-access" }),
  phase,
  site: { account: "db" },
  as: null,
  rank: 0,
  args: {
    service: "iam",
    action: "CreatePolicyVersion",
    region: "us-east-2",
    input: { PolicyArn: POLICY.arn, PolicyDocument: document, SetAsDefault: true },
  },
});
const OPEN = documentOf(allow(DOOR_ARN));

it("an order in which a door stands open for a moment is refused, and says whose", () => {
  const { isSound, problems } = orderUnits([write("close", OPEN), write("open", POLICY.document)], [], facts);
  expect([isSound, problems.map(({ code, severity, message }) => [code, severity, message])]).toEqual([
    false,
    [
      [
        "order-not-proved",
        "error",
        "While the plan is applied, IAM role r would log in as ro to cluster demo, as it may neither before nor after.",
      ],
    ],
  ]);
});

it("one that opens it for good, or closes it, is not", () => {
  for (const documents of [
    [POLICY.document, OPEN],
    [OPEN, OPEN],
  ] as const) {
    const { isSound, problems } = orderUnits([write("close", documents[0]), write("open", documents[1])], [], facts);
    expect([isSound, problems]).toEqual([true, []]);
  }
});

it("parts that wait for each other are refused, with what to do", () => {
  expect(orderProblems(true, [])).toMatchObject([
    { code: "order-not-proved", severity: "error", hint: expect.stringContaining("Make the change in two") },
  ]);
});
