import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../src/sandbox/tied-process.js";
import { type Asked, type Here, run, type Said } from "./here.js";

/** One thing that is wrong around a file that is good. */
export interface Environment {
  readonly name: string;
  readonly code: number;
  readonly run: (here: Here) => Promise<Said>;
}

interface Cluster {
  readonly address?: string;
  readonly admin?: string;
  readonly more?: string;
  readonly databases?: string;
}

const ROLE = "roles: { ro: { grants: { shop: { database: [connect] } } } }\n";

/** A file about the one server. */
const local = (here: Here, { address, admin, more = "", databases = "shop: {}" }: Cluster = {}, roles = ROLE): string =>
  `version: 1\nowner: acme/access\nclusters:\n  main:\n    address: ${address ?? `127.0.0.1:${here.postgres.port}`}\n    admin: ${
    admin ?? "{ user: postgres, auth: none }"
  }\n${more}    databases: { ${databases} }\ndefaults: { clusters: [main] }\n${roles}`;

const AWS_FILE = `version: 1
owner: acme/access
accounts: { db: { id: "111122223333", region: us-east-2 } }
clusters:
  demo: { account: db, rds: { cluster: demo-aurora }, admin: { user: access_admin, auth: iam }, databases: { shop: {} } }
defaults: { clusters: [demo] }
${ROLE}`;

