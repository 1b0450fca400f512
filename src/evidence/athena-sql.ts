import { dayOf } from "../model/day.js";
import type { DeclaredAthena } from "../model/declared.js";
import { type AssumeEvent, assumeEvent } from "./cloudtrail.js";

export interface AthenaAsked {
  readonly table: DeclaredAthena["table"];
  /** Twelve digits. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** ARNs. */
  readonly roles: readonly string[];
  readonly since: number;
  readonly now: number;
}

/**
 * Who took the IAM roles, counted, and how many records each day has: a day of an account without any is a gap. It reads each record of
 * the partitions once, and no other partition.
 */
export function trailQuery({ table, accounts, regions, roles, since, now }: AthenaAsked): string {
  const use = [
    "eventsource = 'sts.amazonaws.com'",
    "eventname IN ('AssumeRole', 'AssumeRoleWithWebIdentity', 'AssumeRoleWithSAML')",
    "errorcode IS NULL",
    `json_extract_scalar(requestparameters, '$.roleArn') IN (${list(roles)})`,
    `eventtime >= ${quoted(secondOf(since))}`,
  ].join(" AND ");
  const of = (expression: string): string => `CASE WHEN ${use} THEN ${expression} END`;
  const columns = IDENTITY.map(([name, expression]) => `  ${of(expression)} AS ${name}`);
  const names = IDENTITY.map(([name]) => name);
  return `SELECT account, region, "timestamp" AS day, ${names.join(", ")},
  count(*) AS records, min(eventtime) AS first, max(eventtime) AS last,
  array_join(array_agg(DISTINCT session), '|') AS sessions,
  array_join(array_agg(DISTINCT sourceidentity), '|') AS sourceidentities,
  array_join(array_agg(DISTINCT address), '|') AS addresses
FROM (SELECT account, region, "timestamp", eventtime,
${[...columns, `  ${of("json_extract_scalar(requestparameters, '$.roleSessionName')")} AS session`, `  ${of("json_extract_scalar(requestparameters, '$.sourceIdentity')")} AS sourceidentity`, `  ${of("sourceipaddress")} AS address`].join(",\n")}
FROM ${tableOf(table)}
WHERE account IN (${list(accounts)})
  AND region IN (${list(regions)})
  AND "timestamp" BETWEEN ${quoted(partitionDay(since))} AND ${quoted(partitionDay(now))}) AS records
GROUP BY account, region, "timestamp", ${names.join(", ")}`;
}

const IDENTITY: readonly (readonly [string, string])[] = [
  ["eventname", "eventname"],
  ["role", "json_extract_scalar(requestparameters, '$.roleArn')"],
  ["type", "useridentity.type"],
  ["callerid", "split_part(useridentity.principalid, ':', 1)"],
  ["callerarn", "useridentity.arn"],
  ["calleraccount", "useridentity.accountid"],
  ["issuerarn", "useridentity.sessioncontext.sessionissuer.arn"],
  ["service", "useridentity.invokedby"],
  ["provider", "useridentity.identityprovider"],
  ["subject", "useridentity.username"],
  ["asserter", "json_extract_scalar(requestparameters, '$.principalArn')"],
];

/** The day of a record's partition. */
export const partitionDay = (at: number): string => dayOf(at).replaceAll("-", "/");
const secondOf = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

/** A text of SQL: Athena knows no other escape than a quote that is doubled. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const list = (texts: readonly string[]): string => texts.map(quoted).join(", ");

/** `database.table`, each as an identifier. */
const tableOf = (table: string): string =>
  table
    .split(".")
    .map((name) => `"${name.replaceAll('"', '""')}"`)
    .join(".");

/** What a page of results holds, by column. */
export type AthenaRow = Readonly<Record<string, string | null>>;

export interface AthenaRead {
  readonly events: readonly AssumeEvent[];
  /** `ACCOUNT REGION YYYY/MM/DD` of which the table has records. */
  readonly days: ReadonlySet<string>;
}

/**
 * The counts of the account whose IAM role was taken; those of the callers' accounts are the same calls, and give names.
 * @param named of whom a record gave the ARN, by id: filled
 */
export function readAthenaRows(rows: readonly AthenaRow[]): AthenaRead & { readonly names: ReadonlyMap<string, string> } {
  const events = rows.flatMap(eventOf);
  const named = events.flatMap(({ caller: { uniqueId, arn } }) => (uniqueId && arn ? [[uniqueId, arn] as const] : []));
  return {
    events: events.filter(({ role, recipient }) => role.split(":")[4] === recipient),
    names: new Map(named),
    days: new Set(rows.map((row) => `${row["account"]} ${row["region"]} ${row["day"]}`)),
  };
}

/** Made a record again, so that one function reads who it was. */
function eventOf(row: AthenaRow, at: number): AssumeEvent[] {
  if (!row["role"]) return [];
  const event = assumeEvent({
    eventName: row["eventname"],
    eventID: `row ${at}`,
    eventTime: row["last"],
    recipientAccountId: row["account"],
    requestParameters: { roleArn: row["role"], principalArn: row["asserter"] },
    userIdentity: {
      type: row["type"],
      principalId: row["callerid"],
      arn: row["callerarn"],
      accountId: row["calleraccount"],
      invokedBy: row["service"],
      identityProvider: row["provider"],
      userName: row["subject"],
      sessionContext: { sessionIssuer: { arn: row["issuerarn"] } },
    },
  });
  if (event === null) return [];
  const first = Date.parse(row["first"] ?? "");
  return [
    {
      ...event,
      count: Number(row["records"] ?? 1),
      first: Number.isNaN(first) ? event.at : first,
      sessions: [...partsOf(row["sessions"]), ...partsOf(row["sourceidentities"])],
      addresses: partsOf(row["addresses"]),
    },
  ];
}

/** No session's name holds a bar. */
const partsOf = (text: string | null | undefined): string[] => (text ? text.split("|") : []);

/** The table that the query reads, with its partitions computed from their names, so that nobody adds them day by day. */
export const trailTable = (
  table: string,
  { accounts, regions, bucket }: { readonly accounts: readonly string[]; readonly regions: readonly string[]; readonly bucket: string },
): string => `CREATE EXTERNAL TABLE ${table} (
  eventversion string,
  useridentity struct<type:string, principalid:string, arn:string, accountid:string, invokedby:string, accesskeyid:string,
    username:string, identityprovider:string, sessioncontext:struct<attributes:struct<mfaauthenticated:string, creationdate:string>,
    sessionissuer:struct<type:string, principalid:string, arn:string, accountid:string, username:string>, sourceidentity:string>>,
  eventtime string,
  eventsource string,
  eventname string,
  awsregion string,
  sourceipaddress string,
  useragent string,
  errorcode string,
  errormessage string,
  requestparameters string,
  responseelements string,
  additionaleventdata string,
  requestid string,
  eventid string,
  resources array<struct<arn:string, accountid:string, type:string>>,
  eventtype string,
  recipientaccountid string,
  sharedeventid string)
PARTITIONED BY (account string, region string, \`timestamp\` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://${bucket}/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = ${quoted(accounts.join(","))},
  'projection.region.type' = 'enum',
  'projection.region.values' = ${quoted(regions.join(","))},
  'projection.timestamp.type' = 'date',
  'projection.timestamp.format' = 'yyyy/MM/dd',
  'projection.timestamp.interval' = '1',
  'projection.timestamp.interval.unit' = 'DAYS',
  'projection.timestamp.range' = 'NOW-400DAYS,NOW',
  'storage.location.template' = 's3://${bucket}/AWSLogs/\${account}/CloudTrail/\${region}/\${timestamp}')
`;
