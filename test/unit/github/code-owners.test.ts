import { expect, it } from "vitest";
import { ownersOf } from "../../../src/github/code-owners.js";

it.each<readonly [string, string, string | null]>([
  ["* @acme/all", "access.yaml", "@acme/all"],
  ["* @acme/all\n/access.yaml @acme/dba @ann # they know\n", "access.yaml", "@acme/dba @ann"],
  ["/access.yaml @acme/dba", "teams/access.yaml", null],
  ["access.yaml @acme/dba", "teams/access.yaml", "@acme/dba"],
  ["*.yaml @acme/dba\n", "teams/billing.yaml", "@acme/dba"],
  ["teams/ @acme/teams", "teams/a/billing.yaml", "@acme/teams"],
  ["teams/* @acme/teams", "teams/a/billing.yaml", null],
  ["/teams @acme/teams", "teams/a/billing.yaml", "@acme/teams"],
  ["teams/**/x.yaml @acme/teams", "teams/a/b/x.yaml", "@acme/teams"],
  ["* @acme/all\naccess.yaml\n", "access.yaml", null],
  ["# * @acme/all\n\n", "access.yaml", null],
  ["team/ @acme/teams", "teams/a.yaml", null],
])("%j owns %s: %s", (text, path, owners) => {
  expect(ownersOf(text, path)).toBe(owners);
});
