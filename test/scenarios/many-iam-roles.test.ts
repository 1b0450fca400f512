import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type DemoWorld, startDemoWorld } from "../../src/sandbox/demo-world.js";
import { type AwsProxy, startAwsProxy } from "../support/aws-proxy.js";
import { quickClock } from "../support/quick-clock.js";
import { createScene, type Scene } from "../support/scene.js";
import { tally } from "../support/tally.js";

const ACCESS = readFileSync(join(import.meta.dirname, "../../access.yaml"), "utf8");
/** IAM roles in each of two accounts: half of them have a policy. */
const [FEW, MANY] = [60, 500];

const iamRoles = (count: number): string =>
  Array.from({ length: count }, (_, i) => {
    const connect = i % 2 ? "" : ", connect: [{ user: oltp_ro_user, clusters: [demo] }]";
    const assume = i % 2 ? "" : ', assume: ["arn:aws:iam::999988887777:role/elsewhere"]';
    const trust = "trust: [{ service: ec2.amazonaws.com }]";
    return `  app-${i}: { account: db, ${trust}${connect} }\n  caller-${i}: { account: management, ${trust}${assume} }\n`;
  }).join("");

let world: DemoWorld;
let proxy: AwsProxy;
let scene: Scene;
beforeAll(async () => {
  world = await startDemoWorld({ major: 17 });
  proxy = await startAwsProxy(world.env["AWS_ENDPOINT_URL"] ?? "");
  const env = { ...world.env, AWS_ENDPOINT_URL: proxy.endpoint };
  scene = createScene({ env, address: `demo=${world.address}`, clock: quickClock(40) });
});
afterAll(async () => {
  scene?.remove();
  await proxy?.stop();
  await world?.stop();
});

/** Of a plan that finds nothing to do. */
async function callsOfPlan(count: number): Promise<readonly string[]> {
  scene.write(`${ACCESS}${iamRoles(count)}`);
  expect((await scene.apply()).status).toBe("applied");
  proxy.calls.length = 0;
  expect((await scene.plan()).changes).toEqual([]);
  return [...proxy.calls].sort();
}

it.runIf(process.env["PGACCORD_MATRIX"])(
  "a plan asks as often for many IAM roles as for few: it counts pages",
  async (context) => {
    const few = await callsOfPlan(FEW);
    const many = await callsOfPlan(MANY);
    expect(many).toEqual(few);
    expect(many.filter((call) => call === "GetAccountAuthorizationDetails")).toHaveLength(2);
    // Three of the few in the other account, where there are more than 25, have an IAM role that vouches for them.
    expect(many.filter((call) => call === "ListPolicyTags")).toEqual([]);
    tally(context, { counts: { [`calls of a plan with ${2 * MANY} IAM roles and ${MANY} policies`]: many.length } });
  },
  900_000,
);
