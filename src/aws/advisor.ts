import type { GetServiceLastAccessedDetailsResponse, IAMClient, ServiceLastAccessed } from "@aws-sdk/client-iam";
import type { DeclaredAccount } from "../model/declared.js";
import type { RoleUse } from "../model/evidence.js";
import type { Problem } from "../model/problem.js";
import type { Aws } from "./client.js";
import { problemsOf } from "./trail.js";

export interface Advised {
  readonly uses: readonly RoleUse[];
  readonly problems: readonly Problem[];
}

/**
 * When IAM roles last asked for a database login, as IAM's access advisor says: attempts, refused ones too, of some 400 days, four hours
 * late. A date proves use; none proves nothing. Jobs can be read by the session alone that began them, so one client does both.
 */
export async function readAdvisor(
  aws: Aws,
  account: DeclaredAccount,
  roles: readonly string[],
  sleep: (milliseconds: number) => Promise<void>,
): Promise<Advised> {
  const uses: RoleUse[] = [];
  try {
    await aws.verifyCaller(account);
    const iam = await aws.iam(account);
    for (const role of roles) {
      const services = await lastAccessed(iam, role, sleep);
      const login = services.find(({ ServiceNamespace: name }) => name === "rds-db");
      const at = login?.LastAuthenticated?.getTime();
      if (at !== undefined) uses.push({ role, at, region: login?.LastAuthenticatedRegion ?? null, source: "access-advisor" });
    }
    return { uses, problems: [] };
  } catch (error) {
    const problems = problemsOf(aws, account, error, "iam:GenerateServiceLastAccessedDetails");
    return { uses, problems: problems.map((problem): Problem => ({ ...problem, severity: "warning" })) };
  }
}

const POLL_MS = 500;
/** Five minutes. */
const MOST_POLLS = 600;

async function lastAccessed(iam: IAMClient, Arn: string, sleep: (milliseconds: number) => Promise<void>): Promise<ServiceLastAccessed[]> {
  const { GenerateServiceLastAccessedDetailsCommand } = await import("@aws-sdk/client-iam");
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity: "SERVICE_LEVEL" }));
  for (let poll = 0; poll < MOST_POLLS; poll++) {
    const first = await pageOf(iam, JobId, undefined);
    if (first.JobStatus === "FAILED") throw new Error(first.Error?.Message ?? "the access advisor's job failed");
    if (first.JobStatus === "COMPLETED") return [...(first.ServicesLastAccessed ?? []), ...(await otherPages(iam, JobId, first))];
    await sleep(POLL_MS);
  }
  throw new Error("the access advisor's job did not end in five minutes");
}

async function otherPages(
  iam: IAMClient,
  job: string | undefined,
  first: GetServiceLastAccessedDetailsResponse,
): Promise<ServiceLastAccessed[]> {
  const services: ServiceLastAccessed[] = [];
  let marker = first.IsTruncated ? first.Marker : undefined;
  while (marker !== undefined) {
    const page = await pageOf(iam, job, marker);
    services.push(...(page.ServicesLastAccessed ?? []));
    marker = page.IsTruncated ? page.Marker : undefined;
  }
  return services;
}

async function pageOf(
  iam: IAMClient,
  JobId: string | undefined,
  Marker: string | undefined,
): Promise<GetServiceLastAccessedDetailsResponse> {
  const { GetServiceLastAccessedDetailsCommand } = await import("@aws-sdk/client-iam");
  return iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, ...(Marker ? { Marker } : {}) }));
}
