import { readFileSync } from "node:fs";
import { Signer } from "@aws-sdk/rds-signer";
import pg from "pg";
import { DEMO_LOGINS } from "../../src/cli/demo-logins.js";
import type { DemoWorld } from "../../src/sandbox/demo-world.js";
import type { AwsKeys } from "../../src/sandbox/key-ring.js";
import { takeRole } from "../../src/sandbox/take-role.js";
import { learn } from "./secrets/watch.js";

export const LOGGED_IN = "logged in";

/** Logs in as an instance with that profile does: LOGGED_IN, or why not. */
export async function logInThrough(world: DemoWorld, profile: string, user: string): Promise<string> {
  const { accountId, takes } = DEMO_LOGINS.find((login) => login.profile === profile) ?? { takes: null };
  const credentials = await world
    .credentialsOfInstance(profile, accountId)
    .then((keys) => (takes === null ? keys : takeRole(world.env["AWS_ENDPOINT_URL"] ?? "", "us-east-2", keys, takes)))
    .catch((error: Error) => error.message);
  return typeof credentials === "string" ? credentials : logInWith(world, credentials, user);
}

/** Logs in with a token of those credentials, and asks the server who came. */
export async function logInWith(world: DemoWorld, credentials: AwsKeys, user: string, database = "demo"): Promise<string> {
  learn({ AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey, AWS_SESSION_TOKEN: credentials.sessionToken });
  const { host: hostname, port } = world.endpoint;
  const password = await new Signer({ hostname, port, username: user, region: "us-east-2", credentials }).getAuthToken();
  const ssl = { ca: readFileSync(world.postgres.certificates.caFile, "utf8"), servername: hostname };
  const client = new pg.Client({ host: world.gateway.host, port: world.gateway.port, user, password, database, ssl });
  client.on("error", () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ who: string }>("SELECT current_user AS who");
    return rows[0]?.who === user ? LOGGED_IN : `came in as ${rows[0]?.who}`;
  } catch (error) {
    return error instanceof pg.DatabaseError ? `${error.message}: ${error.detail}` : String(error);
  } finally {
    await client.end();
  }
}
