/**
 * Secrets that are no database's: a file that names their variable would send them to a server. Of the runner, of package registries, of
 * SSH, of clouds. `CI_` as a whole is not refused: GitLab's users name their own variables so.
 */
const NAMES =
  /^(AWS|GITHUB|GH|ACTIONS|RUNNER|NPM|NODE|SSH|GPG|AZURE|ARM|GOOGLE|GCP|GCLOUD|DOCKER|VAULT|SLACK|PYPI|TWINE|CARGO|KUBE)_|^CI_(JOB_TOKEN|JOB_JWT|BUILD_TOKEN|REGISTRY_PASSWORD|DEPLOY_PASSWORD|REPOSITORY_URL)|_(API_?KEY|PRIVATE_KEY|WEBHOOK(_URL)?)$/i;

/** Whether a variable of this name may hold no database's password. */
export const isForeignVariable = (name: string): boolean => NAMES.test(name);

/** By what its makers put in front. `ya29.` and JWTs of others are left out: Cloud SQL and Entra ID take them as passwords. */
const SHAPES: readonly (readonly [noun: string, shape: RegExp])[] = [
  ["a GitHub token", /^(gh[a-z]_|github_pat_)\w{16}/],
  ["an npm token", /^npm_\w{16}/],
  ["a GitLab token", /^gl[a-z]{2,5}-[\w-]{16}/],
  ["an AWS access key", /^(AKIA|ASIA)[A-Z0-9]{16}$/],
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a Slack token", /^xox[a-z]-\w+-\w/],
  ["a Docker token", /^dckr_(pat|oat)_\w/],
  ["a Vault token", /^hv[bsr]\.\w{16}/],
  ["a PyPI token", /^pypi-\w{16}/],
  ["a key of an API", /^(sk-[\w-]{20}|AIza[\w-]{35}$|SG\.[\w-]{16})/],
];

/** Variables whose very value is one: copied into another it stays what it is. */
const HOLDERS = [
  "GITHUB_TOKEN",
  "GH_TOKEN",
  "ACTIONS_RUNTIME_TOKEN",
  "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
  "NPM_TOKEN",
  "NODE_AUTH_TOKEN",
].concat(["CI_JOB_TOKEN", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "VAULT_TOKEN"]);

/** What a value is by its looks, such as `a GitHub token`; null: it may be a password. */
export function foreignSecret(value: string, env: Readonly<Record<string, string | undefined>>): string | null {
  const known = SHAPES.find(([, shape]) => shape.test(value.trim()));
  if (known) return known[0];
  if (isRunnersJwt(value.trim())) return "a token of the runner";
  const holder = value === "" ? undefined : HOLDERS.find((name) => env[name] === value);
  return holder ? `what ${holder} holds` : null;
}

/** GitHub's tokens for its own services and for OIDC, GitLab's for OIDC, by their issuer and what they say of the job. */
function isRunnersJwt(value: string): boolean {
  const [, payload] = /^eyJ[\w-]+\.(eyJ[\w-]+)\.[\w-]+$/.exec(value) ?? [];
  if (payload === undefined) return false;
  try {
    const text = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    return /actions\.githubusercontent\.com|_services\/token|"(runner_environment|runner_id|ci_config_ref_uri|job_workflow_ref)":/.test(
      text,
    );
  } catch {
    return false;
  }
}
