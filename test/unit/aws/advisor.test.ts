import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readAdvisor } from "../../../src/aws/advisor.js";
import { type Aws, createAws } from "../../../src/aws/client.js";
import type { DeclaredAccount } from "../../../src/model/declared.js";
import { NO_LOG } from "../../../src/model/log.js";
import { startTrailFront, type TrailFront } from "../../support/trail-front.js";
import { DB, MONITOR } from "../../support/trail-records.js";

const KEY = "AKIATRAILTRAILTRAIL0";
const place = { file: "access.yaml", line: 1, column: 1 };
const ACCOUNT: DeclaredAccount = { name: "db", id: DB, region: "us-east-2", partition: "aws", planRole: null, applyRole: null, place };

describe("the access advisor", () => {
  let front: TrailFront;
  let aws: Aws;
  let waits = 0;
  const sleep = async (): Promise<void> => void waits++;
  beforeEach(async () => {
    waits = 0;
    front = await startTrailFront({ upstream: null, keys: new Map([[KEY, DB]]) });
    const env = { AWS_ENDPOINT_URL: front.endpoint, AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: "secret" };
    // Who asks is another test's.
    aws = { ...createAws({ env, log: NO_LOG, purpose: "plan" }), verifyCaller: async () => undefined };
  });
  afterEach(() => front.stop());

  it("is waited for, and read to its last page", async () => {
    const others = Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`service${i}`, null]));
    front.advise(MONITOR, { ...others, "rds-db": "2026-11-20T10:00:00Z" });
    expect(await readAdvisor(aws, ACCOUNT, [MONITOR], sleep)).toEqual({
      uses: [{ role: MONITOR, at: Date.parse("2026-11-20T10:00:00Z"), region: null, source: "access-advisor" }],
      problems: [],
    });
    expect(waits).toBe(1);
    expect(front.calls.filter(({ action }) => action === "GetServiceLastAccessedDetails").length).toBe(3);
  });

  it("says nothing of an IAM role that it has no date of", async () => {
    front.advise(MONITOR, { "rds-db": null, s3: "2026-11-20T10:00:00Z" });
    expect((await readAdvisor(aws, ACCOUNT, [MONITOR], sleep)).uses).toEqual([]);
  });
});
