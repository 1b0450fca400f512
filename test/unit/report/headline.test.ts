import { describe, expect, it } from "vitest";
import type { Net, NetItem } from "../../../src/model/net.js";
import type { Principal } from "../../../src/model/principal.js";
import type { Thing } from "../../../src/model/thing.js";
import { directionOf, headlineText } from "../../../src/report/headline.js";
import { fakePlan, role, SERVER, tableThing } from "../../support/fake-plan.js";
import { demoCluster, emptyAccount, iamFile, iamRole, planOf, TRUST, worldOf } from "../../support/stage.js";

const schema = (name: string): Thing => ({ type: "object", server: SERVER, site: { database: "shop" }, of: { type: "schema", name } });
const some = (verbs: readonly string[], on: Thing = tableThing("t", "crm"), rest: Partial<NetItem> = {}): NetItem => ({
  verbs,
  examples: [on],
  count: 1,
  from: 0,
  to: 3,
  through: [],
  ...rest,
});
const lost = (item: NetItem): NetItem => ({ ...item, from: item.to, to: item.from });
const net = (who: string | Principal, ...items: readonly NetItem[]): Net => ({
  who: typeof who === "string" ? role(who) : who,
  items,
  nowThrough: [role("g")],
});
const PUBLIC: Principal = { type: "public", cluster: "main" };
const write = some(["select", "insert", "update"]);
const read = some(["select"]);

describe("the headline of a plan", () => {
  it.each<[string, Net[], string]>([
    ["nothing", [], "nobody gains or loses access; nothing is destroyed"],
    ["another way", [net("carol")], "nobody gains or loses access; nothing is destroyed"],
    ["writers", [net("a", write), net("b", some(["delete"]))], "2 principals gain write on crm; nobody loses access; nothing is destroyed"],
    ["a reader", [net("a", read)], "1 principal gains read on crm; nobody loses access; nothing is destroyed"],
    ["another verb", [net("a", some(["execute"]))], "1 principal gains execute on crm; nobody loses access; nothing is destroyed"],
    ["a loser", [net("etl", lost(write))], "nobody gains access; etl loses write on crm; nothing is destroyed"],
    [
      "four losers",
      ["a", "b", "c", "d"].map((name) => net(name, lost(read))),
      "nobody gains access; 4 principals lose read on crm; nothing is destroyed",
    ],
    ["everybody", [net(PUBLIC, read)], "everybody who can log in gains read on crm; nobody loses access; nothing is destroyed"],
    [
      "everybody and one",
      [net("a", read), net(PUBLIC, read)],
      "everybody who can log in and 1 principal gain read on crm; nobody loses access; nothing is destroyed",
    ],
    [
      "the way to a table, which goes without saying",
      [net("a", read, some(["usage"], schema("crm")))],
      "1 principal gains read on crm; nobody loses access; nothing is destroyed",
    ],
    [
      "the way alone, of another one",
      [net("a", lost(read)), net("b", lost(some(["usage"], schema("crm"))))],
      "nobody gains access; a loses read on crm, b loses usage on schema crm; nothing is destroyed",
    ],
    [
      "two places of the same",
      [net("a", write, some(["insert"], tableThing("t", "raw")))],
      "1 principal gains write on crm, write on raw; nobody loses access; nothing is destroyed",
    ],
    [
      "a schema once, with what comes later in it",
      [
        net(
          "a",
          read,
          some(["select"], { type: "later", server: SERVER, database: "shop", creator: "own", schema: "crm", objects: "tables" }),
        ),
      ],
      "1 principal gains read on crm; nobody loses access; nothing is destroyed",
    ],
    [
      "login",
      [net("a", some(["login"], { type: "login", server: SERVER }))],
      "1 principal gains login to cluster main; nobody loses access; nothing is destroyed",
    ],
    [
      "more than a line holds",
      ["a", "b", "c", "d"].map((name, i) => net(name, some(["select"], tableThing("t", `s${i}`)))),
      "4 principals gain access, read on s0 among it; nobody loses access; nothing is destroyed",
    ],
  ])("says %s", (_, nets, words) => {
    expect(headlineText(fakePlan([], { net: nets }), "full")).toBe(words);
  });

  it.each([
    ["neutral", [net("a")]],
    ["widens", [net("a", read)]],
    ["narrows", [net("a", lost(read)), net("b")]],
    ["widens and narrows", [net("a", lost(read)), net("b", read)]],
    ["widens", [net("a", some(["select"], tableThing("t", "s"), { from: 2, to: 3 }))]],
    ["narrows", [net("a", some(["select"], tableThing("t", "s"), { from: 3, to: 2 }))]],
  ] as const)("%s is the verdict", (verdict, nets) => {
    expect(directionOf(fakePlan([], { net: nets }))).toBe(verdict);
  });

  it("is never neutral where a trust lets another one in", () => {
    const file = (services: string): string => iamFile(`{ r: { account: db, trust: [${services}] } }`);
    const EC2 = "{ service: ec2.amazonaws.com }";
    const BOTH = `${EC2}, { service: lambda.amazonaws.com }`;
    const planFrom = (trust: string, services: string) =>
      planOf(file(services), worldOf([demoCluster()], [emptyAccount({ roles: new Map([iamRole("r", trust)]) })]));
    const wider = planFrom(TRUST, BOTH);
    expect([wider.net, directionOf(wider)]).toEqual([[], "widens"]);
    expect(headlineText(wider, "full")).toBe("service lambda.amazonaws.com gains rights in AWS; nobody loses access; nothing is destroyed");
    const both = TRUST.replace('"ec2.amazonaws.com"', '["ec2.amazonaws.com","lambda.amazonaws.com"]');
    const narrower = planFrom(both, EC2);
    expect(directionOf(narrower)).toBe("narrows");
    expect(headlineText(narrower, "counts")).toBe("nobody gains access; 1 principal loses rights in AWS; nothing is destroyed");
  });
});