const identity = (account: string): string =>
  `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::${account}:user/me</Arn><UserId>A</UserId><Account>${account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
const awsError = (code: string, message: string): string =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

const planned = async (here: Here, text: string, asked: Asked = {}): Promise<Said> => {
  here.write("access.yaml", text);
  return await run(here, "plan", null, asked);
};
const applied = async (here: Here, text: string, asked: Asked = {}): Promise<Said> => {
  here.write("access.yaml", text);
  return await run(here, "apply", null, asked);
};
const aws = (status: number, body: string, env: Readonly<Record<string, string>> = {}) => {
  return async (here: Here): Promise<Said> => {
    here.answer(status, body);
    return await planned(here, AWS_FILE, { env });
  };
};

/** A plan is saved, something is done to it, and then it is applied. */
const saved = (change: (text: string, here: Here) => string, asked: Asked = {}) => {
  return async (here: Here): Promise<Said> => {
    const path = join(here.folder, "it.plan");
    await planned(here, local(here), { options: { out: path } });
    writeFileSync(path, change(readFileSync(path, "utf8"), here));
    return await run(here, "apply", path, { ...asked, options: { yes: true, ...asked.options } });
  };
};

const CONNECTIONS: readonly Environment[] = [
  {
    name: "missing-variable",
    code: 1,
    run: (here) => planned(here, local(here, { admin: "{ user: postgres, password_env: PG_PASSWORD }" })),
  },
  {
    name: "missing-variables-of-admin-and-reader",
    code: 1,
    run: (here) =>
      applied(
        here,
        local(here, {
          admin: "{ user: postgres, password_env: ADMIN_PASSWORD }",
          databases:
            "shop: {} }\n  other: { address: 'localhost:1', admin: { user: boss, password_env: OTHER_PASSWORD }, databases: { x: {} }",
        }),
        { options: { yes: true } },
      ),
  },
  {
    name: "wrong-password",
    code: 1,
    run: (here) =>
      planned(here, local(here, { admin: "{ user: with_password, password_env: PG_PASSWORD }" }), { env: { PG_PASSWORD: "hunter2" } }),
  },
  {
    name: "password-where-none-is-given",
    code: 1,
    run: (here) => planned(here, local(here, { admin: "{ user: with_password, auth: none }" })),
  },
  { name: "server-down", code: 1, run: async (here) => planned(here, local(here, { address: `127.0.0.1:${await freePort()}` })) },
  { name: "wrong-port-another-protocol", code: 1, run: (here) => planned(here, local(here, { address: here.aws })) },
  { name: "unknown-host", code: 1, run: (here) => planned(here, local(here, { address: "no-such-host.invalid:5432" })) },
  {
    name: "tls-refused-by-the-server",
    code: 1,
    run: (here) => planned(here, local(here, { address: here.plain, more: "    tls: { mode: verify-full }\n" })),
  },
  {
    name: "unknown-certificate-authority",
    code: 1,
    run: (here) => planned(here, local(here, { more: "    tls: { mode: verify-full }\n" })),
  },
  {
    name: "certificates-that-are-not-there",
    code: 1,
    run: (here) => planned(here, local(here, { more: "    tls: { ca: certs/none.pem }\n" })),
  },
  { name: "no-such-user", code: 1, run: (here) => planned(here, local(here, { admin: "{ user: stranger, auth: none }" })) },
  { name: "user-without-login", code: 1, run: (here) => planned(here, local(here, { admin: "{ user: nobody, auth: none }" })) },
  { name: "refused-by-pg-hba", code: 1, run: (here) => planned(here, local(here, { admin: "{ user: locked_out, auth: none }" })) },
  {
    name: "reader-without-connect",
    code: 1,
    run: (here) => planned(here, local(here, { more: "    reader: { user: reader, auth: none }\n" })),
  },
  { name: "no-database", code: 1, run: (here) => planned(here, local(here, { databases: "shop: {}, shpo: {}" })) },
  {
    name: "no-database-of-the-admin",
    code: 1,
    run: (here) => planned(here, local(here, { admin: "{ user: postgres, auth: none, database: postgers }" })),
  },
  {
    name: "admin-without-createrole",
    code: 1,
    run: (here) => planned(here, local(here, { admin: "{ user: weak, auth: none }", databases: "postgres: {}" }, "roles: { ro: {} }\n")),
  },
  {
    name: "standby",
    code: 1,
    run: async (here) => {
      await here.postgres.sql("CREATE DATABASE standby");
      // A function of the same name that a real standby would answer for.
      await here.postgres.sql(
        "ALTER FUNCTION pg_catalog.pg_is_in_recovery() RENAME TO was_in_recovery; CREATE FUNCTION pg_catalog.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "standby",
      );
      return applied(here, local(here, { admin: "{ user: postgres, auth: none, database: standby }" }), { options: { yes: true } });
    },
  },
  {
    name: "locked",
    code: 1,
    run: async (here) => {
      const holder = await here.postgres.connect();
      await holder.query("SET application_name = 'pgaccord'; SELECT pg_advisory_lock(31638865368543090)");
      const said = await applied(here, local(here), { options: { yes: true } });
      await holder.end();
      return said;
    },
  },
  {
    name: "nothing-can-be-read-apply",
    code: 1,
    run: async (here) => applied(here, local(here, { address: `127.0.0.1:${await freePort()}` }), { options: { yes: true } }),
  },
];

const PAGE = "<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Welcome to the proxy<br></p></body></html>";
const XML_PAGE = "<html><body><p>It works</p></body></html>";

const AWS: readonly Environment[] = [
  { name: "aws-wrong-account", code: 1, run: aws(200, identity("999922223333")) },
  {
    name: "aws-expired-credentials",
    code: 1,
    run: aws(403, awsError("ExpiredToken", "The security token included in the request is expired")),
  },
  {
    name: "aws-refused-credentials",
    code: 1,
    run: aws(403, awsError("InvalidClientTokenId", "The security token included in the request is invalid.")),
  },
  {
    name: "aws-access-denied",
    code: 1,
    run: aws(403, awsError("AccessDenied", "User: arn:aws:iam::111122223333:user/me is not authorized")),
  },
  { name: "aws-unknown-failure", code: 1, run: aws(400, awsError("OddFailure", "Something odd happened")) },
  { name: "aws-page-of-a-proxy", code: 1, run: aws(200, PAGE) },
  { name: "aws-page-that-is-xml", code: 1, run: aws(200, XML_PAGE) },
  { name: "aws-endpoint-without-a-scheme", code: 1, run: aws(200, "", { AWS_ENDPOINT_URL: "user:hunter2@localhost:5000" }) },
  { name: "aws-no-credentials", code: 1, run: aws(200, "", { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" }) },
  { name: "aws-missing-profile", code: 1, run: aws(200, "", { AWS_PROFILE: "nowhere" }) },
  { name: "aws-unreachable-region", code: 1, run: aws(200, "", { AWS_ENDPOINT_URL: "http://sts.us-esat-2.invalid" }) },
];

const FILES: readonly Environment[] = [
  {
    name: "out-in-a-missing-folder",
    code: 1,
    run: (here) => planned(here, local(here), { options: { out: join(here.folder, "none", "it.plan") } }),
  },
  {
    name: "out-is-a-folder",
    code: 1,
    run: async (here) => {
      mkdirSync(join(here.folder, "folder.plan"), { recursive: true });
      return planned(here, local(here), { options: { out: join(here.folder, "folder.plan") } });
    },
  },
  { name: "file-is-a-folder", code: 1, run: (here) => run(here, "plan", null, { options: { file: here.folder } }) },
  { name: "file-is-missing", code: 1, run: (here) => run(here, "apply", null, { options: { file: join(here.folder, "none.yaml") } }) },
  {
    name: "file-behind-a-file",
    code: 1,
    run: (here) => run(here, "validate", null, { options: { file: join(here.write("f", ""), "access.yaml") } }),
  },
  {
    name: "file-is-no-text",
    code: 1,
    run: (here) =>
      run(here, "validate", null, { options: { file: here.write("binary", Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 0x0a, 0xff)) } }),
  },
  { name: "file-with-errors-apply", code: 1, run: (here) => applied(here, "version: 1\nowner: a\nclusters: demo\n") },
  {
    name: "plan-with-errors-apply",
    code: 1,
    run: (here) =>
      applied(here, local(here, {}, "roles: { ro: { grants: { shop: { schemas: { gone: [usage] } } } } }\n"), { options: { yes: true } }),
  },
  { name: "plan-edited", code: 3, run: saved((text) => text.replace("GRANT CONNECT", "GRANT CREATE")) },
  { name: "plan-of-another-version", code: 3, run: (here) => run(here, "apply", here.write("v.plan", versionTwo()), {}) },
  { name: "plan-cut-off", code: 3, run: saved((text) => text.slice(0, text.length / 2)) },
  { name: "plan-empty", code: 3, run: saved(() => "") },
  { name: "plan-is-another-json", code: 3, run: saved(() => '{ "name": "x" }\n') },
  { name: "plan-is-an-access-file", code: 3, run: (here) => run(here, "apply", here.write("access.yaml", local(here)), {}) },
  { name: "plan-is-a-folder", code: 1, run: (here) => run(here, "apply", here.folder, {}) },
  { name: "plan-is-missing", code: 1, run: (here) => run(here, "apply", join(here.folder, "none.plan"), {}) },
  {
    name: "plan-of-another-file",
    code: 3,
    run: (here) =>
      saved((text) => text, { options: { fileGiven: true, file: here.write("other.yaml", `${local(here)}# another\n`) } })(here),
  },
  { name: "plan-of-a-file-that-is-gone", code: 1, run: async (here) => goneFile(here) },
  { name: "plan-for-other-clusters", code: 3, run: saved((text) => text, { options: { cluster: ["main"] } }) },
  { name: "cluster-that-matches-nothing", code: 1, run: (here) => planned(here, local(here), { options: { cluster: ["prod*"] } }) },
  {
    name: "address-of-no-cluster",
    code: 1,
    run: (here) => planned(here, local(here), { options: { address: [["prod", "127.0.0.1:1"]] } }),
  },
  { name: "malformed-digest", code: 1, run: (here) => applied(here, local(here), { options: { digest: "abc" } }) },
  {
    name: "another-digest",
    code: 3,
    run: (here) => applied(here, local(here), { options: { digest: `sha256:${"0".repeat(64)}`, yes: true } }),
  },
  {
    name: "unknown-allowances",
    code: 1,
    run: (here) => applied(here, local(here), { options: { allow: ["everything", "mass-delete", "adopt-narrows="] } }),
  },
  { name: "github-apply-malformed-digest", code: 1, run: (here) => run(here, "github apply", null, { options: { digest: "abc" } }) },
  {
    name: "github-apply-unknown-allowances",
    code: 1,
    run: (here) => run(here, "github apply", null, { options: { allow: ["x", "y=z"] } }),
  },
  { name: "github-apply-outside-of-github", code: 1, run: (here) => run(here, "github apply", null, {}) },
  { name: "nobody-to-ask", code: 3, run: (here) => applied(here, local(here)) },
  { name: "answered-y", code: 3, run: (here) => applied(here, local(here), { answer: "y" }) },
  { name: "left-the-prompt", code: 3, run: (here) => applied(here, local(here), { answer: null }) },
  // Last: what the others plan is done.
  { name: "answered-yes", code: 0, run: (here) => applied(here, local(here), { answer: "yes" }) },
];

/** What a later pgaccord might save. */
const versionTwo = (): string => readFileSync(join(import.meta.dirname, "version-two.plan"), "utf8");

async function goneFile(here: Here): Promise<Said> {
  const file = here.write("gone.yaml", local(here));
  const path = join(here.folder, "gone.plan");
  await run(here, "plan", null, { options: { file, out: path } });
  (await import("node:fs")).rmSync(file);
  return await run(here, "apply", path, { options: { yes: true } });
}

export const ENVIRONMENTS: readonly Environment[] = [...CONNECTIONS, ...AWS, ...FILES];
