import { describe, expect, it } from "vitest";
import type { Change } from "../../../src/model/change.js";
import type { Plan } from "../../../src/model/plan.js";
import { countRights } from "../../../src/model/right.js";
import { renderText } from "../../../src/report/text.js";
import { type Block, walkPlan } from "../../../src/report/walk.js";
import { ADOPTION_FILE, adoptionWorld } from "../../support/adoption-world.js";
import { examplePlan } from "../../support/example-plan.js";
import { fakeChange, fakePlan, grantsOnTables, item, membershipThing, PLAIN_MEMBER, SERVER, tableThing } from "../../support/fake-plan.js";
import { planOf } from "../../support/stage.js";

const login = { type: "login", server: SERVER } as const;
const user = (name: string, op: Change["op"]): Change =>
  fakeChange(`pg.role/main/${name}`, {
    op,
    kind: "pg.role",
    subject: { type: "role", name, login: true },
    delta: [item(name, op === "delete" ? "loses" : "gains", "login", { on: login })],
  });
const member = (name: string, group: string, op: Change["op"]): Change =>
  fakeChange(`pg.membership/main/${group}/${name}`, {
    op,
    kind: "pg.membership",
    delta: [item(name, op === "delete" ? "loses" : "gains", "member", { on: membershipThing(group), terms: PLAIN_MEMBER })],
  });
const count = (n: number, make: (i: number) => Change): Change[] => Array.from({ length: n }, (_, i) => make(i));

/** Principals with different privileges on different numbers of tables: nothing of it multiplies. */
const uneven = (n: number, effect: "gains" | "loses"): Change[] =>
  count(n, (i) =>
    fakeChange(`pg.acl/${effect}/${i}`, {
      subject: { type: "privileges", on: tableThing(`${effect}${i}`, `s${i % 7}`) },
      delta: [
        item(`r${i % 13}`, effect, "select", { verbs: i % 3 === 0 ? ["select", "insert"] : ["select"] }),
        ...(i % 5 === 0 ? [item("everywhere", effect, "update")] : []),
      ],
    }),
  );

const laterLoss = (creator: string, schema: string): Change =>
  fakeChange(`later ${creator} ${schema}`, {
    kind: "pg.default-acl",
    subject: { type: "privileges", on: { type: "later", server: SERVER, database: "shop", creator, schema, objects: "tables" } },
    delta: Array.from({ length: 40 }, (_, i) => item(`r${i}`, "loses", "select")),
  });

const SCHEMAS = Array.from({ length: 30 }, (_, i) => `s${i}`);

const PLANS: readonly (readonly [string, Plan])[] = [
  ["150 tables of 20 roles in 50 schemas", fakePlan(grantsOnTables(150, 20, 50))],
  ["rights that do not multiply", fakePlan([...uneven(300, "gains"), ...uneven(200, "loses")])],
  [
    "users, memberships and privileges",
    fakePlan([
      ...count(30, (i) => user(`new${i}`, "create")),
      ...count(11, (i) => user(`old${i}`, "delete")),
      ...count(60, (i) => member(`m${i}`, `g${i % 4}`, i % 2 ? "create" : "delete")),
      ...uneven(40, "gains"),
    ]),
  ],
  ["later objects of several creators", fakePlan(["x", "y"].flatMap((creator) => SCHEMAS.map((schema) => laterLoss(creator, schema))))],
  ["odd ones", fakePlan(count(400, (i) => fakeChange(`t${i}`, { delta: [item(`r${i}`, "gains", `p${i}`)] })))],
  ["an adoption", planOf(ADOPTION_FILE, adoptionWorld())],
  ["the example", examplePlan()],
];
const ROOMS = [Number.POSITIVE_INFINITY, 49, 20, -100];

