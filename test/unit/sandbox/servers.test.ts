import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { MAJORS } from "../../../src/sandbox/binaries.js";
import { startAws } from "../../../src/sandbox/local-aws.js";
import { startPostgres } from "../../../src/sandbox/local-postgres.js";

const gone = async (folder: string): Promise<boolean> => {
  for (let i = 0; i < 100 && existsSync(folder); i++) await new Promise((resolve) => setTimeout(resolve, 100));
  return !existsSync(folder);
};

describe("local servers", () => {
  it.each(MAJORS)("PostgreSQL %i starts, answers, and leaves nothing behind", async (major) => {
    const postgres = await startPostgres({ major });
    const { rows } = await postgres.sql(
      "SELECT current_setting('server_version_num')::integer / 10000 AS major, current_setting('listen_addresses') AS at",
    );
    expect(rows).toEqual([{ major, at: "127.0.0.1" }]);
    await postgres.stop();
    expect(existsSync(postgres.socketDir)).toBe(false);
    await expect(new pg.Client({ host: postgres.host, port: postgres.port, user: "postgres" }).connect()).rejects.toThrow("ECONNREFUSED");
  });

  it("end with a parent that was killed", async () => {
    const script = `
      const { startPostgres } = await import(${JSON.stringify(new URL("../../../src/sandbox/local-postgres.ts", import.meta.url).href)});
      const { startAws } = await import(${JSON.stringify(new URL("../../../src/sandbox/local-aws.ts", import.meta.url).href)});
      const [postgres, aws] = await Promise.all([startPostgres(), startAws()]);
      console.log(JSON.stringify([postgres.socketDir, postgres.port, aws.endpoint]));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve) => child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    const [folder, port, endpoint]: [string, number, string] = JSON.parse(line);
    expect(existsSync(folder)).toBe(true);
    child.kill("SIGKILL");
    expect(await gone(folder)).toBe(true);
    await expect(new pg.Client({ host: "127.0.0.1", port, user: "postgres" }).connect()).rejects.toThrow("ECONNREFUSED");
    await expect(fetch(endpoint)).rejects.toThrow("fetch failed");
  });

  it("the AWS emulator plays the account that it is told, and all others", async () => {
    const aws = await startAws({ accountId: "999900001111" });
    const { CreateUserCommand, GetUserCommand, IAMClient } = await import("@aws-sdk/client-iam");
    const credentials = { accessKeyId: aws.env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: aws.env["AWS_SECRET_ACCESS_KEY"] ?? "" };
    const iam = new IAMClient({ endpoint: aws.endpoint, region: "us-east-2", credentials });
    const { User } = await iam.send(new CreateUserCommand({ UserName: "ann" }));
    expect(User?.Arn).toBe("arn:aws:iam::999900001111:user/ann");
    const other = new IAMClient({ endpoint: aws.endpoint, region: "us-east-2", credentials: await aws.rootOf("444455556666") });
    await expect(other.send(new GetUserCommand({ UserName: "ann" }))).rejects.toThrow(/not found|cannot be found/);
    const bob = await other.send(new CreateUserCommand({ UserName: "bob" }));
    expect(bob.User?.Arn).toBe("arn:aws:iam::444455556666:user/bob");
    await aws.stop();
    await expect(fetch(aws.endpoint)).rejects.toThrow("fetch failed");
  });
});
