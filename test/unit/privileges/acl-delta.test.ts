import { describe, expect, it } from "vitest";
import type { AclEntry } from "../../../src/model/acl.js";
import { privilegeSet } from "../../../src/model/privileges.js";
import { aclDelta, diffGrants, managedGrants } from "../../../src/privileges/acl-delta.js";

const select = privilegeSet(["select"]);
const both = privilegeSet(["select", "insert"]);
const row = (grantee: string, grantor: string, privileges: number, grantable = 0): AclEntry => ({
  grantee: { role: grantee },
  grantor,
  privileges,
  grantable,
});
const grant = (role: string, privileges: number, grantable = 0) => ({ to: { role }, privileges, grantable });

const anybody = { may: () => true, hidden: () => 0, inherits: (role: string, other: string) => role === other };

describe("managedGrants", () => {
  it("merges the rows of several grantors and leaves out the owner, PUBLIC and strangers", () => {
    const acl = [
      row("own", "own", both, both),
      row("v", "g1", select),
      row("v", "g2", privilegeSet(["insert"])),
      row("x", "own", select),
      { ...row("", "own", select), grantee: "PUBLIC" as const },
    ];
    expect(managedGrants(acl, "own", (to) => to !== "PUBLIC" && to.role !== "x")).toEqual([grant("v", both)]);
  });
});

describe("aclDelta", () => {
  it("takes a privilege from each grantor that gave it", () => {
    const acl = [row("g1", "own", select, select), row("g2", "own", select, select), row("v", "g1", select), row("v", "g2", select)];
    const delta = aclDelta(acl, "own", diffGrants([grant("v", select)], []), anybody);
    expect(delta.revokes.map((r) => [r.from, r.grantor, r.cascade])).toEqual([
      [[{ role: "v" }], "g1", false],
      [[{ role: "v" }], "g2", false],
    ]);
    expect(delta.grants).toEqual([]);
  });

  it("cascades where the grantee passed the privilege on, and gives it back to whoever keeps it", () => {
    const acl = [row("g1", "own", select, select), row("v", "g1", select, select), row("w", "v", select)];
    const delta = aclDelta(acl, "own", diffGrants([grant("g1", select, select)], []), anybody);
    expect(delta.revokes).toEqual([
      { from: [{ role: "g1" }], grantor: "own", privileges: select, optionOnly: false, cascade: true, depth: 0 },
    ]);
    expect(delta.grants).toEqual([
      { to: [{ role: "v" }], privileges: select, grantable: true },
      { to: [{ role: "w" }], privileges: select, grantable: false },
    ]);
  });

  it("takes only the grant option where the privilege stays", () => {
    const delta = aclDelta([row("v", "own", both, select)], "own", diffGrants([grant("v", both, select)], [grant("v", both)]), anybody);
    expect(delta).toEqual({
      revokes: [{ from: [{ role: "v" }], grantor: "own", privileges: select, optionOnly: true, cascade: false, depth: 0 }],
      grants: [],
      stays: [],
      lacks: [],
    });
  });

  it("grants what is missing and nothing else", () => {
    const delta = aclDelta(
      [row("v", "own", select)],
      "own",
      diffGrants([grant("v", select)], [grant("v", both), grant("w", select)]),
      anybody,
    );
    expect(delta).toEqual({
      revokes: [],
      grants: [
        { to: [{ role: "v" }], privileges: privilegeSet(["insert"]), grantable: false },
        { to: [{ role: "w" }], privileges: select, grantable: false },
      ],
      stays: [],
      lacks: [],
    });
  });
});
