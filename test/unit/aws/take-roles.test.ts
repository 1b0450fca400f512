import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { takeRoles } from "../../../src/aws/take-roles.js";
import { NO_LOG } from "../../../src/model/log.js";
import { parse } from "../../support/stage.js";

const account = [
  ...parse('version: 1\nowner: acme/access\naccounts: { db: { id: "111122223333", region: us-east-2 } }\nclusters: {}\n').accounts.values(),
].flatMap((one) => ({ arn: "", externalId: null, account: one, trusts: "" }));

/** Gives keys to whoever asks, as STS answers. */
let sts: Server;
let asked: URLSearchParams[] = [];
beforeAll(async () => {
  sts = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      asked.push(new URLSearchParams(body));
      const keys = "<AccessKeyId>A</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>";
      response.writeHead(200, { "content-type": "text/xml" });
      response.end(`<AssumeRoleResponse><AssumeRoleResult><Credentials>${keys}</Credentials></AssumeRoleResult></AssumeRoleResponse>`);
    });
  });
  await new Promise<void>((resolve) => sts.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  asked = [];
});
afterAll(() => void sts.close());

it.each([
  ["an IAM user", "arn:aws:iam::111122223333:user/people/ann", "ann"],
  ["a person of Identity Center", "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_dba_0a1b/ann@acme.example", "ann@acme.example"],
  ["an instance", "arn:aws:sts::111122223333:assumed-role/app/i-0abc1234def567890", "i-0abc1234def567890"],
  ["who cannot name a session", "arn:aws:iam::111122223333:user/a", "pgaccord-login"],
])("the sessions of all accounts have the name of who it was: %s", async (_, caller, name) => {
  const { port } = sts.address() as AddressInfo;
  const env = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "s" };
  const roles = ["one", "two"].flatMap((role) => account.map((one) => ({ ...one, arn: `arn:aws:iam::111122223333:role/${role}` })));
  await takeRoles(roles, caller, { env, log: NO_LOG });
  const said = asked.map((body) => [body.get("RoleArn")?.slice(-3), body.get("RoleSessionName"), body.get("SourceIdentity")]);
  expect(said).toEqual([
    ["one", name, null],
    ["two", name, null],
  ]);
});
