import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type IamPolicyOptions, iamPolicy } from "../../../src/cli/iam-policy.js";
import type { CliIo } from "../../../src/cli/io.js";
import { NO_LOG } from "../../../src/model/log.js";

const EXAMPLE = join(import.meta.dirname, "../../../access.yaml");

async function run(options: Partial<IamPolicyOptions>): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const said: { readonly out: string[]; readonly err: string[] } = { out: [], err: [] };
  const io: CliIo = {
    env: {},
    isTTY: false,
    color: false,
    progress: false,
    ask: async () => null,
    out: (text) => void said.out.push(text),
    err: (text) => void said.err.push(text),
    log: NO_LOG,
    onSignal: () => undefined,
  };
  const code = await iamPolicy(io, { for: "plan", file: EXAMPLE, format: "text", ...options });
  return { code, out: said.out.join(""), err: said.err.join("") };
}

describe("pgaccord iam-policy", () => {
  it("of one account is JSON that AWS takes; whose it is stands on standard error", async () => {
    const { code, out, err } = await run({ account: ["management"], for: "apply" });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ Version: "2012-10-17" });
    expect(out).toContain("arn:aws:iam::444455556666:role/pg-mgmt-role");
    expect(out).not.toContain("111122223333:role/");
    expect(err).toBe(
      "Account management (444455556666): for arn:aws:iam::444455556666:role/pgaccord-apply, the apply_role. Its trust must name the caller, who needs sts:AssumeRole on it.\n",
    );
  });

  it("of several says in front of each whose it is", async () => {
    const { out } = await run({});
    expect(out.split("\n").filter((line) => line.startsWith("#"))).toEqual([
      "# Account db (111122223333): for the credentials that run pgaccord plan.",
      "# Account management (444455556666): for arn:aws:iam::444455556666:role/pgaccord-plan, the plan_role.",
    ]);
  });

  it("as JSON holds both, with their sizes", async () => {
    const { policies } = JSON.parse((await run({ format: "json" })).out);
    expect(policies.map((one: { account: string }) => one.account)).toEqual(["db", "management"]);
    for (const { document, characters } of policies) expect(JSON.stringify(document)).toHaveLength(characters);
  });

  it("of a review reads logs and nothing else, of the file's clusters alone", async () => {
    const { out, err } = await run({ for: "review", account: ["db"] });
    const { Statement } = JSON.parse(out);
    const granted = new Map<string, readonly string[]>(
      Statement.flatMap((one: { Action: string[]; Resource: string[] }) => one.Action.map((action) => [action, one.Resource] as const)),
    );
    expect([...granted.keys()].filter((action) => !/:(Describe|Filter|Get|Lookup|Generate|List|Start|Download)/.test(action))).toEqual([]);
    expect(granted.get("logs:FilterLogEvents")).toEqual(["arn:aws:logs:us-east-2:111122223333:log-group:/aws/rds/cluster/demo-aurora/*"]);
    expect(granted.get("rds:DownloadDBLogFilePortion")).toEqual(["arn:aws:rds:us-east-2:111122223333:db:*"]);
    expect(err).toContain("run pgaccord evidence collect, logins and review");
  });

  it("says an account and a former file that are not there", async () => {
    expect(await run({ account: ["prod"] })).toMatchObject({ code: 1, out: "", err: expect.stringContaining("matches no account") });
    expect(await run({ was: "nowhere.yaml" })).toMatchObject({ code: 1, out: "", err: expect.stringContaining("nowhere.yaml") });
  });
});
