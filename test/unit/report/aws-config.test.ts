import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromIni } from "@aws-sdk/credential-provider-ini";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { awsConfigText } from "../../../src/report/aws-config.js";
import { parse } from "../../support/stage.js";

const ACCESS = readFileSync(new URL("../../../access.yaml", import.meta.url), "utf8");
const PERSON = "arn:aws:iam::777788889999:user/ann";
/** A person takes a first IAM role in another account, and with it the one that has the door. */
const BY_HAND = ACCESS.replace(
  /trust: \[\{ service: ec2\.amazonaws\.com \}\](\n {4}assume: \[pg-monitor-role\])\n.*\n.*/,
  `trust: [{ arn: "${PERSON}", external_id: desk-7 }]$1\n    policy: pg-mgmt-policy`,
);

/** Instance metadata, second version, of a machine with one IAM role. */
function metadata(): Server {
  const keys = { Code: "Success", AccessKeyId: "MACHINE", SecretAccessKey: "s", Token: "t", Expiration: "2099-01-01T00:00:00Z" };
  return createServer(({ method, url }, response) => {
    const text = method === "PUT" ? "session" : url?.endsWith("/security-credentials/") ? "its-role" : JSON.stringify(keys);
    response.end(text);
  });
}

interface Taken {
  readonly by: string;
  readonly arn: string;
  readonly externalId: string | undefined;
}

describe("pgaccord aws-config, as the SDK reads it", () => {
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-test-"));
  const server = metadata();
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", `http://127.0.0.1:${port}`);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Names of the sessions that were taken last, and whether they have a source identity. */
  let sessions: [string | undefined, boolean][] = [];

  /** The IAM roles that the SDK takes for the profile, in order. */
  const takenFor = async (access: string, profile: string, edit = (text: string): string => text): Promise<Taken[]> => {
    const [configFilepath, filepath] = [join(folder, "config"), join(folder, "credentials")];
    writeFileSync(configFilepath, edit(awsConfigText(parse(access))));
    writeFileSync(filepath, "[default]\naws_access_key_id = PERSON\naws_secret_access_key = s\n");
    const taken: Taken[] = [];
    sessions = [];
    const provider = fromIni({
      profile,
      configFilepath,
      filepath,
      ignoreCache: true,
      roleAssumer: async ({ accessKeyId }, { RoleArn: arn = "", ExternalId: externalId, RoleSessionName, ...rest }) => {
        sessions.push([RoleSessionName, "SourceIdentity" in rest]);
        taken.push({ by: accessKeyId, arn, externalId });
        return { accessKeyId: arn, secretAccessKey: "s" };
      },
    });
    await provider();
    return taken;
  };
  const DOOR = "arn:aws:iam::111122223333:role/pg-monitor-role";

  it("an instance takes the IAM role of the other account with what its metadata give", async () => {
    expect(await takenFor(ACCESS, "pgaccord-pg-monitor-role")).toEqual([{ by: "MACHINE", arn: DOOR, externalId: undefined }]);
  });

  it("a person takes one IAM role after the other, and says what the trust wants to hear", async () => {
    const first = "arn:aws:iam::444455556666:role/pg-mgmt-role";
    expect(await takenFor(BY_HAND, "pgaccord-pg-monitor-role")).toEqual([
      { by: "PERSON", arn: first, externalId: "desk-7" },
      { by: first, arn: DOOR, externalId: undefined },
    ]);
  });

  it("the name of the session is what the profile says, and no key of it sets a source identity: a comment has the command", async () => {
    const mine = (text: string): string =>
      text.replaceAll("role_session_name = pgaccord-login", "role_session_name = ann\nsource_identity = ann");
    await takenFor(BY_HAND, "pgaccord-pg-monitor-role");
    expect(sessions).toEqual([
      ["pgaccord-login", false],
      ["pgaccord-login", false],
    ]);
    await takenFor(BY_HAND, "pgaccord-pg-monitor-role", mine);
    expect(sessions).toEqual([
      ["ann", false],
      ["ann", false],
    ]);
    expect(awsConfigText(parse(BY_HAND))).toContain(
      "#   aws sts assume-role --role-arn arn:aws:iam::444455556666:role/pg-mgmt-role --role-session-name NAME --source-identity NAME --external-id desk-7\n",
    );
    expect(awsConfigText(parse(ACCESS))).not.toContain("--source-identity");
  });

  it("an IAM role that only a service gives is taken by nobody", async () => {
    await expect(takenFor(ACCESS, "pgaccord-pgdemo-oltp-ro-role")).rejects.toThrow(/pgaccord-pgdemo-oltp-ro-role/);
    expect(awsConfigText(parse(ACCESS))).toMatch(
      /^\[profile pgaccord-pgdemo-oltp-ro-role\]\nregion = us-east-2\n# arn:\S+ is given by ec2/m,
    );
  });

  it("names the token command of each door, and asks RDS for its endpoint", () => {
    const text = awsConfigText(parse(ACCESS));
    expect(text).toContain("#   pgaccord login pgmonitor@demo --as pg-monitor-role\n");
    expect(text).toMatch(
      /generate-db-auth-token --hostname "\$\(aws rds describe-db-clusters --db-cluster-identifier demo-aurora .*\)" --port 5432 --username pgmonitor --region us-east-2 --profile pgaccord-pg-monitor-role\n/,
    );
    expect(text.match(/^# {3}aws rds generate-db-auth-token /gm)).toHaveLength(3);
  });
});
