import { describe, expect, it } from "vitest";
import { parseAccess } from "../../../src/config/parse-access.js";
import type { IamRoleDetails } from "../../../src/model/iam-role-details.js";
import type { Plan } from "../../../src/model/plan.js";
import { demoCluster, emptyAccount, iamFile, iamRole, planOf, TRUST, titles, worldOf } from "../../support/stage.js";

const fileOf = (keys: string): string => iamFile(`{ r: { account: db, trust: [{ service: ec2.amazonaws.com }]${keys} } }`);
const LIVE: IamRoleDetails = { description: "by hand", sessionDuration: 7200 };
const planned = (keys: string, live: IamRoleDetails | null): Plan => {
  const [name, role] = iamRole("r", TRUST);
  const roles = new Map(live ? [[name, { ...role, details: live }] as const] : []);
  return planOf(fileOf(keys), worldOf([demoCluster()], [emptyAccount({ roles })]));
};
const inputs = (plan: Plan): unknown[] => plan.steps.flatMap(({ run }) => ("action" in run ? [[run.action, run.input]] : []));

describe("description and session_duration of an IAM role", () => {
  it.each([
    ["both", ", description: notes, session_duration: 43200", { Description: "notes", MaxSessionDuration: 43200 }],
    ["neither", "", { Description: "Managed by pgaccord" }],
  ])("are what it is made with: %s", (_, keys, expected) => {
    const [[action, input] = []] = inputs(planned(keys, null)) as [string, Record<string, unknown>][];
    expect(action).toBe("CreateRole");
    expect({ Description: input?.["Description"], MaxSessionDuration: input?.["MaxSessionDuration"] }).toEqual({
      MaxSessionDuration: undefined,
      ...expected,
    });
  });

  it.each([
    ["the description", ", description: notes", { Description: "notes", MaxSessionDuration: 7200 }],
    ["the time", ", session_duration: 3600", { Description: "by hand", MaxSessionDuration: 3600 }],
    ["both", ", description: '', session_duration: 3600", { Description: "", MaxSessionDuration: 3600 }],
  ])("change alone, and keep the other: %s", (_, keys, expected) => {
    const plan = planned(keys, LIVE);
    expect(titles(plan)).toEqual(["update IAM role r"]);
    expect(inputs(plan)).toEqual([["UpdateRole", { RoleName: "r", ...expected }]]);
  });

  it.each([
    ["the same", ", description: by hand, session_duration: 7200"],
    ["nothing", ""],
  ])("are left alone where the file says %s", (_, keys) => {
    expect(titles(planned(keys, LIVE))).toEqual([]);
  });

  const faults = (keys: string): string[] =>
    parseAccess(fileOf(keys), "access.yaml", () => ({ pem: "PEM" })).problems.map(({ message }) => message);
  const description = (text: string): string => `, description: "${text}"`;
  it.each([
    ["1,000 characters", description("d".repeat(1000)), []],
    ["one more", description("d".repeat(1001)), [/1,000 characters/]],
    ["the last character that IAM takes", description("\u00ff"), []],
    ["the next", description("\u0100"), [/none above U\+00FF/]],
    ["an hour", ", session_duration: 3600", []],
    ["a second less", ", session_duration: 3599", [/from 3600 to 43200/]],
    ["twelve hours", ", session_duration: 43200", []],
    ["a second more", ", session_duration: 43201", [/from 3600 to 43200/]],
    ["half a second", ", session_duration: 3600.5", [/from 3600 to 43200/]],
  ] as const)("have limits: %s", (_, keys, expected) => {
    expect(faults(keys)).toEqual(expected.map((pattern) => expect.stringMatching(pattern)));
  });
});
