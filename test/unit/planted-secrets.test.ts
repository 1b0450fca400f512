import { inspect } from "node:util";
import pg from "pg";
import { describe, expect, it } from "vitest";
import { reportCrash } from "../../src/cli/crash.js";
import { NO_LOG } from "../../src/model/log.js";
import { findIn, type Needle, needlesIn } from "../support/secrets/needles.js";

const NEEDLE: Needle = { kind: "password", value: "p4ss/w0rd+of=run" };
const find = (text: string) => findIn("somewhere", Buffer.from(text), [NEEDLE]);

describe("the search for planted secrets", () => {
  it.each([
    ["as it is", `LOG: connecting with ${NEEDLE.value}, then`, "LOG: connecting with [here], then"],
    ["in a URL", `before\npostgresql://u:${encodeURIComponent(NEEDLE.value)}@h/db\nafter`, "postgresql://u:[here]@h/db"],
    ["in base64", `{"content":"${Buffer.from(NEEDLE.value).toString("base64")}"}`, '{"content":"[here]=="}'],
  ])("finds one %s, says where, and does not say it again", (_, text, line) => {
    expect(find(text)).toEqual([{ kind: "password", where: "somewhere", line }]);
  });

  it("finds any token, whoever made it", () => {
    const token = `db.rds:5432/?Action=connect&DBUser=u&X-Amz-Signature=${"0a".repeat(32)}`;
    expect(find(`PGPASSWORD=${token} psql`)).toEqual([
      { kind: "IAM token", where: "somewhere", line: "PGPASSWORD=db.rds:5432/?Action=connect&DBUser=u&[here] psql" },
    ]);
  });

  it("finds nothing where nothing is", () => {
    expect(find("p4ss/w0rd+of=ru\nX-Amz-Date=20261201T000000Z")).toEqual([]);
  });

  it("knows the secrets of an environment by the names of the variables", () => {
    const value = "long-enough-to-be-one";
    const env = { BI_PASSWORD: value, DEPLOY_SECRET: value, AWS_SESSION_TOKEN: value, AWS_SECRET_ACCESS_KEY: value, GITHUB_TOKEN: value };
    expect(needlesIn({ ...env, AWS_REGION: value, SHOP_PASSWORD: "wrong" }).map(({ kind }) => kind)).toEqual([
      "password",
      "password",
      "AWS session token",
      "AWS secret key",
      "GitHub token",
    ]);
  });
});

describe("a crash", () => {
  const driver = Object.assign(new pg.DatabaseError("it broke", 1, "error"), { detail: NEEDLE.value, parameters: [NEEDLE.value] });
  const error = new Error("inside", {
    cause: Object.assign(new Error(`with ${NEEDLE.value}`, { cause: driver }), { env: { P: NEEDLE.value } }),
  });

  it.each(["", "1"])("says neither the parameters nor the causes of its error (PGACCORD_DEBUG=%s)", (PGACCORD_DEBUG) => {
    const said: string[] = [];
    const io = { env: { PGACCORD_DEBUG, BI_PASSWORD: NEEDLE.value }, color: false, isTTY: false, progress: false } as const;
    const code = reportCrash(
      { ...io, out: () => undefined, err: (text) => void said.push(text), log: NO_LOG, ask: async () => null, onSignal: () => undefined },
      error,
    );
    expect(code).toBe(1);
    expect(find(inspect(error))).toHaveLength(1);
    expect(said.join("")).toContain("Error: inside\n");
    expect(find(said.join(""))).toEqual([]);
  });
});
