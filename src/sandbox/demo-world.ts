import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateDBClusterCommand, CreateDBInstanceCommand, RDSClient } from "@aws-sdk/client-rds";
import { type Authority, createAuthority } from "./authority.js";
import { type AwsFront, type FrontCall, recordsOfService, startAwsFront } from "./aws-front.js";
import { type Major, postgresFolder } from "./binaries.js";
import { makeCertificates } from "./certificates.js";
import { createEvidence, LOGGED } from "./demo-evidence.js";
import { type GatewayRules, type IamGateway, startIamGateway } from "./iam-gateway.js";
import type { AwsKeys, KeyRing } from "./key-ring.js";
import { type LocalAws, startAws } from "./local-aws.js";
import { type LocalPostgres, startPostgres } from "./local-postgres.js";
import { makeOperators } from "./operators.js";

export interface DemoWorld {
  readonly postgres: LocalPostgres;
  readonly aws: LocalAws;
  readonly gateway: IamGateway;
  /** What RDS reports. */
  readonly endpoint: { readonly host: string; readonly port: number; readonly resourceId: string };
  /** Environment of a pgaccord that works on this world: an IAM user that manages IAM and logs in as access_admin. */
  readonly env: Readonly<Record<string, string>>;
  /** The same for one that only plans: it reads, and logs in as access_reader (which a test must make). */
  readonly readerEnv: Readonly<Record<string, string>>;
  /** AWS credentials as an instance with that profile has them. */
  readonly credentialsOfInstance: Authority["credentialsOfInstance"];
  /** AWS credentials as a service gets them. */
  readonly assumeAsService: Authority["assumeAsService"];
  /** For --address demo=…: where the endpoint can be reached here. */
  readonly address: string;
  /** One more door to the same server, such as an RDS Proxy's or an instance's. `caFile`: what its clients must trust. */
  readonly openDoor: (endpoint: DemoWorld["endpoint"], secrets?: readonly string[]) => Promise<IamGateway & { readonly caFile: string }>;
  readonly stop: () => Promise<void>;
}

export interface DemoOptions {
  readonly major?: Major;
  readonly accountId?: string;
  readonly region?: string;
  readonly clusterId?: string;
  readonly iamAuth?: boolean;
  /** The cluster gets an instance, whose log and CloudTrail's event history can be read as AWS lets them be read. */
  readonly evidence?: boolean;
  readonly onProgress?: (text: string) => void;
}

/** The account from which the example's database is watched. */
export const MANAGEMENT = "444455556666";

/** An Aurora cluster as far as pgaccord can see: PostgreSQL behind an IAM front door, known to the emulated RDS. */
export async function startDemoWorld(options: DemoOptions = {}): Promise<DemoWorld> {
  postgresFolder(options.major ?? 17);
  const aws = await startAws(options);
  try {
    return await startWith(aws, options);
  } catch (error) {
    await aws.stop();
    throw error;
  }
}

async function startWith(aws: LocalAws, options: DemoOptions): Promise<DemoWorld> {
  const keys: KeyRing = new Map();
  const region = aws.env["AWS_REGION"] ?? "us-east-2";
  const evidence = createEvidence(instanceOf(options));
  const authority = createAuthority(aws, keys, (service, role) => evidence.record(recordsOfService(service, role, region)));
  const accountOf = (call: FrontCall) => async (): Promise<string> =>
    (await authority.callerOf(call.accessKeyId))?.account ?? aws.accountId;
  const front = await startAwsFront(aws.endpoint, authority, keys, {
    record: evidence.record,
    answer: async (call) => (options.evidence ? evidence.answer(call, accountOf(call)) : null),
  });
  const endpoint = await registerCluster(aws, options);
  const { resourceId } = endpoint;
  const users = `arn:aws:rds-db:${region}:${aws.accountId}:dbuser:${resourceId}/`;
  const [postgres, operators] = await Promise.all([
    startPostgres({ major: options.major ?? 17, rds: true, tlsNames: [endpoint.host], ...(options.evidence ? { settings: LOGGED } : {}) }),
    makeOperators({
      endpoint: front.endpoint,
      root: await aws.rootOf(aws.accountId),
      region,
      users,
      accountId: aws.accountId,
      management: { accountId: MANAGEMENT, root: await aws.rootOf(MANAGEMENT) },
    }),
  ]);
  const rulesOf = ({ resourceId: id, ...at }: DemoWorld["endpoint"]): GatewayRules => ({
    ...at,
    region,
    keys,
    onRefused: evidence.onRefused,
    connectRefusal: (accessKeyId, user) =>
      authority.connectRefusal(accessKeyId, { region, accountId: aws.accountId, resourceId: id, user }),
  });
  const gateway = await startIamGateway(postgres, rulesOf(endpoint));
  evidence.serve(postgres);
  await makeExample(postgres);
  const envOf = envFor(front, region, postgres);
  return {
    postgres,
    aws,
    gateway,
    endpoint,
    env: envOf(operators.apply),
    readerEnv: envOf(operators.plan),
    credentialsOfInstance: authority.credentialsOfInstance,
    assumeAsService: authority.assumeAsService,
    address: `${gateway.host}:${gateway.port}`,
    openDoor: async (at, secrets) => {
      const folder = await mkdtemp(join(tmpdir(), "pgaccord-door-"));
      const certificates = await makeCertificates(folder, [at.host], null);
      const door = await startIamGateway({ ...postgres, certificates }, { ...rulesOf(at), ...(secrets ? { secrets } : {}) });
      const stop = (): Promise<void> => Promise.all([door.stop(), rm(folder, { recursive: true, force: true })]).then(() => undefined);
      return { ...door, stop, caFile: certificates.caFile };
    },
    stop: async () => {
      authority.stop();
      await Promise.all([gateway.stop(), front.stop()]);
      await Promise.all([postgres.stop(), aws.stop()]);
    },
  };
}

