import { Signer } from "@aws-sdk/rds-signer";
import { describe, expect, it } from "vitest";
import { tokenFault } from "../../../src/sandbox/iam-token.js";

const host = "demo-aurora.cluster-abc.us-east-2.rds.amazonaws.com";
const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
const rules = { host, port: 5432, credentials: new Map([[keys.accessKeyId, keys.secretAccessKey]]), now: () => new Date() };
const token = (more: Partial<ConstructorParameters<typeof Signer>[0]> = {}): Promise<string> =>
  new Signer({ hostname: host, port: 5432, username: "ann", region: "us-east-2", credentials: keys, ...more }).getAuthToken();

describe("a token at the front door", () => {
  it("of the right user is taken, also with odd names and session tokens", async () => {
    expect(tokenFault(await token(), "ann", rules)).toBeNull();
    expect(tokenFault(await token({ username: "Ann @x+y" }), "Ann @x+y", rules)).toBeNull();
    expect(tokenFault(await token({ credentials: { ...keys, sessionToken: "a/b+c==" } }), "ann", rules)).toBeNull();
  });

  it.each([
    ["for another user", () => token({ username: "bob" }), "it is for user bob"],
    ["for another host", () => token({ hostname: "other" }), `it is for other:5432, not for ${host}:5432`],
    ["for another port", () => token({ port: 5433 }), `it is for ${host}:5433, not for ${host}:5432`],
    ["of an unknown key", () => token({ credentials: { ...keys, accessKeyId: "AKIAUNKNOWN" } }), "its access key is unknown"],
    ["signed with another secret", () => token({ credentials: { ...keys, secretAccessKey: "other" } }), "its signature is wrong"],
    ["that is a password", async () => "admin-password", "it is not a token"],
  ])("%s is refused", async (_, make, fault) => {
    expect(tokenFault(await make(), "ann", rules)).toBe(fault);
  });

  it("has expired after fifteen minutes", async () => {
    const made = await token();
    const at = (minutes: number) => ({ ...rules, now: () => new Date(Date.now() + minutes * 60_000) });
    expect(tokenFault(made, "ann", at(14))).toBeNull();
    expect(tokenFault(made, "ann", at(16))).toBe("it has expired");
  });
});
