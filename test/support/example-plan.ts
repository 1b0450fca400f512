import type { Gap, Net, Residue } from "../../src/model/net.js";
import type { Plan } from "../../src/model/plan.js";
import { warningProblem } from "../../src/model/problem.js";
import type { Key } from "../../src/model/resource.js";
import type { Effect } from "../../src/model/right.js";
import { fakeChange, fakePlan, item, membershipThing, PLAIN_MEMBER, role, SERVER, tableThing } from "./fake-plan.js";

const CRM = Array.from({ length: 12 }, (_, i) => tableThing(`t${i}`, "crm"));
const at = (line: number, pattern: string | null = null) => ({ file: "access.yaml", line, column: 5, pattern, until: null });
const TARGET = { type: "cluster", name: "main" } as const;

/** Who reaches what in the end, one of each sort. */
export const exampleNet: readonly Net[] = [
  { who: role("carol"), items: [], nowThrough: [role("analyst")] },
  { who: role("dave"), items: [], nowThrough: [role("analyst")] },
  {
    who: role("etl"),
    items: [{ verbs: ["insert"], examples: [tableThing("loads", "raw")], count: 1, from: 3, to: 0, through: [] }],
    nowThrough: [],
  },
  {
    who: role("frank"),
    items: [
      {
        verbs: ["select"],
        examples: [tableThing("t0", "crm"), tableThing("t1", "crm")],
        count: 12,
        from: 0,
        to: 3,
        through: [role("analyst")],
      },
    ],
    nowThrough: [],
  },
];

/** Carol is without a table while two databases are changed one after the other. */
export const exampleGaps: readonly Gap[] = [
  { who: role("carol"), verbs: ["select"], examples: [tableThing("notes", "crm")], count: 1, from: "u1", to: "u2" },
];

const STAYS: readonly Effect[] = [
  { effect: "loses", who: role("old_app"), verbs: ["select"], on: tableThing("legacy", "crm"), terms: {}, other: null, sources: [] },
];
const exampleResidue: Residue = {
  target: TARGET,
  key: "pg.acl/main/shop/table/crm/legacy" as Key,
  effects: STAYS,
  grantor: "vendor",
  statements: ['SET ROLE "vendor"; REVOKE SELECT ON TABLE "crm"."legacy" FROM "old_app";'],
  problem: warningProblem("cannot-revoke", "on cluster main vendor gave it, and admin access_admin may not act as that.", {
    effects: STAYS,
    hint: 'Let a superuser run once: SET ROLE "vendor"; REVOKE SELECT ON TABLE "crm"."legacy" FROM "old_app";',
  }),
  accepted: null,
};

/** A plan with everything that a reader can meet: gains, losses, a net, a gap, a warning, a refusal, something that stays different. For tests and pictures. */
export const examplePlan = (): Plan =>
  fakePlan(
    [
      fakeChange("pg.role/main/analyst", {
        op: "create",
        kind: "pg.role",
        subject: { type: "role", name: "analyst", login: false },
        sources: [at(12)],
      }),
      ...["carol", "dave", "frank"].map((name, i) =>
        fakeChange(`pg.membership/main/analyst/${name}`, {
          op: "create",
          kind: "pg.membership",
          delta: [item(name, "gains", "member", { on: membershipThing("analyst"), terms: PLAIN_MEMBER, sources: [at(20 + i)] })],
        }),
      ),
      ...CRM.map((on, i) =>
        fakeChange(`pg.acl/main/shop/table/crm/t${i}`, {
          subject: { type: "privileges", on },
          delta: [
            item("analyst", "gains", "select", { sources: [at(14, "crm.*")] }),
            item("carol", "loses", "select"),
            item("dave", "loses", "select"),
          ],
        }),
      ),
      fakeChange("pg.acl/main/shop/table/raw/loads", {
        subject: { type: "privileges", on: tableThing("loads", "raw") },
        delta: [item("etl", "loses", "insert")],
      }),
      fakeChange("pg.role/main/old_app", {
        op: "delete",
        kind: "pg.role",
        subject: { type: "role", name: "old_app", login: true },
        delta: [item("old_app", "loses", "login", { on: { type: "login", server: SERVER } })],
      }),
    ],
    {
      targets: [{ target: TARGET, about: "PostgreSQL 17.10", identity: "1", databases: ["shop", "raw"] }],
      units: [
        { id: "u1", phase: "remove", site: { cluster: "main", database: "shop" }, mode: "transaction", after: [] },
        { id: "u2", phase: "add", site: { cluster: "main", database: "shop" }, mode: "transaction", after: ["u1"] },
      ],
      problems: [
        warningProblem("later-objects-not-covered", "crm.* gives nothing on later tables: shop has no creators.", {
          place: { file: "access.yaml", line: 14, column: 9 },
          hint: "Name who makes tables there: creators: [app_owner].",
        }),
        warningProblem("protected-name", "old_app is protected by safety.protect, and the plan touches it: delete user old_app.", {
          refuses: true,
          attention: true,
          hint: "Take the name out of the change, or out of safety.protect. To let it pass: --allow protected-name=old_app",
        }),
      ],
      net: exampleNet,
      gaps: exampleGaps,
      residue: [exampleResidue],
    },
  );
