import { describe, expect, it } from "vitest";
import type { Level, Net, NetItem } from "../../../src/model/net.js";
import type { Plan } from "../../../src/model/plan.js";
import type { Principal } from "../../../src/model/principal.js";
import { sha256 } from "../../../src/reconcile.js";
import { renderJson } from "../../../src/report/json.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { netBlocks } from "../../../src/report/net.js";
import { renderText } from "../../../src/report/text.js";
import { exampleGaps, exampleNet, examplePlan } from "../../support/example-plan.js";
import { fakeChange, fakePlan, item, role, SERVER, tableThing } from "../../support/fake-plan.js";

const text = (plan: Plan): string => renderText(plan, { color: false, verbose: false });
const some = (rest: Partial<NetItem> = {}): NetItem => ({
  verbs: ["select"],
  examples: [tableThing("notes", "crm")],
  count: 1,
  from: 0,
  to: 3,
  through: [],
  ...rest,
});
const net = (who: string | Principal, ...items: readonly NetItem[]): Net => ({
  who: typeof who === "string" ? role(who) : who,
  items,
  nowThrough: [],
});
const linesOf = (nets: readonly Net[], room = 12): string[] =>
  netBlocks(fakePlan([], { net: nets }), room).flatMap(({ lines }) => lines.map((line) => `${line.sign} ${line.text}`));
const door = { type: "door", resource: "us-east-2:111122223333:1", user: "app" } as const;

