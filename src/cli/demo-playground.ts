/** Something that somebody does by hand behind the file's back. */
export interface Break {
  readonly what: string;
  readonly by: { readonly user: string; readonly sql: string } | { readonly role: string; readonly policy: string };
  /** What the next plan says of it. */
  readonly plan: string;
}

export const OWNER = "app_owner";
export const ADMIN = "access_admin";

export const BREAKS: readonly Break[] = [
  {
    what: "The tables' owner gives a reader more than the file says",
    by: { user: OWNER, sql: "GRANT DELETE ON pgdemo.orders TO oltp_ro_role" },
    plan: "- oltp_ro_role loses delete on table pgdemo.orders",
  },
  {
    what: "An admin lets the monitoring user write, for once",
    by: { user: ADMIN, sql: "GRANT oltp_rw_role TO pgmonitor" },
    plan: "- pgmonitor loses membership in role oltp_rw_role",
  },
  {
    what: "Somebody detaches a policy in AWS: oltp_rw_user stands before a closed door",
    by: { role: "pgdemo-oltp-rw-role", policy: "arn:aws:iam::111122223333:policy/pgdemo-oltp-rw-user-policy" },
    plan: "+ IAM role pgdemo-oltp-rw-role gains IAM policy pgdemo-oltp-rw-user-policy in account db",
  },
];

/** Of another AWS or PostgreSQL that a user of the demo may work with: they would be taken in place of its own, or beside them. */
export const FOREIGN: readonly string[] = ["AWS_PROFILE", "AWS_SESSION_TOKEN", "PGPASSWORD", "PGOPTIONS", "PGSERVICE"];

export interface Kept {
  readonly env: Readonly<Record<string, string>>;
  readonly address: string;
  readonly caFile: string;
}

/** What one can do with a demo that stays up: everything is one paste into a second terminal. `file`: where its access.yaml lies. */
export function playground(world: Kept, file: string): string {
  const exported = Object.entries({ ...world.env, PGACCORD_DEMO: world.address });
  const at = `${file === "access.yaml" ? "" : ` -f ${quoted(file)}`} --address demo=${world.address}`;
  return `
The servers stay up until Ctrl-C. In a second terminal, in this folder, paste:

unset ${FOREIGN.join(" ")}
${exported.map(([name, value]) => `export ${name}=${quoted(value)}`).join("\n")}

What the file says, and what is so (change ${file} and see):

npx pgaccord plan${at}
npx pgaccord plan --format sql${at}
npx pgaccord apply${at}

As the owner of the tables, as the admin, and as two users by the doors of the file; each asks for a fresh token:

${[OWNER, ADMIN, "oltp_rw_user", "oltp_ro_user"].map((user) => psql(world, user)).join("\n")}

Without psql: npx pgaccord demo sql USER "STATEMENT", for example

npx pgaccord demo sql oltp_rw_user "SELECT * FROM pgdemo.products"

Three things to break. After each, plan shows it, apply repairs it, and the plan is empty again:

${BREAKS.map((one, i) => `${i + 1}. ${one.what}.\n   ${byHand(one)}\n   or, without psql and the AWS CLI: npx pgaccord demo break ${i + 1}\n   The plan then says: ${one.plan}`).join("\n\n")}
`;
}

const quoted = (text: string): string => (/^[\w./:@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** Whoever owns does not log in: the admin does, and becomes the owner. */
export function urlOf(address: string, ca: string, user: string): string {
  const port = address.slice(address.lastIndexOf(":") + 1);
  const options = user === OWNER ? `&options=${inUrl(`-c role=${OWNER}`)}` : "";
  // By name: psql before 15 does not find an IP address in a certificate.
  return `postgresql://${loginOf(user)}@localhost:${port}/demo?sslmode=verify-full&sslrootcert=${inUrl(ca)}${options}`;
}

/** Safe between a shell's double quotes, too. */
const inUrl = (text: string): string => encodeURIComponent(text).replaceAll("'", "%27");

const loginOf = (user: string): string => (user === OWNER ? ADMIN : user);

const psql = (world: Kept, user: string): string =>
  `PGPASSWORD="$(npx pgaccord demo token ${loginOf(user)})" psql "${urlOf(world.address, world.caFile, user)}"`;

function byHand({ by }: Break): string {
  if ("sql" in by) return `as ${by.user}: ${by.sql};`;
  return `aws iam detach-role-policy --role-name ${by.role} --policy-arn ${by.policy}`;
}
