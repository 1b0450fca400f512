import { describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import { ProblemsError } from "../../../src/model/problem.js";
import { passwordOf } from "../../../src/postgres/password.js";
import { renderProblems } from "../../../src/report/problems.js";

const fileWith = (variable: string): string =>
  `version: 1\nowner: a\nclusters: { c: { address: "127.0.0.1:5432", admin: { user: boss, password_env: ${variable} } } }\n`;
const codesOf = (variable: string): string[] => parseAccess(fileWith(variable), "access.yaml").problems.map(({ code }) => code);

describe("the variable that password_env names", () => {
  it.each(
    `GITHUB_TOKEN GH_TOKEN gh_token GITHUB_PAT ACTIONS_RUNTIME_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN RUNNER_TOKEN AWS_SECRET_ACCESS_KEY
    AWS_SESSION_TOKEN NPM_TOKEN npm_config_auth NODE_AUTH_TOKEN SSH_PRIVATE_KEY SSH_AUTH_SOCK DEPLOY_PRIVATE_KEY CI_JOB_TOKEN CI_JOB_JWT_V2
    CI_REGISTRY_PASSWORD AZURE_CLIENT_SECRET ARM_CLIENT_SECRET GOOGLE_APPLICATION_CREDENTIALS DOCKER_PASSWORD VAULT_TOKEN SLACK_WEBHOOK_URL
    OPENAI_API_KEY STRIPE_APIKEY PYPI_TOKEN KUBE_CONFIG`.split(/\s+/),
  )("%s is another's secret", (name) => {
    expect(codesOf(name)).toEqual(["refused-variable"]);
  });

  it.each("REPORTING_PASSWORD PGPASSWORD BATCH_TOKEN DB_PASSWORD CI_DB_PASSWORD GHOST_PASSWORD SSHIP_PASSWORD NPMDB_PASSWORD".split(" "))(
    "%s may be a password's",
    (name) => {
      expect(codesOf(name)).toEqual([]);
    },
  );
});

const jwt = (payload: object): string =>
  ["eyJhbGciOiJSUzI1NiJ9", Buffer.from(JSON.stringify(payload)).toString("base64url"), "c2lnbmF0dXJl"].join(".");
const X = "x1Y2z3A4b5C6d7E8f9G0h1I2j3K4l5M6n7O8";

describe("the password itself", () => {
  const read = async (value: string, env: Record<string, string> = {}): Promise<string | undefined> => {
    const cluster = parseAccess(fileWith("DB_PASSWORD"), "access.yaml").declared?.clusters.get("c");
    if (!cluster) throw new Error("broken");
    return await passwordOf(cluster, cluster.admin, null, { env: { ...env, DB_PASSWORD: value }, credentialsOf: () => undefined });
  };
  const messageOf = async (value: string, env: Record<string, string> = {}): Promise<string> => {
    const error = await read(value, env).then(
      () => null,
      (e: unknown) => e,
    );
    if (!(error instanceof ProblemsError)) throw new Error(`it was let pass: ${value}`);
    return renderProblems(error.problems, { color: false });
  };

  it.each([
    [`ghp_${X}`, "a GitHub token"],
    [`gho_${X}`, "a GitHub token"],
    [`ghs_${X}`, "a GitHub token"],
    [`github_pat_${X}`, "a GitHub token"],
    [` ghp_${X}\n`, "a GitHub token"],
    [`npm_${X}`, "an npm token"],
    [`glpat-${X}`, "a GitLab token"],
    [`glcbt-64_${X}`, "a GitLab token"],
    ["AKIAIOSFODNN7EXAMPLE", "an AWS access key"],
    ["ASIAIOSFODNN7EXAMPLE", "an AWS access key"],
    ["-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----", "a private key"],
    [["xoxb", "1234567890", X].join("-"), "a Slack token"],
    [`dckr_pat_${X}`, "a Docker token"],
    [`hvs.${X}`, "a Vault token"],
    [`pypi-${X}`, "a PyPI token"],
    [`sk-ant-${X}`, "a key of an API"],
    [jwt({ iss: "https://token.actions.githubusercontent.com", sub: "repo:a/b:pull_request" }), "a token of the runner"],
    [jwt({ iss: "https://ghe.example/_services/token" }), "a token of the runner"],
    [jwt({ iss: "https://gitlab.example", ci_config_ref_uri: "x" }), "a token of the runner"],
  ])("that is another's secret goes nowhere, and is not shown: %.12s", async (value, noun) => {
    const text = await messageOf(value);
    expect(text).toContain(`looks like ${noun}: it was sent to no server. [refused-variable]`);
    expect(text).toContain("connections of a pull request are not followed before the merge");
    for (const part of value.trim().split(/\s/)) if (part.length > 12) expect(text).not.toContain(part.slice(-12));
    expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(3);
  });

  it("that another variable holds is that one's, whatever it looks like", async () => {
    for (const name of ["GITHUB_TOKEN", "AWS_SESSION_TOKEN", "ACTIONS_RUNTIME_TOKEN", "CI_JOB_TOKEN"])
      expect(await messageOf("opaque", { [name]: "opaque" })).toContain(`looks like what ${name} holds`);
  });

  it.each([
    "hunter2",
    "npm_",
    "ghp_short",
    "AKIAIOSFODNN7EXAMPLE1",
    "eyJ.eyJ.x",
    "ya29.a0AfH6SNx1Y2z3A4b5",
    jwt({ iss: "https://sts.windows.net/x/", aud: "https://ossrdbms-aad.database.windows.net" }),
  ])("that is one is sent: %.20s", async (value) => {
    expect(await read(value, { GITHUB_TOKEN: "other" })).toBe(value);
  });
});
