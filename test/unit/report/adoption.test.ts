import { describe, expect, it } from "vitest";
import type { NetItem } from "../../../src/model/net.js";
import type { Plan } from "../../../src/model/plan.js";
import { warningProblem } from "../../../src/model/problem.js";
import { renderMarkdown } from "../../../src/report/markdown.js";
import { renderText } from "../../../src/report/text.js";
import { ADOPTION_FILE, adoptionNet, adoptionWorld, HAND_MADE, LOSERS } from "../../support/adoption-world.js";
import { role } from "../../support/fake-plan.js";
import { planOf } from "../../support/stage.js";

const text = (plan: Plan, verbose = false): string => renderText(plan, { color: false, verbose });
const entities = (out: string): string => out.replaceAll("&#95;", "_");
/** With what is told of those who reach the same on another way. */
const guarded = (plan: Plan): Plan => ({
  ...plan,
  net: adoptionNet(),
  problems: LOSERS.map((name) =>
    warningProblem("adopt-narrows", `Adopting ${name} would take 3 rights from it.`, {
      key: plan.changes.find((c) => c.subject.type === "role" && c.subject.name === name)?.key ?? null,
      refuses: true,
      attention: true,
      hint: `Put what it needs into the file. To let it pass: --allow adopt-narrows=${name}`,
    }),
  ),
});

describe("the adoption of 27 roles in 3 databases, 18 of which lose what they hold directly and get it by their group", () => {
  const plan = guarded(planOf(ADOPTION_FILE, adoptionWorld()));

  it("is 872 lines, or two screens at most", () => {
    expect(text(plan, true).split("\n").length).toBeGreaterThan(817);
    expect(text(plan).split("\n").length).toBeLessThanOrEqual(100);
    expect(renderMarkdown(plan).split("\n").length).toBeLessThanOrEqual(100);
  });

  it.each([
    ["text", (of: Plan) => text(of)],
    ["markdown", (of: Plan) => entities(renderMarkdown(of))],
  ])("shows every right that is lost in the end, and nobody else as a loser, in %s", (_, render) => {
    const out = render(plan);
    for (const { user, database, table } of HAND_MADE)
      expect(out).toContain(`${user} loses select on table archive.${table} in ${database}`);
    expect(out).toContain("billing_core_a, billing_core_b: unchanged, now through billing_core");
    expect(out).toContain("shop_core_a, shop_core_b: the rest unchanged, now through shop_core");
    expect(out).toContain(
      "Adoption: 12 rights would go; 4 of 27 roles need --allow adopt-narrows: shop_core_a, shop_core_b, shop_reports_a, shop_reports_b",
    );
  });

  it("counts what goes in the end, not what comes", () => {
    const gain = { ...adoptionNet().find(({ items }) => items.length > 0)?.items[0], from: 0, to: 3 } as NetItem;
    const net = [...adoptionNet(), { who: role("billing_core_a"), items: [gain], nowThrough: [] }];
    expect(text({ ...plan, net })).toContain("Adoption: 12 rights would go;");
    const ofGroup: NetItem = { ...gain, from: 3, to: 0, through: [role("billing_core")] };
    expect(text({ ...plan, net: [{ who: role("stranger"), items: [ofGroup], nowThrough: [] }] })).toContain("Adoption: 1 right would go;");
  });

  it("groups the rights of each role over its databases and schemas", () => {
    expect(text(plan)).toContain(
      "  - shop_core_a, shop_core_b lose select on 29 tables of 4 schemas; usage on schema core in shop (not in the file)",
    );
    expect(text(plan)).toContain("  ~ adopt 9 roles: billing_archive, billing_core, billing_reports, crm_archive,");
  });
});

describe("the same, with the net and the guards of the planner", () => {
  const plan = planOf(ADOPTION_FILE, adoptionWorld());
  it("is two screens at most, has every loss, and says what needs to be allowed", () => {
    const out = text(plan);
    expect(out.split("\n").length).toBeLessThanOrEqual(100);
    for (const { user, database, table } of HAND_MADE)
      expect(out).toContain(`- ${user} loses select on table archive.${table} in ${database}`);
    expect(out.match(/^ {2}- .* loses? select on table /gm)).toHaveLength(HAND_MADE.length);
    expect(out).toContain(`Adoption: 12 rights would go; 4 of 27 roles need --allow adopt-narrows: ${LOSERS.join(", ")}\n`);
    expect(renderMarkdown(plan).split("\n").length).toBeLessThanOrEqual(110);
    expect(out).toContain("= billing_core_a, billing_core_b: the rest unchanged, now through billing_core");
  });

  it("leaves nobody without what they keep in between, and is no mass-revoke: 486 of the rights are kept by another way", () => {
    expect(new Set(plan.units.map(({ site }) => ("database" in site ? site.database : "")))).toEqual(
      new Set(["billing", "crm", "shop", "postgres"]),
    );
    expect(plan.gaps).toEqual([]);
    expect(plan.counts.loses).toBe(498);
    expect([...new Set(plan.problems.filter((p) => p.refuses).map((p) => p.code))]).toEqual(["adopt-narrows"]);
  });
});

describe("adopted roles that neither gain nor lose", () => {
  /** The file gives what they hold already. */
  const base = planOf(ADOPTION_FILE, adoptionWorld());
  const plan: Plan = { ...base, net: [], changes: base.changes.filter((c) => c.op === "adopt" || c.key.includes("/shop_core")) };
  it("are one line", () => {
    const [line = "", ...others] = text(plan)
      .split("\n")
      .filter((one) => one.includes("nothing changes for them"));
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^ {2}~ adopt 24 roles, nothing changes for them: billing_archive, billing_archive_a, .*shop_reports_b \(access\.yaml:11 and 23 more lines\)$/,
    );
    expect(text(plan)).toContain("  ~ adopt user shop_core_a (access.yaml:");
  });

  it("are not those for whom the net of the plan says otherwise", () => {
    const out = text({ ...plan, net: adoptionNet().slice(0, 2) });
    expect(out).toContain("~ adopt 22 roles, nothing changes for them: ");
    expect(out).toContain("~ adopt user billing_archive_a (");
  });

  it("are lines of their own when all is asked for", () => {
    expect(text(plan, true).match(/~ adopt (user|role) /g)).toHaveLength(27);
  });
});
