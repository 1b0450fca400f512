import { describe, expect, it } from "vitest";
import { gapsOf, type Place, planOfMove, unitsOf, type Words } from "../../support/orders.js";

interface Case {
  readonly what: string;
  readonly place: Place;
  readonly before: Words;
  readonly after: Words;
  readonly units: readonly string[];
  readonly gaps: readonly string[];
}

const D3 = ["d1", "d2", "d3"];
const D2 = ["d1", "d2"];
const on = (databases: readonly string[], rest: string): string[] => databases.map((d) => `${d} ${rest}`);

const CASES: readonly Case[] = [
  {
    what: "direct grants to a membership in three databases",
    place: { databases: D3 },
    before: { users: ["ann"], held: { ann: on(D3, "s.t select"), team: [] } },
    after: { users: ["ann"], held: { team: on(D3, "s.t select") }, members: { ann: ["team"] } },
    units: [
      "u1 d1: GRANT SELECT ON TABLE s.t TO team",
      "u2 d2: GRANT SELECT ON TABLE s.t TO team",
      "u3 d3: GRANT SELECT ON TABLE s.t TO team",
      "u4 postgres: GRANT team TO ann",
      "u5 d1 after u1,u4: REVOKE SELECT ON TABLE s.t FROM ann",
      "u6 d2 after u2,u4: REVOKE SELECT ON TABLE s.t FROM ann",
      "u7 d3 after u3,u4: REVOKE SELECT ON TABLE s.t FROM ann",
    ],
    gaps: [],
  },
  {
    what: "and back, to a role of its own",
    place: { databases: D3 },
    before: { users: ["ann"], held: { team: on(D3, "s.t select"), own_ann: [] }, members: { ann: ["team"] } },
    after: { users: ["ann"], held: { own_ann: on(D3, "s.t select"), team: on(D3, "s.t select") }, members: { ann: ["own_ann"] } },
    units: [
      "u1 d1: GRANT SELECT ON TABLE s.t TO own_ann",
      "u2 d2: GRANT SELECT ON TABLE s.t TO own_ann",
      "u3 d3: GRANT SELECT ON TABLE s.t TO own_ann",
      "u4 postgres: GRANT own_ann TO ann",
      "u5 postgres after u1,u2,u3,u4: REVOKE team FROM ann",
    ],
    gaps: [],
  },
  {
    what: "two groups that swap rights and members in two databases",
    place: { databases: D2 },
    before: {
      users: ["ann", "bob"],
      held: { g1: on(D2, "s.t select"), g2: on(D2, "s.t insert") },
      members: { ann: ["g1"], bob: ["g2"] },
    },
    after: {
      users: ["ann", "bob"],
      held: { g1: on(D2, "s.t insert"), g2: on(D2, "s.t select") },
      members: { ann: ["g2"], bob: ["g1"] },
    },
    units: [
      "u1 postgres: REVOKE g1 FROM ann; REVOKE g2 FROM bob",
      "u2 d1 after u1: REVOKE SELECT ON TABLE s.t FROM g1; REVOKE INSERT ON TABLE s.t FROM g2; GRANT INSERT ON TABLE s.t TO g1; GRANT SELECT ON TABLE s.t TO g2",
      "u3 d2 after u1: REVOKE SELECT ON TABLE s.t FROM g1; REVOKE INSERT ON TABLE s.t FROM g2; GRANT INSERT ON TABLE s.t TO g1; GRANT SELECT ON TABLE s.t TO g2",
      "u4 postgres after u2,u3: GRANT g1 TO bob; GRANT g2 TO ann",
    ],
    gaps: [
      "ann select on d1 s.t from u1 to u2",
      "ann select on d1 s.t from u2 to u4",
      "ann select on d2 s.t from u1 to u3",
      "ann select on d2 s.t from u3 to u4",
      "bob insert on d1 s.t from u1 to u2",
      "bob insert on d1 s.t from u2 to u4",
      "bob insert on d2 s.t from u1 to u3",
      "bob insert on d2 s.t from u3 to u4",
    ],
  },
  {
    what: "two groups that swap rights and members in one database",
    place: { databases: ["d1"] },
    before: {
      users: ["ann", "bob"],
      held: { g1: ["d1 s.t select"], g2: ["d1 s.t insert"] },
      members: { ann: ["g1"], bob: ["g2"] },
    },
    after: {
      users: ["ann", "bob"],
      held: { g1: ["d1 s.t insert"], g2: ["d1 s.t select"] },
      members: { ann: ["g2"], bob: ["g1"] },
    },
    units: [
      "u1 d1: REVOKE g1 FROM ann; REVOKE g2 FROM bob; REVOKE SELECT ON TABLE s.t FROM g1; REVOKE INSERT ON TABLE s.t FROM g2; GRANT INSERT ON TABLE s.t TO g1; GRANT SELECT ON TABLE s.t TO g2; GRANT g1 TO bob; GRANT g2 TO ann",
    ],
    gaps: [],
  },
  {
    what: "USAGE that another role gives from now on",
    place: { databases: D2, closed: true },
    before: {
      users: ["ann"],
      held: { g1: [...on(D2, "- connect"), ...on(D2, "s usage")], g2: on(D2, "s.t select") },
      members: { ann: ["g1", "g2"] },
    },
    after: {
      users: ["ann"],
      held: { g1: on(D2, "- connect"), g2: [...on(D2, "s usage"), ...on(D2, "s.t select")] },
      members: { ann: ["g1", "g2"] },
    },
    units: [
      "u1 d1: REVOKE USAGE ON SCHEMA s FROM g1; GRANT USAGE ON SCHEMA s TO g2",
      "u2 d2: REVOKE USAGE ON SCHEMA s FROM g1; GRANT USAGE ON SCHEMA s TO g2",
    ],
    gaps: [],
  },
  {
    what: "a group that gains while somebody leaves it, and another comes while it loses",
    place: { databases: D2 },
    before: { users: ["ann", "bob"], held: { team: [...on(D2, "s.t select")] }, members: { ann: ["team"] } },
    after: { users: ["ann", "bob"], held: { team: [...on(D2, "s.t insert")] }, members: { bob: ["team"] } },
    units: [
      "u1 postgres: REVOKE team FROM ann",
      "u2 d1 after u1: REVOKE SELECT ON TABLE s.t FROM team; GRANT INSERT ON TABLE s.t TO team",
      "u3 d2 after u1: REVOKE SELECT ON TABLE s.t FROM team; GRANT INSERT ON TABLE s.t TO team",
      "u4 postgres after u2,u3: GRANT team TO bob",
    ],
    gaps: [],
  },
  {
    what: "a member that does not inherit, on PostgreSQL 15",
    place: { databases: D2, version: 15, noInherit: ["ann"] },
    before: { users: ["ann", "bob"], held: { g1: on(D2, "s.t select"), g2: [] }, members: { ann: ["g1"], bob: ["g1"] } },
    after: { users: ["ann", "bob"], held: { g1: [], g2: on(D2, "s.t select") }, members: { ann: ["g2"], bob: ["g2"] } },
    units: [
      "u1 d1: GRANT SELECT ON TABLE s.t TO g2",
      "u2 d2: GRANT SELECT ON TABLE s.t TO g2",
      "u3 postgres: GRANT g2 TO ann, bob",
      "u4 postgres after u1,u2,u3: REVOKE g1 FROM ann, bob",
      "u5 d1 after u1,u3: REVOKE SELECT ON TABLE s.t FROM g1",
      "u6 d2 after u2,u3: REVOKE SELECT ON TABLE s.t FROM g1",
    ],
    gaps: [],
  },
  {
    what: "pg_read_all_data that replaces what a group was given",
    place: { databases: D2, closed: true },
    before: {
      users: ["ann"],
      held: { team: [...on(D2, "- connect"), ...on(D2, "s usage"), ...on(D2, "s.t select")] },
      members: { ann: ["team"] },
    },
    after: { users: ["ann"], held: { team: on(D2, "- connect") }, members: { ann: ["team"], team: ["pg_read_all_data"] } },
    units: [
      "u1 postgres: GRANT pg_read_all_data TO team",
      "u2 d1 after u1: REVOKE USAGE ON SCHEMA s FROM team; REVOKE SELECT ON TABLE s.t FROM team",
      "u3 d2 after u1: REVOKE USAGE ON SCHEMA s FROM team; REVOKE SELECT ON TABLE s.t FROM team",
    ],
    gaps: [],
  },
  {
    what: "a membership that turns round",
    place: { databases: D2 },
    before: { users: ["ann"], held: { g1: on(D2, "s.t select"), g2: [] }, members: { ann: ["g2"], g2: ["g1"] } },
    after: { users: ["ann"], held: { g1: [], g2: on(D2, "s.t select") }, members: { ann: ["g2"], g1: ["g2"] } },
    units: [
      "u1 d1: REVOKE SELECT ON TABLE s.t FROM g1; GRANT SELECT ON TABLE s.t TO g2",
      "u2 d2: REVOKE SELECT ON TABLE s.t FROM g1; GRANT SELECT ON TABLE s.t TO g2",
      "u3 postgres after u1,u2: REVOKE g1 FROM g2",
      "u4 postgres after u3: GRANT g2 TO g1",
    ],
    gaps: [],
  },
  {
    what: "600 tables that go from a user to a group",
    place: { databases: ["d1"], tables: 600 },
    before: { users: ["ann"], held: { ann: ["d1 s.* select"], team: [] } },
    after: { users: ["ann"], held: { team: ["d1 s.* select"] }, members: { ann: ["team"] } },
    units: [
      "u1 d1: GRANT SELECT ON 500 tables TO team",
      "u2 d1: GRANT SELECT ON 100 tables TO team",
      "u3 postgres: GRANT team TO ann",
      "u4 d1 after u1,u2,u3: REVOKE SELECT ON 500 tables FROM ann",
      "u5 d1 after u1,u2,u3: REVOKE SELECT ON 100 tables FROM ann",
    ],
    gaps: [],
  },
  {
    what: "600 tables that two groups swap with their members",
    place: { databases: ["d1"], tables: 600 },
    before: {
      users: ["ann", "bob"],
      held: { g1: ["d1 s.* select"], g2: ["d1 s.* insert"] },
      members: { ann: ["g1"], bob: ["g2"] },
    },
    after: {
      users: ["ann", "bob"],
      held: { g1: ["d1 s.* insert"], g2: ["d1 s.* select"] },
      members: { ann: ["g2"], bob: ["g1"] },
    },
    units: [
      "u1 postgres: REVOKE g1 FROM ann; REVOKE g2 FROM bob",
      "u2 d1 after u1: REVOKE SELECT ON 500 tables FROM g1; REVOKE INSERT ON 500 tables FROM g2; GRANT INSERT ON 500 tables TO g1; GRANT SELECT ON 500 tables TO g2",
      "u3 d1 after u1: REVOKE SELECT ON 100 tables FROM g1; REVOKE INSERT ON 100 tables FROM g2; GRANT INSERT ON 100 tables TO g1; GRANT SELECT ON 100 tables TO g2",
      "u4 postgres after u2,u3: GRANT g1 TO bob; GRANT g2 TO ann",
    ],
    gaps: [
      "ann select on d1 s.t and 599 more from u1 to u2",
      "ann select on d1 s.t and 599 more from u2 to u4",
      "bob insert on d1 s.t and 599 more from u1 to u2",
      "bob insert on d1 s.t and 599 more from u2 to u4",
    ],
  },
  {
    what: "pg_read_all_data that comes while CONNECT goes: nobody holds anything there by an ACL",
    place: { databases: D2, closed: true },
    before: { users: ["ann"], held: { team: on(D2, "- connect"), other: [] }, members: { ann: ["team"] } },
    after: { users: ["ann"], held: { team: ["d1 - connect"], other: ["d1 s.t insert"] }, members: { ann: ["team", "pg_read_all_data"] } },
    units: [
      "u1 d1: GRANT INSERT ON TABLE s.t TO other",
      "u2 d2: REVOKE CONNECT ON DATABASE d2 FROM team",
      "u3 postgres after u2: GRANT pg_read_all_data TO ann",
    ],
    gaps: [],
  },
  {
    what: "CONNECT that another role gives, which ann may only become: SET ROLE comes after the login",
    place: { databases: D2, closed: true },
    before: {
      users: ["ann"],
      held: { g1: [...on(D2, "- connect"), ...on(D2, "s usage"), ...on(D2, "s.t select")], g2: [] },
      members: { ann: ["g1"] },
    },
    after: {
      users: ["ann"],
      held: { g1: [...on(D2, "s usage"), ...on(D2, "s.t select")], g2: on(D2, "- connect") },
      members: { ann: ["g1", "g2 -inherit"] },
    },
    units: [
      "u1 d1: REVOKE CONNECT ON DATABASE d1 FROM g1; GRANT CONNECT ON DATABASE d1 TO g2",
      "u2 d2: REVOKE CONNECT ON DATABASE d2 FROM g1; GRANT CONNECT ON DATABASE d2 TO g2",
      "u3 postgres: GRANT g2 TO ann WITH INHERIT FALSE",
    ],
    gaps: [],
  },
  {
    what: "a way of two that go and two that come, beside a membership that takes one option and keeps another",
    place: { databases: D2, closed: true },
    before: {
      users: ["bob", "carl"],
      held: {
        h: [...on(D2, "- connect"), ...on(D2, "s usage"), ...on(D2, "s.t select")],
        m: [...on(D2, "- connect"), ...on(D2, "s usage")],
        g: [],
      },
      members: { carl: ["m"] },
    },
    after: {
      users: ["bob", "carl"],
      held: { h: on(D2, "- connect"), m: [...on(D2, "- connect"), ...on(D2, "s usage"), ...on(D2, "s.t insert")], g: [] },
      members: { carl: ["m -inherit"], bob: ["g"], g: ["h"] },
    },
    units: [
      "u1 d1: REVOKE USAGE ON SCHEMA s FROM h; REVOKE SELECT ON TABLE s.t FROM h",
      "u2 d2: REVOKE USAGE ON SCHEMA s FROM h; REVOKE SELECT ON TABLE s.t FROM h",
      "u3 postgres after u1,u2: REVOKE m FROM carl; GRANT g TO bob; GRANT h TO g; GRANT m TO carl WITH INHERIT FALSE",
      "u4 d1 after u3: GRANT INSERT ON TABLE s.t TO m",
      "u5 d2 after u3: GRANT INSERT ON TABLE s.t TO m",
    ],
    gaps: [],
  },
];

describe("the order of a move", () => {
  it.each(CASES)("$what", ({ before, after, place, units, gaps }) => {
    const plan = planOfMove(before, after, place);
    expect(plan.problems.filter((p) => p.severity === "error")).toEqual([]);
    expect({ units: unitsOf(plan), gaps: gapsOf(plan) }).toEqual({ units, gaps });
  });
});
