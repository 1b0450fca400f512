import type { Client, QueryArrayResult } from "pg";
import { errorProblem, type Problem, ProblemsError } from "../model/problem.js";
import { visible } from "../report/visible.js";
import { DEMO_LOGINS, type DemoLogin } from "./demo-logins.js";
import { ADMIN, BREAKS, OWNER, urlOf } from "./demo-playground.js";
import { type CliIo, EXIT } from "./io.js";

/** Prints a token, and nothing else: `PGPASSWORD="$(pgaccord demo token USER)"`. */
export async function demoToken(io: CliIo, user: string): Promise<number> {
  io.out(`${await tokenOf(io, user)}\n`);
  return EXIT.done;
}

/** One statement; the tables' owner is whom the admin becomes. */
export async function demoSql(io: CliIo, user: string, statement: string): Promise<number> {
  const [{ default: pg }, { readFile }] = await Promise.all([import("pg"), import("node:fs/promises")]);
  const world = worldOf(io);
  const { hostname: host, port, username, searchParams } = new URL(urlOf(world.address, world.ca, user));
  const client = new pg.Client({
    host,
    port: Number(port),
    user: username,
    password: await tokenOf(io, username),
    database: "demo",
    options: searchParams.get("options") ?? "",
    ssl: { ca: await readFile(world.ca, "utf8").catch(() => "") },
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    io.out(tableOf(await runOne(client, statement)));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw new ProblemsError([gone()], { cause: error });
    io.err(`${user}: ${visible(error.message)}${error.detail ? ` (${visible(error.detail)})` : ""}\n`);
    return EXIT.error;
  } finally {
    await client.end();
  }
}

/** Does by hand what `demo --keep` names. */
export async function demoBreak(io: CliIo, number: string): Promise<number> {
  const one = BREAKS[Number(number) - 1];
  if (one === undefined) throw new ProblemsError([wrong(`There is no ${visible(number)} to break.`, "It is 1, 2 or 3.")]);
  if ("sql" in one.by) return demoSql(io, one.by.user, one.by.sql);
  const { IAMClient, DetachRolePolicyCommand } = await import("@aws-sdk/client-iam");
  const { endpoint, region, credentials } = worldOf(io);
  const iam = new IAMClient({ endpoint, region, credentials });
  try {
    await iam.send(new DetachRolePolicyCommand({ RoleName: one.by.role, PolicyArn: one.by.policy }));
    io.out("DETACHED\n");
    return EXIT.done;
  } catch (error) {
    if (error instanceof Error && error.name === "NoSuchEntityException") {
      throw new ProblemsError([wrong("The policy is not attached.", "Run `npx pgaccord apply` first: it attaches it.")], { cause: error });
    }
    throw new ProblemsError([gone()], { cause: error });
  } finally {
    iam.destroy();
  }
}

interface KeptWorld {
  readonly address: string;
  readonly ca: string;
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

function worldOf({ env }: CliIo): KeptWorld {
  const need = (name: string): string => {
    const value = env[name] ?? "";
    if (value === "") throw new ProblemsError([wrong(`No demo is at hand: ${name} is not set.`, HOW)]);
    return value;
  };
  return {
    address: need("PGACCORD_DEMO"),
    ca: need("PGSSLROOTCERT"),
    endpoint: need("AWS_ENDPOINT_URL"),
    region: need("AWS_REGION"),
    credentials: { accessKeyId: need("AWS_ACCESS_KEY_ID"), secretAccessKey: need("AWS_SECRET_ACCESS_KEY") },
  };
}

const HOW = "Run `npx pgaccord demo --keep`, and paste what it prints into this terminal.";
const wrong = (message: string, hint: string): Problem => errorProblem("demo-not-there", message, { hint });
const gone = (): Problem => wrong("The demo does not answer.", HOW);

/** The admin's by the keys that are exported; a user's by its instance profile, as its application would. */
async function tokenOf(io: CliIo, user: string): Promise<string> {
  const world = worldOf(io);
  const login = DEMO_LOGINS.find((one) => one.user === user);
  if (login === undefined && user !== ADMIN) {
    throw new ProblemsError([
      wrong(
        `${visible(user)} has no door in the demo.`,
        `These have: ${[ADMIN, ...DEMO_LOGINS.map((l) => l.user)].join(", ")}.${user === OWNER ? ` ${ADMIN} becomes it: demo sql ${OWNER}.` : ""}`,
      ),
    ]);
  }
  const credentials = login === undefined ? world.credentials : await instanceCredentials(world, login);
  const [{ Signer }, { host: hostname, port }] = await Promise.all([import("@aws-sdk/rds-signer"), endpointOf(world)]);
  return new Signer({ hostname, port, username: user, region: world.region, credentials }).getAuthToken();
}

async function instanceCredentials(
  { endpoint, region }: KeptWorld,
  { accountId, profile, takes }: DemoLogin,
): Promise<KeptWorld["credentials"]> {
  const answer = await fetch(`${endpoint}/instance/${accountId}/${profile}`).catch((error: unknown) => {
    throw new ProblemsError([gone()], { cause: error });
  });
  const found: Readonly<Record<string, string>> = JSON.parse(await answer.text());
  const { message = "", AccessKeyId = "", SecretAccessKey = "", Token = "" } = found;
  if (!answer.ok) throw new ProblemsError([wrong(message, "Run `npx pgaccord plan` to see what is amiss.")]);
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
  if (takes === null) return keys;
  const { takeRole } = await import("../sandbox/take-role.js");
  return await takeRole(endpoint, region, keys, takes).catch((error: Error) => {
    throw new ProblemsError([wrong(error.message, "Run `npx pgaccord plan` to see what is amiss.")], { cause: error });
  });
}

/** A token is for the endpoint that RDS reports. */
async function endpointOf({ endpoint, region, credentials }: KeptWorld): Promise<{ readonly host: string; readonly port: number }> {
  const { DescribeDBClustersCommand, RDSClient } = await import("@aws-sdk/client-rds");
  const rds = new RDSClient({ endpoint, region, credentials, maxAttempts: 1 });
  try {
    const { DBClusters } = await rds.send(new DescribeDBClustersCommand({}));
    return { host: DBClusters?.[0]?.Endpoint ?? "", port: DBClusters?.[0]?.Port ?? 0 };
  } catch (error) {
    throw new ProblemsError([gone()], { cause: error });
  } finally {
    rds.destroy();
  }
}

/** With psql's `;` at the end, or several: what the last one answered. Columns may have equal names, so rows are lists; values stay the server's texts. */
async function runOne(client: Client, text: string): Promise<QueryArrayResult> {
  const types = { getTypeParser: () => (value: string) => value };
  const result: QueryArrayResult | readonly QueryArrayResult[] = await client.query({ text, rowMode: "array", types });
  return Array.isArray(result) ? result.at(-1) : result;
}

/** As psql does without its frame: the names, a row per line, and how many. */
function tableOf({ command, fields, rows, rowCount }: QueryArrayResult): string {
  if (fields.length === 0) return `${command}${rowCount === null ? "" : ` ${rowCount}`}\n`;
  const names = fields.map((field) => field.name);
  const lines = [names, ...rows.map((row) => row.map((value: unknown) => String(value ?? "")))];
  const widths = names.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  const text = lines.map((line) =>
    line
      .map((cell, i) => visible(cell).padEnd(widths[i] ?? 0))
      .join(" | ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n(${rows.length === 1 ? "1 row" : `${rows.length} rows`})\n`;
}