const envFor =
  (front: AwsFront, region: string, postgres: LocalPostgres) =>
  ({ accessKeyId, secretAccessKey }: AwsKeys): Readonly<Record<string, string>> => ({
    AWS_ENDPOINT_URL: front.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: region,
    NODE_EXTRA_CA_CERTS: postgres.certificates.caFile,
    // For psql.
    PGSSLROOTCERT: postgres.certificates.caFile,
  });

async function registerCluster(aws: LocalAws, options: DemoOptions): Promise<DemoWorld["endpoint"]> {
  const { env, endpoint } = aws;
  const rds = new RDSClient({
    endpoint,
    region: env["AWS_REGION"] ?? "us-east-2",
    credentials: { accessKeyId: env["AWS_ACCESS_KEY_ID"] ?? "", secretAccessKey: env["AWS_SECRET_ACCESS_KEY"] ?? "" },
  });
  const { DBCluster } = await rds.send(
    new CreateDBClusterCommand({
      DBClusterIdentifier: options.clusterId ?? "demo-aurora",
      Engine: "aurora-postgresql",
      MasterUsername: "postgres",
      MasterUserPassword: "master-password",
      EnableIAMDatabaseAuthentication: options.iamAuth ?? true,
      Port: 5432,
    }),
  );
  if (options.evidence) await addInstance(rds, options);
  rds.destroy();
  const { Endpoint: host, Port: port, DbClusterResourceId: resourceId } = DBCluster ?? {};
  if (!host || !port || !resourceId) throw new Error("The AWS emulator did not make the cluster.");
  return { host, port, resourceId };
}

const instanceOf = ({ clusterId = "demo-aurora" }: DemoOptions): string => `${clusterId}-1`;

const addInstance = (rds: RDSClient, options: DemoOptions): Promise<unknown> =>
  rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: instanceOf(options),
      DBClusterIdentifier: options.clusterId ?? "demo-aurora",
      DBInstanceClass: "db.t4g.medium",
      Engine: "aurora-postgresql",
    }),
  );

/** What the master user of a real cluster does once: the application's owner and tables, and an admin for pgaccord. */
async function makeExample(postgres: LocalPostgres): Promise<void> {
  const adminOption = postgres.major >= 16 ? " WITH ADMIN TRUE, INHERIT FALSE, SET TRUE" : "";
  await postgres.sql(`CREATE ROLE app_owner; GRANT rds_iam TO access_admin; GRANT app_owner TO access_admin${adminOption}`);
  await postgres.sql("CREATE DATABASE demo OWNER app_owner");
  await postgres.sql(
    `SET ROLE app_owner;
     CREATE SCHEMA pgdemo;
     CREATE TABLE pgdemo.products (id integer GENERATED BY DEFAULT AS IDENTITY (START 7) PRIMARY KEY, name text NOT NULL, price integer NOT NULL);
     CREATE TABLE pgdemo.orders (id integer GENERATED BY DEFAULT AS IDENTITY (START 4) PRIMARY KEY, product integer NOT NULL REFERENCES pgdemo.products, quantity integer NOT NULL);
     INSERT INTO pgdemo.products VALUES (1, 'Apple', 1000), (2, 'Samsung', 900), (3, 'Google', 800), (4, 'Motorola', 500), (5, 'Sony', 700);
     INSERT INTO pgdemo.orders VALUES (1, 1, 2), (2, 3, 1), (3, 5, 4);`,
    "demo",
  );
}
