import type { Plan } from "../../src/model/plan.js";
import type { Principal } from "../../src/model/principal.js";
import { warningProblem } from "../../src/model/problem.js";
import type { Target } from "../../src/model/resource.js";
import type { Delta } from "../../src/model/right.js";
import { fakeChange, fakePlan, fakeResidue, item, membershipThing, PLAIN_MEMBER, role, tableThing } from "./fake-plan.js";

/** A plan in which everything that the file or a server can name is called so. */
export function hostilePlan(name: string, file = name): Plan {
  const target: Target = { type: "cluster", name };
  const iam: Principal = { type: "iam", account: name, kind: "role", name };
  const on = tableThing(name, name);
  const source = { file, line: 100, column: 3, pattern: name, until: null };
  const gives: Delta = [item(name, "gains", "select", { sources: [source] }), item(name, "loses", "insert")];
  const member: Delta = [
    item(name, "gains", "member", { on: membershipThing(name), terms: PLAIN_MEMBER, sources: [source] }),
    item(name, "loses", "member", { on: membershipThing(name), terms: PLAIN_MEMBER }),
  ];
  const tables = Array.from({ length: 2 }, (_, i) => tableThing(`${name}${i}`, name));
  const changes = [
    fakeChange("r", { target, op: "create", kind: "pg.role", subject: { type: "role", name, login: true }, sources: [source] }),
    fakeChange("d", { target, op: "delete", kind: "pg.role", subject: { type: "role", name: `${name}x`, login: true } }),
    fakeChange("i", { target, op: "create", kind: "iam.role", subject: { type: "iam-role", name }, sources: [source] }),
    fakeChange("p", { target, op: "update", kind: "iam.policy", subject: { type: "iam-policy", name }, sources: [source] }),
    fakeChange("a", { target, op: "create", subject: { type: "attachment", policy: name, to: iam }, sources: [source] }),
    fakeChange("m", { target, kind: "pg.membership", delta: member }),
    fakeChange("t", { target, subject: { type: "privileges", on }, delta: gives }),
    ...tables.map((on, i) => fakeChange(`t${i}`, { target, subject: { type: "privileges", on }, delta: gives })),
  ];
  const problem = (refuses?: true) =>
    warningProblem("protected-name", `${name} is touched: ${name}.`, {
      ...(refuses ? { refuses, attention: refuses } : {}),
      hint: `To let it pass: --allow protected-name=${name}`,
      place: { file, line: 100, column: 3 },
    });
  return fakePlan(changes, {
    targets: [{ target, about: `PostgreSQL ${name}`, identity: "1", databases: [name] }],
    problems: [problem(true), problem(true), problem()],
    net: [
      {
        who: role(name),
        items: [{ verbs: ["insert"], examples: [on], count: 1, from: 3, to: 0, through: [role(name)] }],
        nowThrough: [role(name)],
      },
      { who: iam, items: [{ verbs: ["select"], examples: [on], count: 2, from: 0, to: 3, through: [role(name)] }], nowThrough: [] },
    ],
    units: [
      { id: "u1", phase: "remove", site: { cluster: name, database: name }, mode: "transaction", after: [] },
      { id: "u2", phase: "add", site: { cluster: name, database: name }, mode: "transaction", after: ["u1"] },
    ],
    gaps: [{ who: role(name), verbs: ["select"], examples: [on], count: 1, from: "u1", to: "u2" }],
    residue: [{ ...fakeResidue(name), target }],
  });
}