describe("what the lines of a plan say", () => {
  it.each(PLANS)("adds up to its counts, however coarse the fold: %s", (_, plan) => {
    for (const room of ROOMS) {
      const blocks = walkPlan(plan, room);
      const sum = (of: (block: Block) => number): number => blocks.reduce((n, block) => n + of(block), 0);
      const lines = (types: readonly string[]) =>
        sum((block) => block.lines.reduce((n, line) => n + (types.includes(line.type) ? line.rights : 0), 0));
      expect([room, lines(["gains", "create", "other"]) + sum((b) => b.hidden.rights)]).toEqual([room, plan.counts.gains]);
      expect([room, lines(["loses", "delete"])]).toEqual([room, plan.counts.loses]);
    }
  });

  it.each(PLANS)("adds up as text, too: %s", (_, plan) => {
    for (const verbose of [false, true]) {
      const text = renderText(plan, { color: false, verbose });
      const [, things = "", gained = "", lost = ""] = /^Plan: (?:(.*); )?([\d,]+) rights? gained, ([\d,]+) lost\.$/m.exec(text) ?? [];
      expect([number(gained), number(lost)]).toEqual([plan.counts.gains, plan.counts.loses]);
      expect(saidOf(text)).toEqual({ gained: number(gained), lost: number(lost), things: sumOf(things) });
    }
  });

  it("say so where several lose as many each", () => {
    const out = renderText(fakePlan(["x", "y"].flatMap((creator) => SCHEMAS.map((schema) => laterLoss(creator, schema)))), {
      color: false,
      verbose: false,
    });
    expect(out).toMatch(/ r38, r39 lose select on later tables of 30 schemas, 60 rights each \(not in the file\)/);
  });

  it("do not call a membership or a privilege a thing that is deleted or changed", () => {
    const plan = fakePlan([member("x", "g", "delete"), member("y", "g", "create"), user("z", "delete"), ...grantsOnTables(3, 1, 1)]);
    expect(renderText(plan, { color: false, verbose: false })).toContain("\nPlan: 1 to delete; 4 rights gained, 2 lost.\n");
    expect(plan.changes.reduce((n, c) => n + countRights(c.delta, "loses"), 0)).toBe(2);
  });
});

const number = (text: string): number => Number(text.replaceAll(",", ""));
/** `30 to create, 11 to delete`. */
const sumOf = (text: string): number => [...text.matchAll(/[\d,]*\d/g)].reduce((n, [digits]) => n + number(digits), 0);

interface Said {
  readonly gained: number;
  readonly lost: number;
  readonly things: number;
}

/** Reads a plan as a person does: `2 roles gain select, insert on 3 tables of s` are 12 rights, unless their number stands there. */
const saidOf = (text: string): Said =>
  text
    .slice(0, text.indexOf("\n\n"))
    .split("\n")
    .slice(1)
    .map((line) => saidInLine(line.replace(/ \((not in the file|[^()]*access\.yaml[^()]*)\)$/, "")))
    .reduce((sum, one) => ({ gained: sum.gained + one.gained, lost: sum.lost + one.lost, things: sum.things + one.things }));

function saidInLine(line: string): Said {
  const [hidden, more = "0", moreRights = "0"] =
    /^ {4}and (?:([\d,]+) more things?)?(?:, )?(?:([\d,]+) more rights? gained)?: --verbose/.exec(line) ?? [];
  if (hidden) return { gained: number(moreRights), lost: 0, things: number(more) };
  const [, who = "", verb, what = ""] = /^ {2}[+-] (.+?) (gains?|loses?) (.+)$/.exec(line) ?? [];
  if (verb === undefined) return saidInTitle(line);
  const whos = number(/^([\d,]+) /.exec(who)?.[1] ?? String(who.split(", ").length));
  const rights = what.split("; ").reduce((n, clause) => n + rightsSaid(clause, whos), 0);
  return verb.startsWith("gain") ? { gained: rights, lost: 0, things: 0 } : { gained: 0, lost: rights, things: 0 };
}

/** A user is somebody who may log in: that is a right. */
function saidInTitle(line: string): Said {
  const [, verb, many = "1", noun] = /^ {2}[+~-] (create|adopt|delete) (?:([\d,]+) )?(user|role)/.exec(line) ?? [];
  const rights = noun === "user" && verb !== "adopt" ? number(many) : 0;
  return { gained: verb === "create" ? rights : 0, lost: verb === "delete" ? rights : 0, things: number(many) };
}

function rightsSaid(clause: string, whos: number): number {
  const [, stated, each] = /(?:^|, )([\d,]+) rights?( each)?(?: on .*)?$/.exec(clause) ?? [];
  if (stated !== undefined) return number(stated) * (each ? whos : 1);
  const [verbs = "", on = ""] = clause.split(/ (?:on|in|to) (.*)/s);
  const many = /^([\d,]+) /.exec(on)?.[1];
  return whos * verbs.split(", ").length * (many === undefined ? on.split(/, (?=table|role|schema)/).length : number(many));
}
