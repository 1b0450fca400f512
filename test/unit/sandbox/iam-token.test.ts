import { Signer } from "@aws-sdk/rds-signer";
import { describe, expect, it } from "vitest";
import { readToken } from "../../../src/sandbox/iam-token.js";
import { type IssuedKey, keepKey } from "../../../src/sandbox/key-ring.js";

const host = "demo-aurora.cluster-abc.us-east-2.rds.amazonaws.com";
const keys = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };
const session = { accessKeyId: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "secret2", sessionToken: "a/b+c==" };
const lasting: IssuedKey = { secret: "secret", sessionToken: null, expires: null, sessionPolicy: null };
const inAnHour = new Date(Date.now() + 3_600_000);
const rules = {
  host,
  port: 5432,
  region: "us-east-2",
  keys: new Map([
    [keys.accessKeyId, lasting],
    [session.accessKeyId, { ...lasting, secret: "secret2", sessionToken: "a/b+c==", expires: inAnHour }],
  ]),
  now: () => new Date(),
};
const token = (more: Partial<ConstructorParameters<typeof Signer>[0]> = {}): Promise<string> =>
  new Signer({ hostname: host, port: 5432, username: "ann", region: "us-east-2", credentials: keys, ...more }).getAuthToken();

describe("a token at the front door", () => {
  it("of the right user is taken, also with odd names and session tokens", async () => {
    expect(readToken(await token(), "ann", rules)).toEqual({ accessKeyId: keys.accessKeyId });
    expect(readToken(await token({ username: "Ann @x+y" }), "Ann @x+y", rules)).toEqual({ accessKeyId: keys.accessKeyId });
    expect(readToken(await token({ credentials: session }), "ann", rules)).toEqual({ accessKeyId: session.accessKeyId });
  });

  it.each([
    ["for another user", () => token({ username: "bob" }), "it is for user bob"],
    ["for another host", () => token({ hostname: "other" }), `it is for other:5432, not for ${host}:5432`],
    ["for another port", () => token({ port: 5433 }), `it is for ${host}:5433, not for ${host}:5432`],
    ["for another region", () => token({ region: "eu-west-1" }), "it is for region eu-west-1"],
    ["of an unknown key", () => token({ credentials: { ...keys, accessKeyId: "AKIAUNKNOWN" } }), "its access key is unknown"],
    ["signed with another secret", () => token({ credentials: { ...keys, secretAccessKey: "other" } }), "its signature is wrong"],
    ["with another session token", () => token({ credentials: { ...session, sessionToken: "x" } }), "its session token is wrong"],
    [
      "without its session token",
      () => token({ credentials: { ...keys, accessKeyId: session.accessKeyId } }),
      "its session token is wrong",
    ],
    [
      "with a session token that the key has not",
      () => token({ credentials: { ...keys, sessionToken: "x" } }),
      "its session token is wrong",
    ],
    ["that is a password", async () => "admin-password", "it is not a token"],
  ])("%s is refused", async (_, make, fault) => {
    expect(readToken(await make(), "ann", rules)).toEqual({ fault });
  });

  it("has expired after fifteen minutes, and with its credentials", async () => {
    const made = await token({ credentials: session });
    const at = (minutes: number) => ({ ...rules, now: () => new Date(Date.now() + minutes * 60_000) });
    expect(readToken(made, "ann", at(14))).toEqual({ accessKeyId: session.accessKeyId });
    expect(readToken(made, "ann", at(16))).toEqual({ fault: "it has expired" });
    const soon = new Map([[session.accessKeyId, { ...lasting, secret: "secret2", sessionToken: "a/b+c==", expires: new Date() }]]);
    expect(readToken(made, "ann", { ...at(1), keys: soon })).toEqual({ fault: "its credentials have expired" });
  });
});

describe("a key that AWS issues", () => {
  it("is kept with what belongs to it", () => {
    const ring = new Map<string, IssuedKey>();
    expect(keepKey(ring, "<AccessKeyId>A1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>")).toEqual({
      accessKeyId: "A1",
      secretAccessKey: "s",
    });
    const xml = `<SessionToken>t</SessionToken><AccessKeyId>A2</AccessKeyId><SecretAccessKey>s</SecretAccessKey><Expiration>${inAnHour.toISOString()}</Expiration>`;
    keepKey(ring, xml, "{}");
    expect(keepKey(ring, "<Error/>")).toBeNull();
    expect([...ring]).toEqual([
      ["A1", { ...lasting, secret: "s" }],
      ["A2", { secret: "s", sessionToken: "t", expires: inAnHour, sessionPolicy: "{}" }],
    ]);
  });
});
