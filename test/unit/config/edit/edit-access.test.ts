import { describe, expect, it } from "vitest";
import { editAccess } from "../../../../src/config/edit/edit-access.js";
import { CASES, connect, expire, iamRole, member, remove, role, user } from "./cases.js";

describe("editAccess", () => {
  it.each(CASES)("$title", ({ before, edits, after }) => {
    const { text, problems, done } = editAccess(before, "access.yaml", edits);
    expect(problems).toEqual([]);
    expect(text).toBe(after);
    expect(done).toEqual(edits);
  });
});
