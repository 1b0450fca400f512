import { describe, expect, it } from "vitest";
import type { Net, NetItem } from "../../../src/model/net.js";
import { nameOfPrincipal } from "../../../src/model/principal.js";
import type { ClusterSnapshot } from "../../../src/model/snapshot.js";
import { fakeRole } from "../../support/fake-snapshot.js";
import { acl, member, planOf, row, worldOf } from "../../support/stage.js";
import { fileOf, grants, serverOfThree } from "../../support/three.js";

/** `carol 0>3 select on 1 of d1 by analyst`. */
const lines = (net: readonly Net[]): string[] =>
  net.flatMap(({ who, items, nowThrough }) => [
    ...items.map((item) => `${nameOfPrincipal(who)} ${itemText(item)}`),
    ...(items.length > 0 ? [] : [`${nameOfPrincipal(who)} unchanged, now ${nowThrough.map(nameOfPrincipal).join()}`]),
  ]);

function itemText({ verbs, from, to, examples: [on], count, through }: NetItem): string {
  const where = on.type === "object" && on.site !== "cluster" ? ` on ${count} of ${on.site.database}` : "";
  return `${from}>${to} ${verbs.join()}${where}${through.length > 0 ? ` by ${through.map(nameOfPrincipal).join()}` : ""}`;
}

const netOf = (roles: string, users: string, server: ClusterSnapshot): string[] =>
  lines(planOf(fileOf(roles, users), worldOf([server])).net);

const inAll = (text: string): string[] => ["d1", "d2", "d3"].map((d) => text.replace("$", d));

describe("the net of a plan", () => {
  const analyst = `{ analyst: { ${grants("select")} } }`;

  it("says that nothing changes for a team that moves to a role", () => {
    const server = serverOfThree(acl(row("carol", "own", ["select"])), ["carol"], ["analyst"]);
    expect(netOf(analyst, "{ carol: { member_of: [analyst] } }", server)).toEqual(["carol unchanged, now analyst"]);
  });

  it("says what a user gains through a role, and another loses of its own", () => {
    const server = serverOfThree(acl(row("etl", "own", ["select", "insert"])), ["carol", "etl"], ["analyst"]);
    expect(netOf(analyst, "{ carol: { member_of: [analyst] }, etl: { member_of: [analyst] } }", server)).toEqual([
      ...inAll("carol 0>3 select on 1 of $ by analyst"),
      ...inAll("etl 3>0 insert on 1 of $"),
    ]);
  });

  it("tells what is reached at once from what needs SET ROLE or has to be given first", () => {
    const server = serverOfThree(
      acl(row("analyst", "own", ["select"])),
      ["ann", "ben", "cat"],
      ["analyst"],
      [member("analyst", "ann"), member("analyst", "ben")],
    );
    const users = `{ ann: { member_of: [{ role: analyst, inherit: false }] }, ben: { member_of: [{ role: analyst, inherit: false, set: false, admin: true }] }, cat: {} }`;
    expect(netOf(analyst, users, server)).toEqual([
      ...inAll("ann 3>2 select on 1 of $ by analyst"),
      ...inAll("ben 3>1 select on 1 of $ by analyst"),
    ]);
  });

  it("counts a login that comes and one that goes, with all that they reach", () => {
    const server = serverOfThree(acl(row("analyst", "own", ["select"]), row("old", "own", ["insert"])), ["old"], ["analyst"]);
    expect(netOf(analyst, "{ new: { member_of: [analyst] } }", server)).toEqual([
      "new 0>3 login",
      ...inAll("new 0>3 select on 1 of $ by analyst"),
      "old 3>0 login",
      ...inAll("old 3>0 insert on 1 of $"),
    ]);
  });

  it("says nothing of who keeps everything as it was, nor of what everybody has", () => {
    const server = serverOfThree(acl(row("analyst", "own", ["select"])), ["carol"], ["analyst"], [member("analyst", "carol")]);
    expect(
      netOf(`{ analyst: { ${grants("select")} }, other: { ${grants("insert")} } }`, "{ carol: { member_of: [analyst] } }", server),
    ).toEqual([]);
  });

  it("does not say of CREATEROLE before 16 that it could take what somebody else gains: it always could", () => {
    const made = serverOfThree(acl(), ["carol"], ["analyst"]);
    const dba = fakeRole("dba", { login: true, createRole: true });
    const server = { ...made, versionNum: 150010, roles: new Map([...made.roles, ["dba", dba] as const]) };
    expect(netOf(analyst, "{ carol: { member_of: [analyst] } }", server)).toEqual(inAll("carol 0>3 select on 1 of $ by analyst"));
  });
});
