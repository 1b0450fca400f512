import { asksOf } from "../../src/access/leak-asks.js";
import { type Judgement, judge } from "../../src/access/leak-judge.js";
import { subjectsOf } from "../../src/access/leak-subjects.js";
import { accountOf, type Facts, factsOf } from "../../src/facts/facts.js";
import { THINGS } from "../../src/kinds/things.js";
import type { Declared } from "../../src/model/declared.js";
import type { AccountSnapshot } from "../../src/model/snapshot.js";
import { fakeCluster } from "./fake-snapshot.js";
import { ACCOUNT_ID, documentOf, emptyAccount, iamRole, parse, TRUST, worldOf } from "./stage.js";

const CLUSTERS = 20;
const USERS = 10;
/** Different documents; one in six means something else to each who carries it. */
const DOCUMENTS = 60;

/** An account in which so many IAM roles, users and groups carry two documents each, beside clusters with 200 doors. */
export function manyPrincipals(count: number): { readonly declared: Declared; readonly facts: Facts } {
  const clusters = Array.from({ length: CLUSTERS }, (_, i) => `c${i}`);
  const users = Array.from({ length: USERS }, (_, i) => `u${i}`);
  const declared = parse(`version: 1
owner: acme/access
accounts: { db: { id: "${ACCOUNT_ID}", region: us-east-2 } }
clusters:
${clusters.map((name) => `  ${name}: { account: db, rds: { cluster: ${name} }, admin: { user: access_admin, auth: iam }, databases: { demo: {} } }`).join("\n")}
defaults: { clusters: [${clusters.join()}] }
users: { ${users.map((name) => `${name}: { login: iam }`).join()} }
iam_roles: { app: { account: db, trust: [{ account: db }], connect: [{ user: u0, clusters: [c0] }] } }
`);
  const snapshot = worldOf(
    clusters.map((name) => fakeCluster(name, `cluster-${name}`)),
    [accountWith(count)],
  );
  return { declared, facts: factsOf({ declared, snapshot, things: THINGS, keepOrphans: false }) };
}

export function judgeAll({ declared, facts }: ReturnType<typeof manyPrincipals>): Judgement {
  const account = accountOf(facts, "db");
  return judge(subjectsOf(facts, account), asksOf(declared, facts, account));
}

function accountWith(count: number): AccountSnapshot {
  const documents = Array.from({ length: DOCUMENTS }, (_, i) => documentNumber(i));
  const all = Array.from({ length: count }, (_, i) => ({ name: `p${i}`, kind: i % 10 === 9 ? "group" : i % 2 ? "user" : "role" }) as const);
  const of = (kind: string) => all.filter((one) => one.kind === kind).map(({ name }) => name);
  const head = (kind: string, name: string) => ({ name, path: "/", arn: `arn:aws:iam::${ACCOUNT_ID}:${kind}/${name}` });
  const groups = of("group");
  return emptyAccount({
    roles: new Map([...of("role"), "app"].map((name) => iamRole(name, TRUST, "/", []))),
    users: new Map(of("user").map((name, i) => [name, { ...head("user", name), groups: groups.slice(i % 7, (i % 7) + 1) }])),
    groups: new Map(groups.map((name) => [name, head("group", name)])),
    foreign: new Map(
      all.map(({ name, kind }, i) => {
        const inline = [i, i * 7 + 1].map((n, j) => ({ name: `own-${j}`, document: documents[n % DOCUMENTS] ?? "" }));
        return [`${kind}/${name}`, { inline, attached: [] }];
      }),
    ),
  });
}

function documentNumber(i: number): string {
  const user = i % 6 === 0 ? `\${aws:username}` : i % 6 === 1 ? "*" : `u${i}`;
  const resource = `arn:aws:rds-db:us-east-2:${ACCOUNT_ID}:dbuser:${i % 3 ? "*" : `cluster-c${i % CLUSTERS}`}/${user}`;
  return documentOf(
    { Effect: "Allow", Action: ["s3:GetObject", `logs:Put${i}`], Resource: "*" },
    { Effect: "Allow", Action: "rds-db:connect", Resource: resource },
  );
}
