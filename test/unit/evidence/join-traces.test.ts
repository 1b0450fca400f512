import { expect, it } from "vitest";
import { assumeEvent } from "../../../src/evidence/cloudtrail.js";
import { joinTraces } from "../../../src/evidence/join-traces.js";
import type { LoginAttempt } from "../../../src/model/evidence.js";
import { ownerRecord } from "../../support/trail-records.js";

const AT = "2026-11-24T10:08:00Z";
const taken = (at: string, address = "10.0.0.7", id = at) => {
  const event = assumeEvent({ ...ownerRecord({ at, id, address }) });
  return event ? [event] : [];
};
const login = (minutes: number, more: Partial<LoginAttempt> = {}): LoginAttempt => ({
  at: Date.parse(AT) + minutes * 60_000,
  user: "pgmonitor",
  database: "demo",
  method: "pam",
  outcome: "ok",
  reason: null,
  address: "10.0.0.7:56368",
  ...more,
});
const pairs = (events: ReturnType<typeof taken>, ...logins: readonly LoginAttempt[]) =>
  joinTraces(events, logins).map(({ assumed, secondsBetween }) => [new Date(assumed.at).toISOString(), secondsBetween]);

it("joins a login with the last time its address took an IAM role, within the hour before", () => {
  const events = [...taken("2026-11-24T10:08:00Z"), ...taken("2026-11-24T09:30:00Z")];
  expect(pairs(events, login(2))).toEqual([["2026-11-24T10:08:00.000Z", 120]]);
  expect(pairs(events, login(60))).toEqual([["2026-11-24T10:08:00.000Z", 3600]]);
  expect(pairs(events, login(61))).toEqual([]);
  expect(pairs(events, login(-1))).toEqual([["2026-11-24T09:30:00.000Z", 2220]]);
});

it("joins nothing of another address, of none, or that failed", () => {
  const events = taken(AT);
  expect(pairs(events, login(1, { address: "10.0.0.8:1" }), login(1, { address: null }), login(1, { outcome: "failed" }))).toEqual([]);
});

it.each(["10.0.0.7(56368)", "10.0.0.7", "10.0.0.7:1"])("reads the address of %s", (address) => {
  expect(pairs(taken(AT), login(1, { address }))).toHaveLength(1);
});

it("an address of IPv6 has colons of its own", () => {
  expect(pairs(taken(AT, "2001:db8::7"), login(1, { address: "2001:db8::7" }), login(1, { address: "[2001:db8::7]:5" }))).toHaveLength(2);
});
