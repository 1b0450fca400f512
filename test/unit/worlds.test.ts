import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectsOf } from "../../src/model/change.js";
import { residueId } from "../../src/model/net.js";
import type { Plan } from "../../src/model/plan.js";
import { titleOf } from "../../src/report/title.js";
import { arrange } from "../support/worlds/arrange.js";
import { declaredOf } from "../support/worlds/file.js";
import { draftOf } from "../support/worlds/model.js";
import { pairsOf, story } from "../support/worlds/pairs.js";
import { createPlanner, obstaclesOf, type Scene } from "../support/worlds/planner.js";
import { playPlan } from "../support/worlds/play.js";
import { type Sketch, sketch } from "../support/worlds/sketch.js";
import { type Approving, judge, productCourt } from "../support/worlds/soundness.js";

const RUNS = 100;
const SEED = Number(process.env["PGACCORD_SEED"] ?? 1);

describe("generated worlds", () => {
  it("are planned and played, and then the plan is empty but for the residue that it said", () => {
    const planner = createPlanner();
    const seen = { left: 0, converged: 0, skipped: 0, worked: 0 };
    fc.assert(
      fc.property(sketch, (of) => {
        const scene = arrange(of, planner);
        expect(declaredOf(scene.file)).not.toBeNull();
        const plan = planner.planOf(scene);
        if (!plan || obstaclesOf(plan).length > 0) {
          seen.skipped++;
          return;
        }
        const again = planner.planOf({ file: scene.file, world: playPlan(scene.world, plan) });
        expect(again?.changes.map(titleOf)).toEqual([]);
        expect(again?.residue.map(residueId)).toEqual(plan.residue.map(residueId));
        seen.converged++;
        if (plan.residue.length > 0) seen.left++;
        if (plan.steps.length > 0) seen.worked++;
      }),
      { numRuns: RUNS, seed: SEED },
    );
    expect(seen.converged).toBeGreaterThanOrEqual(0.6 * (seen.converged + seen.skipped));
    expect(seen.worked).toBeGreaterThanOrEqual(0.3 * RUNS);
    expect(seen.left).toBeGreaterThan(0);
  });
});

/** A change is approved as a whole, with all that it shows and does. */
const idsOf = (plan: Plan): string[] =>
  plan.changes.map((change) => {
    const { target, key, op, attributes } = change;
    return JSON.stringify([plan.targets.find((t) => t.target.name === target.name)?.identity, key, op, attributes, effectsOf(change)]);
  });
const WHOLE_CHANGES: Approving = { idsOf, unapproved: (plan, approved) => idsOf(plan).filter((id) => !approved.has(id)) };
const EVERYTHING: Approving = { idsOf: () => [], unapproved: () => [] };

function unsoundIn(approving: Approving, seed: number, stories: number): { readonly unsound: string[]; readonly passed: number } {
  const court = { ...productCourt(), approving };
  const told = fc.sample(story, { numRuns: stories, seed }).flatMap((one) => pairsOf(one, court.planner));
  const verdicts = told.map(({ kind, pair }) => ({ kind, ...judge(pair, court) }));
  return {
    unsound: verdicts.filter((v) => v.type === "unsound").map((v) => JSON.stringify(v)),
    passed: verdicts.filter((v) => v.type === "passed").length,
  };
}

/** A world with nothing in it but what every server has. */
const BARE: Sketch = {
  shape: { major: 17, clusters: 0, twoDatabases: false, rdsAdmin: false, things: 0, file: 0 },
  roles: [1, 1, 1, 1, 1, 1, 1],
  rows: [],
  memberships: [],
  later: [],
  iam: [],
  grants: [],
  fileMemberships: [],
  doors: [],
  drift: [],
  applied: true,
};

describe("defects that the worlds found", () => {
  const planner = createPlanner();
  const titlesAfter = (scene: Scene): string[] => {
    const plan = planner.planOf(scene);
    const world = plan ? playPlan(scene.world, plan) : scene.world;
    return planner.planOf({ ...scene, world })?.changes.map(titleOf) ?? ["the file is refused"];
  };

  const passedOnTo = (grantee: string): Scene => {
    const scene = arrange(BARE, planner);
    const world = draftOf(scene.world);
    const things = world.clusters.flatMap((c) => c.databases).flatMap((d) => d.things);
    const atom = { privilege: "select", grantor: "app", grantee: "readers", grantable: true };
    for (const t of things.filter((one) => one.schema === "s1")) {
      if (t.type === "table" && t.name === "t1") t.acl.push({ ...atom, grantable: false });
      if (t.type === "column" && t.name === "a") t.acl.push(atom, { ...atom, grantor: "readers", grantee, grantable: false });
    }
    return { ...scene, world };
  };

  it.each([
    ["goes with CASCADE and is given back where whoever has it keeps it", "etl"],
    ["goes first where whoever has it should lose it, too", "writers"],
  ])("what was passed on of a column's privilege when the table's is revoked %s", (_, grantee) => {
    const scene = passedOnTo(grantee);
    expect(titlesAfter(scene)).toEqual([]);
    const plan = planner.planOf(scene);
    expect(plan?.residue).toEqual([]);
    const after = plan && playPlan(scene.world, plan);
    const column = after?.clusters[0]?.databases[0]?.things.find((t) => t.type === "column" && t.schema === "s1" && t.name === "a");
    expect(column?.acl.map((atom) => atom.grantee)).toEqual(grantee === "etl" ? ["etl"] : []);
  });
});

describe("the judge of approvals", () => {
  it("finds nothing where only whole changes pass that were shown just so", () => {
    const { unsound, passed } = unsoundIn(WHOLE_CHANGES, SEED, 60);
    expect(unsound).toEqual([]);
    expect(passed).toBeGreaterThan(20);
  });

  it("finds much where everything passes, in each kind of near miss", () => {
    const { unsound } = unsoundIn(EVERYTHING, 1, 80);
    const kinds = new Set(unsound.map((text) => JSON.parse(text).kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        "near right",
        "near membership",
        "near door",
        "near document",
        "near trust",
        "near server",
        "near wildcard beside a literal",
        "near miss",
        "drift",
      ]),
    );
  });
});
