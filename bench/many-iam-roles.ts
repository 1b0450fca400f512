import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoWorld } from "../src/sandbox/demo-world.js";
import { measure } from "./process.js";
import { CLI, pairs, ROOT, type Row } from "./row.js";

/** IAM roles in each of two accounts; half of them have a policy. */
const ROLES = 500;
const PAIRS = 3;

/** A plan without changes, against what a start of the command costs: what is more is reading, and the emulator itself. */
export async function manyIamRoles(): Promise<Row> {
  const world = await startDemoWorld();
  const folder = mkdtempSync(join(tmpdir(), "pgaccord-bench-"));
  const few = readFileSync(join(ROOT, "access.yaml"), "utf8");
  const run = (text: string, ...args: readonly string[]) => {
    writeFileSync(join(folder, "access.yaml"), text);
    return measure([...CLI, ...args, "--address", `demo=${world.address}`], folder, world.env);
  };
  try {
    const many = `${few}${iamRoles()}`;
    await run(many, "apply", "--yes");
    const runs = await pairs(
      PAIRS,
      () => run(many, "plan"),
      () => measure([...CLI, "--help"], ROOT),
    );
    return { what: `plan, ${2 * ROLES} IAM roles, ${ROLES} policies : --help`, ...runs, target: { ratio: 60, megabytes: 200 } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await world.stop();
  }
}

const iamRoles = (): string =>
  Array.from({ length: ROLES }, (_, i) => {
    const trust = "trust: [{ service: ec2.amazonaws.com }]";
    const [connect, assume] =
      i % 2
        ? ["", ""]
        : [", connect: [{ user: oltp_ro_user, clusters: [demo] }]", ', assume: ["arn:aws:iam::999988887777:role/elsewhere"]'];
    return `  app-${i}: { account: db, ${trust}${connect} }\n  caller-${i}: { account: management, ${trust}${assume} }\n`;
  }).join("");