describe("the net of a plan", () => {
  it("stands below the rights, losses first, in text", () => {
    expect(text(examplePlan())).toContain(`
Net, cluster main:
  - etl loses insert on table raw.loads in shop
  + frank gains select on 12 tables of crm in shop (through analyst)
  = carol, dave: unchanged, now through analyst

Gaps, while it is applied:
  ! carol is without select on table crm.notes in shop between u1 (remove, database shop of cluster main) and u2 (add, database shop of cluster main)
`);
  });

  it("stands above them in markdown", () => {
    const out = renderMarkdown(examplePlan());
    expect(out).toContain(
      "### Net, cluster main\n\n- **etl loses insert on table raw.loads in shop**\n- frank gains select on 12 tables of crm in shop (through analyst)\n- carol, dave: unchanged, now through analyst\n",
    );
    expect(out).toContain(
      "- carol is without select on table crm.notes in shop between u1 (remove, database shop of cluster main) and u2 (add,",
    );
    expect(out.indexOf("### Gaps")).toBeLessThan(out.indexOf("### Net"));
    expect(out.indexOf("### Net")).toBeLessThan(out.indexOf("### Cluster main"));
  });

  it("is typed in JSON, with its words beside it", () => {
    const value = JSON.parse(renderJson(examplePlan(), sha256));
    expect(value.net.map((n: { title: string }) => n.title)).toEqual([
      "carol: unchanged, now through analyst",
      "dave: unchanged, now through analyst",
      "etl: changed",
      "frank: changed",
    ]);
    expect(value.net[3]).toMatchObject({
      who: { type: "role", name: "frank" },
      items: [
        {
          effect: "gains",
          title: "frank gains select on 12 tables of crm in shop (through analyst)",
          verbs: ["select"],
          examples: [{ of: { name: "t0" } }, { of: { name: "t1" } }],
          count: 12,
          from: 0,
          to: 3,
          through: [{ type: "role", name: "analyst" }],
        },
      ],
      now_through: [],
    });
    expect(value.net[2].items[0]).toMatchObject({ effect: "loses", from: 3, to: 0 });
    expect(value.gaps).toEqual([
      { ...exampleGaps[0], title: expect.stringMatching(/^carol is without select on table crm.notes in shop between u1 \(remove, /) },
    ]);
  });

  it.each<[Level, Level, string]>([
    [0, 3, "+ x gains select on table crm.notes"],
    [0, 2, "+ x gains select on table crm.notes (may, after SET ROLE)"],
    [0, 1, "+ x gains select on table crm.notes (could give it to itself)"],
    [1, 2, "+ x gains select on table crm.notes (may, after SET ROLE)"],
    [1, 3, "+ x gains select on table crm.notes (until now it could give it to itself)"],
    [2, 3, "+ x gains select on table crm.notes (until now only after SET ROLE)"],
    [3, 0, "- x loses select on table crm.notes"],
    [3, 2, "- x loses select on table crm.notes (still may, after SET ROLE)"],
    [3, 1, "- x loses select on table crm.notes (still could give it to itself)"],
    [2, 1, "- x loses select on table crm.notes (still could give it to itself)"],
    [2, 0, "- x loses select on table crm.notes (before: may, after SET ROLE)"],
    [1, 0, "- x loses select on table crm.notes (before: could give it to itself)"],
  ])("says levels %i to %i in words", (from, to, line) => {
    expect(linesOf([net("x", some({ from, to }))])).toEqual([line]);
  });

  it("says whose right it was and is", () => {
    const through = [role("analyst")];
    expect(linesOf([net("x", some({ from: 3, to: 2, through })), net("y", some({ through }))])).toEqual([
      "- x loses select on table crm.notes (still may, after SET ROLE; had it through analyst)",
      "+ y gains select on table crm.notes (through analyst)",
    ]);
    expect(linesOf([{ ...net("z", some()), nowThrough: through }])).toEqual([
      "+ z gains select on table crm.notes",
      "= z: the rest unchanged, now through analyst",
    ]);
  });

  it("calls PUBLIC everybody who can log in, and knows principals of AWS by their account", () => {
    const iam: Principal = { type: "iam", account: "111122223333", kind: "role", name: "app-role" };
    const target = { type: "account", name: "db" } as const;
    const targets = [...fakePlan([]).targets, { target, about: "", identity: "111122223333", databases: [] }];
    const nets = [
      net({ type: "public", cluster: "main" }, some()),
      net("y", some({ verbs: ["login"], examples: [{ type: "login", server: SERVER }] })),
      net(iam, some({ verbs: ["rds-db:connect"], examples: [door] })),
    ];
    const blocks = netBlocks(fakePlan([], { net: nets, targets }), 12);
    expect(blocks.map(({ place, lines }) => [place, lines.map(({ text: line }) => line)])).toEqual([
      ["cluster main", ["everybody who can log in gains select on table crm.notes", "y gains login to cluster main"]],
      ["AWS account db", ["IAM role app-role gains rds-db:connect as user app of cluster main"]],
    ]);
  });

  it("never counts PUBLIC as one of several, nor cuts what everybody gains", () => {
    const many = Array.from({ length: 40 }, (_, i) => net(`u${i}`, some({ count: 2 + i, verbs: [`p${i % 20}`] })));
    const all = linesOf([...many, net({ type: "public", cluster: "main" }, some({ verbs: ["p3"], count: 9 }))]);
    expect(all).toHaveLength(12);
    expect(all[0]).toBe("+ everybody who can log in gains p3 on 9 tables of crm");
    const rights = Array.from({ length: 40 }, (_, i) =>
      fakeChange(`t${i}`, { delta: [item(i === 39 ? { type: "public", cluster: "main" } : `r${i}`, "gains", "select")] }),
    );
    expect(text(fakePlan(rights))).toContain("  + PUBLIC gains select on table t39\n");
  });

  it("joins who differs in nothing else, and names every loser all the same", () => {
    const names = Array.from({ length: 9 }, (_, i) => `u${i}`);
    const lost = some({ from: 3, to: 0, examples: [tableThing("t", "s")] });
    expect(
      linesOf([...names.map((name) => net(name, some())), ...names.map((name) => ({ ...net(name), nowThrough: [role("g")] }))]),
    ).toEqual(["+ u0, u1 and 7 more gain select on table crm.notes", "= u0, u1 and 7 more: unchanged, now through g"]);
    expect(linesOf(names.map((name) => net(name, lost)))).toEqual(["- u0, u1, u2, u3, u4, u5, u6, u7, u8 lose select on table s.t"]);
  });

  it.each([1, 40, 400])("of %i losers of different things names each, and hides nothing that is lost", (count) => {
    const nets = Array.from({ length: count }, (_, i) => [
      net(
        `loser${i}`,
        some({ from: 3, to: 0, examples: [tableThing(`a${i}`, "s")] }),
        some({ from: 3, to: 0, examples: [tableThing(`b${i}`, "r")] }),
      ),
      net(`winner${i}`, some({ verbs: [`p${i}`] })),
    ]).flat();
    const plan = fakePlan([fakeChange("t", { delta: [item("x", "gains", "select")] })], { net: nets });
    for (const out of [text(plan), renderMarkdown(plan)]) {
      for (let i = 0; i < count; i++) {
        expect(out).toContain(`loser${i} loses`);
        expect(out).toContain(`table s.a${i}`);
      }
    }
    expect(text(plan).split("\n").length).toBeLessThan(2 * count + 50);
    if (count > 12) expect(text(plan)).toContain(`and ${count - 12} more lines without a loss: --verbose shows all`);
  });

  it("folds gains on many places and of many principals", () => {
    const nets = Array.from({ length: 30 }, (_, u) =>
      net(`u${u}`, ...Array.from({ length: 4 }, (_, s) => some({ examples: [tableThing("t", `s${s}`)], count: 10 + u }))),
    );
    expect(linesOf(nets)).toEqual(["+ 30 roles gain select on 2,940 tables of 4 schemas"]);
    expect(linesOf(nets.slice(0, 2))).toEqual([
      "+ u0 gains select on 10 tables of s0",
      "+ u0 gains select on 10 tables of s1",
      "+ u0 gains select on 10 tables of s2",
      "+ u0 gains select on 10 tables of s3",
      "+ u1 gains select on 11 tables of s0",
      "+ u1 gains select on 11 tables of s1",
      "+ u1 gains select on 11 tables of s2",
      "+ u1 gains select on 11 tables of s3",
    ]);
    expect(linesOf(nets.slice(0, 4))).toEqual([0, 1, 2, 3].map((u) => `+ u${u} gains select on ${40 + 4 * u} tables of 4 schemas`));
  });

  it("gives the same bytes for the same plan", () => {
    expect(exampleNet).toHaveLength(4);
    for (const render of [text, renderMarkdown, (plan: Plan) => renderJson(plan, sha256)])
      expect(render(examplePlan())).toBe(render(examplePlan()));
  });
});
