import { afterEach, describe, expect, it } from "vitest";
import { createAws } from "../../../src/aws/client.js";
import { createPace, type Looking, lookUpAll, lookUpRole } from "../../../src/aws/trail-lookup.js";
import type { DeclaredAccount } from "../../../src/model/declared.js";
import { NO_LOG } from "../../../src/model/log.js";
import { type FrontOptions, startTrailFront, type TrailFront } from "../../support/trail-front.js";
import { DB, MONITOR, ownerRecord } from "../../support/trail-records.js";

const KEY = "AKIATRAILTRAILTRAIL0";
const ACCOUNT: DeclaredAccount = {
  name: "db",
  id: DB,
  region: "us-east-2",
  partition: "aws",
  planRole: null,
  applyRole: null,
  place: { file: "access.yaml", line: 1, column: 1 },
};
const NOW = Date.now();
const DAY = 86_400_000;
const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

let front: TrailFront;
afterEach(() => front.stop());

async function looking(more: Partial<FrontOptions & Looking> = {}): Promise<Looking> {
  front = await startTrailFront({ upstream: null, keys: new Map([[KEY, DB]]), perSecond: 1000, ...more });
  const env = { AWS_ENDPOINT_URL: front.endpoint, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: "secret" };
  const client = await createAws({ env, log: NO_LOG, purpose: "plan" }).cloudtrail(ACCOUNT, "us-east-2");
  return { client, pace: async () => undefined, since: NOW - 30 * DAY, now: NOW, ...more };
}
const seed = (count: number, ageOf: (i: number) => number): void => {
  for (let i = 0; i < count; i++) front.seed(DB, "us-east-2", ownerRecord({ at: iso(NOW - ageOf(i)), id: `e${i}` }));
};
const never = (): boolean => false;

describe("LookupEvents", () => {
  it("is read to the beginning of the window, fifty a page, and no further", async () => {
    const look = await looking();
    seed(130, (i) => (i + 0.5) * DAY * 0.3);
    const { events, from, stopped } = await lookUpRole(look, MONITOR, never);
    expect([events.length, from, stopped]).toEqual([100, look.since, null]);
    expect(front.calls.length).toBe(2);
  });

  it("ends when it is enough, and then knows only what it read", async () => {
    const look = await looking();
    seed(120, (i) => (i + 1) * 3_600_000);
    const { events, from, stopped } = await lookUpRole(look, MONITOR, (all) => all.length > 0);
    expect(events.length).toBe(50);
    expect(from).toBe(Date.parse(iso(NOW - 50 * 3_600_000)) + 1000);
    expect(stopped).toContain("every caller of the file");
  });

  it("ends after twenty pages", async () => {
    const look = await looking();
    seed(1200, (i) => (i + 1) * 60_000);
    const { events, from, stopped } = await lookUpRole(look, MONITOR, never);
    expect([events.length, front.calls.length]).toEqual([1000, 20]);
    expect(from).toBe(Date.parse(iso(NOW - 1000 * 60_000)) + 1000);
    expect(stopped).toContain("20 pages");
  });

  it("knows nothing of what is older than ninety days", async () => {
    const look = await looking({ since: NOW - 200 * DAY });
    seed(3, (i) => 80 * DAY + i * 30 * DAY);
    const { events, from, stopped } = await lookUpRole(look, MONITOR, never);
    expect([events.length, from, stopped]).toEqual([1, NOW - 90 * DAY, "CloudTrail's event history reaches back 90 days"]);
  });

  it("finds by the name of the event what it does not find by the ARN", async () => {
    const look = await looking({ findsByArn: false });
    seed(3, () => DAY);
    front.seed(DB, "us-east-2", ownerRecord({ at: iso(NOW - DAY), id: "other", role: `arn:aws:iam::${DB}:role/other` }));
    expect((await lookUpRole(look, MONITOR, never)).events.length).toBe(0);
    expect((await lookUpAll(look, "AssumeRole", new Set([MONITOR]))).events.length).toBe(3);
  });

  it("keeps to two requests a second, and so is never throttled", async () => {
    const look = await looking({ perSecond: 2 });
    seed(120, (i) => (i + 1) * 60_000);
    await lookUpRole({ ...look, pace: createPace(wait) }, MONITOR, never);
    expect(front.calls.map(({ throttled }) => throttled)).toEqual([false, false, false]);
  });

  it.skipIf(!process.env["PGACCORD_MATRIX"])("is asked again where it is throttled, which is an error 400", async () => {
    const look = await looking({ perSecond: 2 });
    seed(120, (i) => (i + 1) * 60_000);
    expect((await lookUpRole(look, MONITOR, never)).events.length).toBe(120);
    expect(front.calls.some(({ throttled }) => throttled)).toBe(true);
  });
});
